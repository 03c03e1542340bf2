import math

import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.link.photons import PhotonLink
from qnet.link.pulse_bits import PulseBits
from qnet.quantum import Operation, entangling_probe, intercept_resend

LINK = {
    "clock_hz": 1e9,
    "transmission": 0.1,
    "receiver_efficiency": 0.5,
    "dark_count_probability": 1e-4,
    "misalignment": 0.03,
    "dead_time_s": 20e-9,
}


def block(*taps: Operation, rounds: int = 10**7, z: float = 0.6, seed: int = 5, **changes: float) -> PulseBits:
    return PhotonLink(**LINK | changes, taps=taps).sample_bits(rounds, z, np.random.default_rng(seed))


def near(count: int, of: int, probability: float) -> bool:
    return abs(count - of * probability) <= 4 * math.sqrt(of * probability * (1 - probability))


@pytest.mark.parametrize(
    "channel",
    [
        {},
        {"dark_count_probability": 0.2, "misalignment": 0.3},
        {"transmission": 1.0, "receiver_efficiency": 1.0, "misalignment": 0.0},
        {"misalignment": 0.9},
    ],
)
def test_gain_and_error_rate_are_those_derived_by_hand(channel: dict[str, float]) -> None:
    """The lit detector always fires, the other in the dark; without light both may; two clicks are a coin."""
    numbers = LINK | channel
    eta, d = numbers["transmission"] * numbers["receiver_efficiency"], numbers["dark_count_probability"]
    gain = 1 - (1 - eta) * (1 - d) ** 2
    lit = numbers["misalignment"] * (1 - d) + d / 2
    wrong = eta * lit + (1 - eta) * (d * (1 - d) + d**2 / 2)
    counts = block(**channel).counts
    for seen in (*counts.z, *counts.x):
        assert near(seen.clicks, seen.pulses, gain)
        assert near(seen.errors, seen.clicks, wrong / gain)
    assert near(counts.clicks, counts.live_pulses, gain)
    assert counts.blanked_pulses == 20 * counts.clicks


@pytest.mark.parametrize(
    ("tap", "e_z", "e_x"),
    [
        (intercept_resend(0.0), 0.0, 0.5),
        (intercept_resend(math.pi / 2), 0.5, 0.0),
        (intercept_resend(math.pi / 4), 0.25, 0.25),
        (entangling_probe(0.1), 0.0, 0.1),
    ],
    ids=["z", "x", "breidbart", "probe"],
)
def test_taps_act_on_the_flying_qubit(tap: Operation, e_z: float, e_x: float) -> None:
    counts = block(tap, misalignment=0.0, dark_count_probability=0.0).counts
    for seen, expected in ((counts.z[0], e_z), (counts.x[0], e_x)):
        assert near(seen.errors, seen.clicks, expected)


def test_the_record_of_a_tap_tells_what_it_should() -> None:
    """Measuring Z tells bits of Z and no bit of X; the probe is right with 1/2 + sqrt(D (1 - D))."""
    looked = block(intercept_resend(0.0), dark_count_probability=0.0)
    in_z = looked.basis == 0
    assert looked.eve is not None
    assert np.array_equal(looked.eve[in_z], looked.alice[in_z])
    assert near(int((looked.eve == looked.alice)[~in_z].sum()), int((~in_z).sum()), 0.5)
    probed = block(entangling_probe(0.1))
    right = (probed.eve == probed.alice)[probed.basis == 0]
    assert near(int(right.sum()), right.size, 0.5 + math.sqrt(0.1 * 0.9))


def test_two_taps_strike_one_after_the_other() -> None:
    link = PhotonLink(**LINK | {"misalignment": 0.0}, taps=(intercept_resend(0.0), intercept_resend(math.pi / 2)))
    assert link.table.shape == (2, 2, 4, 2)
    assert np.allclose(link.table.sum(axis=2), 0.5)


def test_bits_show_the_counts_they_come_with() -> None:
    bits = block(rounds=10**6)
    for basis, (seen,) in enumerate((bits.counts.z, bits.counts.x)):
        here = bits.basis == basis
        assert (here.sum(), (bits.alice != bits.bob)[here].sum()) == (seen.clicks, seen.errors)
    assert bits.eve is None
    assert not bits.intensity.any()


def test_bits_sent_are_even_and_independent() -> None:
    bits = block(rounds=10**6)
    assert near(int(bits.alice.sum()), len(bits), 0.5)
    assert near(int((bits.alice[1:] ^ bits.alice[:-1]).sum()), len(bits) - 1, 0.5)


def test_same_seed_same_bits() -> None:
    first, again, other = (block(rounds=10**5, seed=seed).bob for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("field", ["clock_hz", "transmission", "receiver_efficiency", "misalignment", "dead_time_s"])
@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_a_link_refuses_what_is_no_quantity(field: str, value: float) -> None:
    with pytest.raises(InvalidArgument, match=field):
        PhotonLink(**LINK | {field: value})


def test_a_table_that_would_be_too_large_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="taps"):
        PhotonLink(**LINK, taps=(intercept_resend(),) * 13)
