import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet import bounds, keys
from qnet.errors import InvalidArgument
from qnet.keys import DecoyCounts, DecoySession, EpsilonBudget

RECEIVER = bounds.ThresholdReceiver(transmission=0.01, dark_count_probability=1e-6, misalignment=0.01)
BIAS = 0.85
PULSES = {
    2: {"intensities": (0.5, 0.15), "probabilities": (0.6, 0.4)},
    3: {"intensities": (0.5, 0.15, 0.0), "probabilities": (0.6, 0.3, 0.1)},
}


def expected(intensities: int, pulses: float, receiver: bounds.Receiver = RECEIVER) -> DecoyCounts:
    return keys.expected_counts(receiver, **PULSES[intensities], pulses=pulses, key_basis_probability=BIAS)


def session(intensities: int, pulses: float, **declared: float) -> DecoySession:
    return DecoySession(**PULSES[intensities], counts=expected(intensities, pulses), **declared)


def true_clicks(intensities: int, photons: int, pulses: float) -> float:
    """Clicks of the key basis that pulses of so many photons (none or one) make on average."""
    sent = zip(*PULSES[intensities].values(), strict=True)
    tau = sum(p * math.exp(-k) * k**photons for k, p in sent)
    return pulses * BIAS**2 * tau * RECEIVER.photon_yield(photons)


@pytest.mark.parametrize("intensities", PULSES)
@given(st.floats(1e6, 1e13))
def test_no_more_is_proved_than_is_true(intensities: int, pulses: float) -> None:
    proved = session(intensities, pulses).proved
    assert proved.vacuum <= true_clicks(intensities, 0, pulses) * (1 + 1e-6)
    assert proved.single <= true_clicks(intensities, 1, pulses) * (1 + 1e-6)
    assert proved.phase_error >= RECEIVER.photon_error(1) * (1 - 1e-6)


@pytest.mark.parametrize("intensities", PULSES)
def test_bounds_hold_for_counts_that_fluctuate(intensities: int) -> None:
    generator, pulses = np.random.default_rng(7), 1e8
    mean = expected(intensities, pulses)
    for _ in range(100):
        right = generator.poisson(np.subtract(mean.key_clicks, mean.key_errors))
        wrong = generator.poisson(mean.key_errors)
        seen = replace(mean, key_clicks=tuple(right + wrong), key_errors=tuple(wrong))
        proved = DecoySession(**PULSES[intensities], counts=seen).proved
        assert 0 < proved.single <= true_clicks(intensities, 1, pulses)
        assert proved.vacuum <= true_clicks(intensities, 0, pulses)


@pytest.mark.parametrize("intensities", PULSES)
def test_a_growing_session_comes_to_its_endless_limit(intensities: int) -> None:
    sessions = [session(intensities, pulses) for pulses in (1e8, 1e10, 1e12, 1e15)]
    shares = [one.key_length / one.counts.block for one in sessions]
    limit = session(intensities, 1e8).asymptotic_fraction
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(limit, rel=2e-3)
    assert shares[-1] < limit


def test_the_limit_of_vacuum_and_weak_is_that_of_observed_gains() -> None:
    """Of an endless session with a true vacuum, Lim's bounds are those of Ma et al. 2005."""
    signal, weak, _ = PULSES[3]["intensities"]
    gains = [RECEIVER.gain(k) for k in PULSES[3]["intensities"]]
    proved = session(3, 1e30).proved
    single = keys.vacuum_weak_bounds(
        signal_intensity=signal,
        weak_intensity=weak,
        signal_gain=gains[0],
        weak_gain=gains[1],
        weak_error_rate=RECEIVER.error_rate(weak),
        vacuum_gain=gains[2],
    )
    share = proved.single / true_clicks(3, 1, 1e30)
    assert share == pytest.approx(single.yield_lower / RECEIVER.photon_yield(1), rel=1e-6)
    assert proved.phase_error == pytest.approx(single.error_upper, rel=1e-6)


@pytest.mark.parametrize("intensities", PULSES)
def test_the_session_aborts_when_it_sees_too_little(intensities: int) -> None:
    declared = session(intensities, 1e10)
    assert declared.reason_to_abort(declared.counts, leaked_bits=declared.leak_limit) is None
    assert "block" in (declared.reason_to_abort(declared.counts.times(0.999)) or "")
    assert "leaked" in (declared.reason_to_abort(declared.counts, leaked_bits=1.01 * declared.leak_limit) or "")
    tested = replace(declared.counts, test_errors=tuple(2 * count for count in declared.counts.test_errors))
    assert "prove" in (declared.reason_to_abort(tested) or "")


def test_splitting_photon_numbers_is_noticed() -> None:
    """An eavesdropper who stops single photons and passes the rest by a better fibre keeps the signal's clicks."""
    declared = session(3, 1e10)
    signal, weak, vacuum = declared.counts.key_clicks
    split = replace(declared.counts, key_clicks=(signal + weak / 2, weak / 2, vacuum))
    assert "prove" in (declared.reason_to_abort(split) or "")
    assert DecoySession(**PULSES[3], counts=split).proved.single < 0.3 * declared.proved.single


