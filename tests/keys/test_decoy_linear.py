import math

import numpy as np
import pytest

from qnet.bounds import ThresholdReceiver
from qnet.errors import InvalidArgument
from qnet.keys import linear_decoy_bound, vacuum_weak_bounds

RECEIVER = ThresholdReceiver(transmission=0.02, dark_count_probability=1e-6, misalignment=0.015)
CHOICES = [(0.5, 0.1), (0.5, 0.1, 0.0), (0.6, 0.2, 2e-4), (0.6, 0.2, 0.05, 0.0)]


def observed(intensities, yields, wrong):
    """Sum over photon numbers, term by term."""
    poisson = [[math.exp(-k) * k**n / math.factorial(n) for n in range(len(yields))] for k in intensities]
    return [float(np.dot(row, yields)) for row in poisson], [float(np.dot(row, wrong)) for row in poisson]


def honest(receiver: ThresholdReceiver, photons: int = 30):
    yields = [receiver.photon_yield(n) for n in range(photons)]
    return yields, [seen * receiver.photon_error(n) for n, seen in enumerate(yields)]


@pytest.mark.parametrize("intensities", CHOICES)
def test_bounds_hold_and_are_near_where_the_channel_is_as_expected(intensities: tuple[float, ...]) -> None:
    yields, wrong = honest(RECEIVER)
    single = linear_decoy_bound(intensities, RECEIVER).single_photons(*observed(intensities, yields, wrong))
    assert 0.9 * yields[1] < single.yield_lower <= yields[1] * (1 + 1e-9)
    assert wrong[1] / yields[1] <= single.error_upper * (1 + 1e-9) < 1.4 * wrong[1] / yields[1]


@pytest.mark.parametrize("intensities", CHOICES)
def test_bounds_hold_for_channels_that_were_not_expected(intensities: tuple[float, ...]) -> None:
    bound, chance = linear_decoy_bound(intensities, RECEIVER), np.random.default_rng(1)
    for scale in 10.0 ** -chance.uniform(0, 4, 200):
        yields = scale * chance.random(25)
        wrong = yields * chance.random(25)
        wrong[0] = yields[0] / 2
        seen = observed(intensities, yields, wrong)
        assert bound.yield_lower(*seen) <= yields[1] + 1e-12
        assert bound.errors_upper(*seen) >= wrong[1] - 1e-12


def test_vacuum_and_weak_prove_no_less_than_the_closed_form() -> None:
    """Ma et al. 2005 drop terms that the linear program keeps."""
    mu, nu = 0.5, 0.1
    gains, wrong = observed((mu, nu, 0.0), *honest(RECEIVER))
    rates = {"signal_gain": gains[0], "weak_gain": gains[1], "weak_error_rate": wrong[1] / gains[1]}
    known = vacuum_weak_bounds(signal_intensity=mu, weak_intensity=nu, vacuum_gain=gains[2], **rates)
    single = linear_decoy_bound((mu, nu, 0.0), RECEIVER).single_photons(gains, wrong)
    assert known.yield_lower <= single.yield_lower * (1 + 1e-6)
    assert single.error_upper <= known.error_upper * (1 + 1e-6)


def test_more_decoys_prove_more() -> None:
    seen = []
    for intensities in ((0.5, 0.1), (0.5, 0.1, 0.0), (0.5, 0.1, 0.05, 0.0)):
        gains = observed(intensities, *honest(RECEIVER))
        seen.append(linear_decoy_bound(intensities, RECEIVER).yield_lower(*gains))
    assert seen == sorted(seen)


def test_weights_suit_the_statistics() -> None:
    """A vacuum of 2e-4 could tell errors from light, had it clicked often; where it has not, it gets no such weight."""
    intensities, generator = (0.52, 0.26, 2e-4), np.random.default_rng(1)
    gains, wrong = observed(intensities, *honest(RECEIVER))
    pulses = 1e5 / gains[0]
    spreads, means = [], []
    for clicks in (1e5, 1e9):
        bound, found = linear_decoy_bound(intensities, RECEIVER, clicks=clicks), []
        for _ in range(200):
            errors, right = (
                generator.poisson(np.array(n) * pulses) / pulses for n in (wrong, np.subtract(gains, wrong))
            )
            found.append(bound.yield_lower(list(right + errors), list(errors)))
        spreads.append(np.std(found))
        means.append(bound.yield_lower(gains, wrong))
    assert spreads[0] < 0.2 * spreads[1]
    assert 0.9 * means[1] < means[0] < means[1]


def test_photon_number_splitting_is_seen() -> None:
    """Single photons are blocked and the others sent on without loss: the gain is kept, the yield is not."""
    yields, wrong = honest(RECEIVER)
    kept = [0.0, 0.0, *(1 - 0.8 ** (n - 1) for n in range(2, 30))]
    split = [seen / 2 for seen in kept]
    intensities = 0.5, 0.1, 0.0
    bound = linear_decoy_bound(intensities, RECEIVER)
    assert bound.yield_lower(*observed(intensities, kept, split)) == 0.0
    assert bound.yield_lower(*observed(intensities, yields, wrong)) > 0.0


def test_arrays_are_taken_elementwise() -> None:
    bound = linear_decoy_bound((0.5, 0.1), RECEIVER)
    gains, wrong = observed((0.5, 0.1), *honest(RECEIVER))
    both = bound.single_photons([np.array([g, 0.0]) for g in gains], [np.array([w, 0.0]) for w in wrong])
    assert both.yield_lower.tolist() == [bound.yield_lower(gains, wrong), 0.0]
    assert both.error_upper[1] == 0.5


@pytest.mark.parametrize("intensities", [(0.5,), (0.1, 0.5), (0.5, 0.1, 0.1), (0.5, -0.1)])
def test_intensities_out_of_order_are_refused(intensities: tuple[float, ...]) -> None:
    with pytest.raises(InvalidArgument, match="intensities"):
        linear_decoy_bound(intensities, RECEIVER)
