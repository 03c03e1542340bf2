import math

import numpy as np
import pytest
from scipy.stats import chi2

from qnet.errors import InvalidArgument
from qnet.link.pulse_bits import PulseBits, pulse_bits, shuffled
from qnet.link.pulses import PulseLink

LINK = PulseLink(
    clock_hz=1e9,
    transmission=0.1,
    receiver_efficiency=0.5,
    dark_count_probability=1e-5,
    misalignment=0.05,
    dead_time_s=20e-9,
)
CHOICES = {"intensities": [0.6, 0.1, 0.0], "intensity_probabilities": [0.5, 0.3, 0.2], "basis_probability_z": 0.7}


def block(live_pulses: int = 10**6, seed: int = 7) -> PulseBits:
    return LINK.sample_bits(live_pulses, **CHOICES, generator=np.random.default_rng(seed))


def test_bits_show_the_counts_they_come_with() -> None:
    bits = block()
    wrong = bits.alice != bits.bob
    for basis, seen in enumerate((bits.counts.z, bits.counts.x)):
        for intensity, counts in enumerate(seen):
            here = (bits.basis == basis) & (bits.intensity == intensity)
            assert (np.count_nonzero(here), np.count_nonzero(here & wrong)) == (counts.clicks, counts.errors)


def test_counts_are_those_of_sample() -> None:
    counts = LINK.sample(10**6, **CHOICES, generator=np.random.default_rng(7))
    assert block().counts == counts  # the same draws come first, and the bits after them


def test_two_samplers_follow_one_law() -> None:
    """Chi-square of the classes of 40 blocks against those of 40 others: nine degrees of freedom, 1 in 10^4."""
    seen = [np.zeros(12), np.zeros(12)]
    for seed in range(80):
        generator = np.random.default_rng(seed)
        if seed % 2:
            bits = LINK.sample_bits(10**5, **CHOICES, generator=generator)
            seen[1] += np.bincount(bits.intensity * 4 + bits.basis * 2 + (bits.alice ^ bits.bob), minlength=12)
        else:
            counts = LINK.sample(10**5, **CHOICES, generator=generator)
            pairs = zip(counts.z, counts.x, strict=True)
            seen[0] += [n for both in pairs for basis in both for n in (basis.clicks - basis.errors, basis.errors)]
    first, second = (row[:8] for row in seen)  # of empty pulses there are too few
    assert ((first - second) ** 2 / (first + second)).sum() < chi2.ppf(1 - 1e-4, 8)


def test_order_tells_nothing() -> None:
    """Wrong bits, X and the weak intensity are spread evenly over a block, and one bit does not follow another."""
    bits = block()
    tenth = np.arange(len(bits)) * 10 // len(bits)
    for marked in (bits.alice != bits.bob, bits.basis == 1, bits.intensity == 1, bits.alice == 1):
        share = marked.mean()
        found = np.bincount(tenth, weights=marked) - share * np.bincount(tenth)
        assert (found**2).sum() / (share * (1 - share) * len(bits) / 10) < chi2.ppf(1 - 1e-4, 9)
        followed = np.mean(marked[1:] & marked[:-1]) - share**2
        assert abs(followed) < 5 * share * (1 - share) / math.sqrt(len(bits)) + 1 / len(bits)


@pytest.mark.parametrize("counts", [(0, 0), (3, 0, 2), (300_000, 5, 100_000)])
def test_shuffled_holds_each_class_as_often_as_told(counts: tuple[int, ...]) -> None:
    order = shuffled(np.array(counts), np.random.default_rng(1))
    assert np.bincount(order, minlength=len(counts)).tolist() == list(counts)


def test_every_order_is_as_likely() -> None:
    generator = np.random.default_rng(2)
    orders = [tuple(shuffled(np.array([2, 1, 1]), generator).tolist()) for _ in range(2400)]
    found = [orders.count(order) for order in set(orders)]
    assert len(found) == 12
    assert sum((n - 200) ** 2 / 200 for n in found) < chi2.ppf(1 - 1e-4, 11)


def test_blocks_are_joined_in_order() -> None:
    first, second = block(10**5, 1), block(10**5, 2)
    both = first + second
    assert both.counts == first.counts + second.counts
    assert both.bob.tolist() == [*first.bob.tolist(), *second.bob.tolist()]


def test_bits_are_compact_and_read_only() -> None:
    bits = block(10**5)
    for array in (bits.alice, bits.bob, bits.basis, bits.intensity):
        assert (array.dtype, array.size) == (np.uint8, len(bits))
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_nothing_sent_is_nothing_found() -> None:
    assert len(block(0)) == 0
    assert len(pulse_bits(block(0).counts, np.random.default_rng(0))) == 0


def test_more_intensities_than_a_byte_tells_apart_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="intensities"):
        LINK.sample_bits(10, [0.5] * 65, [1 / 65] * 65, 0.5, np.random.default_rng(0))