def test_a_block_too_small_says_how_much_is_missing() -> None:
    small = session(2, 1e6)
    assert small.key_length == 0
    with pytest.raises(InvalidArgument, match=r"block of at least (\d+) bits for any key \(\d+ more") as error:
        small.require_key()
    needed = int(str(error.value).split("at least ")[1].split()[0])
    factor = needed / small.counts.block
    assert replace(small, counts=small.counts.times(1.001 * factor)).key_length > 0
    assert replace(small, counts=small.counts.times(0.99 * factor)).key_length == 0


def test_too_many_errors_are_named_rather_than_bits() -> None:
    noisy = expected(2, 1e6, replace(RECEIVER, misalignment=0.12))
    with pytest.raises(InvalidArgument, match="endless session"):
        DecoySession(**PULSES[2], counts=noisy).require_key()


@pytest.mark.parametrize(
    ("intensities", "probabilities", "rule"),
    [
        ((0.15, 0.5), (0.6, 0.4), "ordered, brightest first"),
        ((0.5, 0.5), (0.6, 0.4), "ordered, brightest first"),
        ((0.5,), (1.0,), "at least one decoy"),
        ((0.5, 0.0), (0.6, 0.4), "greater than 0"),
        ((0.5, 0.3, 0.2), (0.4, 0.3, 0.3), "brighter than both decoys together"),
        ((0.5, 0.1), (0.6, 0.3), "add up to 1"),
        ((0.5, 0.1), (1.0, 0.0), "greater than 0"),
        ((0.5, 0.1), (0.5, 0.3, 0.2), "add up to 1"),
    ],
)
def test_pulses_that_bound_nothing_are_refused(intensities: tuple, probabilities: tuple, rule: str) -> None:
    with pytest.raises(InvalidArgument, match=rule):
        DecoySession(intensities=intensities, probabilities=probabilities, counts=expected(2, 1e9))


def test_counts_must_fit_together() -> None:
    counts = expected(2, 1e9)
    with pytest.raises(InvalidArgument, match="key_errors"):
        replace(counts, key_errors=(0.0, counts.key_clicks[1] + 1))
    with pytest.raises(InvalidArgument, match="test_errors"):
        replace(counts, test_errors=(0.0, math.nan))
    with pytest.raises(InvalidArgument, match="test_clicks"):
        replace(counts, test_clicks=(1.0,), test_errors=(0.0,))
    with pytest.raises(InvalidArgument, match="counts"):
        DecoySession(**PULSES[3], counts=counts)


def test_other_numbers_of_intensities_have_no_finite_key() -> None:
    four = DecoyCounts(key_clicks=(1e6,) * 4, key_errors=(1e4,) * 4, test_clicks=(1e6,) * 4, test_errors=(1e4,) * 4)
    with_three = DecoySession(intensities=(0.6, 0.3, 0.1, 0.0), probabilities=(0.25,) * 4, counts=four)
    assert (
        with_three.key_length is with_three.secret_bits is with_three.proved is with_three.asymptotic_fraction is None
    )


def test_an_empty_session_has_no_key() -> None:
    nothing = DecoyCounts(key_clicks=(0, 0), key_errors=(0, 0), test_clicks=(0, 0), test_errors=(0, 0))
    assert DecoySession(**PULSES[2], counts=nothing).key_length == 0


def test_a_stricter_epsilon_costs_bits() -> None:
    lax, strict = (session(2, 1e10, epsilon=EpsilonBudget(secrecy=epsilon)) for epsilon in (1e-6, 1e-12))
    assert strict.key_length < lax.key_length


@pytest.mark.parametrize("epsilon", [1e-100, 1e-300])
def test_no_epsilon_is_too_small_for_a_number(epsilon: float) -> None:
    counts = DecoyCounts(key_clicks=(8e9, 2e9), key_errors=(8e7, 2e7), test_clicks=(8e8, 2e8), test_errors=(8e6, 2e6))
    session = DecoySession(
        intensities=(0.45, 0.12), probabilities=(0.5, 0.5), counts=counts, epsilon=EpsilonBudget(secrecy=epsilon)
    )
    assert session.key_length > 0


def test_a_fifth_of_a_proved_click_bounds_no_phase_error() -> None:
    """So few tell nothing: half an error among them would be more than all."""
    seen = {"key_clicks": (3e5, 9e4, 3), "test_clicks": (300.0, 356.4487568474, 0.0)}
    counts = DecoyCounts(**seen, key_errors=(0, 0, 0), test_errors=(0, 0, 0))
    proved = DecoySession(**PULSES[3], counts=counts).proved
    assert proved is not None
    assert 0.0 < proved.test_single < 0.5
    assert proved.phase_error == 0.5
