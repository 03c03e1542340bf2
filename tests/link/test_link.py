"""What a link may be, and what it says of itself."""

import pytest

from qnet.errors import InvalidArgument
from qnet.link import Link
from qnet.quantum import State, bell_measurement, measurement, move
from qnet.quantum.photonics import HeraldedState

PAIR = State.werner(0.95)
HALF = HeraldedState(probability=0.5, state=PAIR, label=0)


def test_numbers_are_kept():
    link = Link.from_numbers(0.2, 1e-4, PAIR, measured=("source",))
    assert (link.rate_hz, link.attempts_hz) == pytest.approx((2000, 10_000))
    assert link.fidelity == pytest.approx(0.95)
    assert (link.emission_s, link.click_s, link.measured) == (0.0, 5e-5, frozenset({"source"}))
    assert str(link) == "Link: p = 0.2 per attempt of 100 us, 2e+03 pairs/s, fidelity 0.9500 at emission"


def test_fidelity_is_to_what_each_herald_names():
    psi = [HeraldedState(probability=0.5, state=State.bell(label), label=label) for label in (2, 3)]
    assert Link(success_probability=0.1, cycle_s=1.0, heralds=tuple(psi)).fidelity == pytest.approx(1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"success_probability": 0.0}, "`success_probability` must be greater than 0"),
        ({"success_probability": 1.1}, "`success_probability` must be at most 1"),
        ({"cycle_s": 0.0}, "`cycle_s` must be greater than 0"),
        ({"cycle_s": float("inf")}, "`cycle_s` must be finite"),
        ({"emission_s": -1.0}, "`emission_s` must be at least 0"),
        ({"emission_s": 2.0}, "`detection_s` must lie between emission_s and cycle_s"),
        ({"emission_s": 0.5, "detection_s": 0.4}, "`detection_s` must lie between emission_s and cycle_s"),
        ({"detection_s": 1.1}, "`detection_s` must lie between emission_s and cycle_s"),
        ({"heralds": (HALF,)}, "`heralds` must have probabilities that add to 1"),
        ({"heralds": ()}, "`heralds` must have probabilities that add to 1"),
        ({"measured": frozenset({"middle"})}, "`measured` must hold only 'source' and 'target'"),
    ],
)
def test_numbers_out_of_range_are_refused(wrong, message):
    right = {"success_probability": 0.5, "cycle_s": 1.0, "heralds": (HALF, HALF)}
    with pytest.raises(InvalidArgument, match=message):
        Link(**{**right, **wrong})


@pytest.mark.parametrize("operation", [measurement(0.0), bell_measurement()])
def test_a_tap_takes_one_qubit_and_gives_one(operation):
    link = Link.from_numbers(0.2, 1e-4, PAIR)
    assert link.with_taps(move()).taps[0].outputs == (1,)
    with pytest.raises(InvalidArgument, match="`taps` must take one qubit in and give one out"):
        link.with_taps(operation)
