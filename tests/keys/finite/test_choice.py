from dataclasses import replace

import pytest

from qnet import bounds, keys
from qnet.errors import InvalidArgument
from qnet.units import transmission

RECEIVER = bounds.ThresholdReceiver(transmission=0.01, dark_count_probability=1e-8, misalignment=0.01)


@pytest.mark.parametrize("decoys", [1, 2])
def test_the_best_session_beats_its_neighbours(decoys: int) -> None:
    best = keys.optimal_decoy_session(RECEIVER, key_clicks=1e6, decoys=decoys)
    signal, *rest = best.session.intensities
    for bias, intensity in ((0.95, 1.0), (1.02, 1.0), (1.0, 0.9), (1.0, 1.1)):
        pulses = {"intensities": (intensity * signal, *rest), "probabilities": best.session.probabilities}
        choice = {"pulses": best.pulses, "key_basis_probability": bias * best.key_basis_probability}
        counts = keys.expected_counts(RECEIVER, **pulses, **choice)
        scale = 1e6 / counts.block
        other = replace(best.session, **pulses, counts=counts.times(scale))
        assert other.key_length / (scale * best.pulses) < best.key_per_pulse


def test_one_decoy_beats_two_where_errors_are_few() -> None:
    """The finding of Rusca et al. 2018, for blocks up to 1e8 bits."""
    for block in (1e5, 1e7):
        one, two = (keys.optimal_decoy_session(RECEIVER, key_clicks=block, decoys=decoys) for decoys in (1, 2))
        assert 1.1 < one.key_per_pulse / two.key_per_pulse < 1.2


def test_the_declared_block_is_filled() -> None:
    best = keys.optimal_decoy_session(RECEIVER, key_clicks=1e6)
    assert best.session.counts.block == pytest.approx(1e6)
    assert best.session.intensities[2] == 2e-4
    assert best.session.key_length == pytest.approx(best.key_per_pulse * best.pulses)


def test_a_block_too_small_says_how_large_it_must_be() -> None:
    with pytest.raises(InvalidArgument, match=r"`key_clicks` must be at least about (\d+) for a key") as error:
        keys.optimal_decoy_session(RECEIVER, key_clicks=400, decoys=1)
    needed = int(str(error.value).split("about ")[1].split()[0])
    assert 400 < needed < 6_000


def test_the_search_finds_the_last_key_of_a_long_fibre() -> None:
    """The reach of blocks of 1e4 bits with the detectors of Lim et al. 2014, by their formula, is 129 to 130 km."""
    receiver = bounds.AfterpulsingReceiver(
        transmission=0.1 * transmission(0.2 * 129),
        dark_count_probability=6e-7,
        misalignment=0.005,
        afterpulse_probability=0.04,
    )
    epsilon = keys.EpsilonBudget(secrecy=1e-13, correctness=1e-15)
    best = keys.optimal_decoy_session(receiver, key_clicks=1e4, epsilon=epsilon)
    assert best.session.key_length > 50


def test_a_channel_too_noisy_is_named_rather_than_a_block() -> None:
    with pytest.raises(InvalidArgument, match="`channel` must leave a key"):
        keys.optimal_decoy_session(replace(RECEIVER, misalignment=0.2), key_clicks=1e6, decoys=1)


@pytest.mark.parametrize("decoys", [0, 3])
def test_other_numbers_of_decoys_have_no_finite_key(decoys: int) -> None:
    with pytest.raises(InvalidArgument, match="`decoys` must be 1 or 2"):
        keys.optimal_decoy_session(RECEIVER, key_clicks=1e6, decoys=decoys)


@pytest.mark.parametrize("bias", [0.0, 1.0])
def test_both_bases_are_needed(bias: float) -> None:
    pulses = {"intensities": (0.5, 0.1), "probabilities": (0.5, 0.5), "pulses": 1e6}
    with pytest.raises(InvalidArgument, match="key_basis_probability"):
        keys.expected_counts(RECEIVER, **pulses, key_basis_probability=bias)
