import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.quantum import State
from qnet.quantum.photonics import double_click, emitter_absorber

probabilities = st.floats(0.0, 1.0)
GOOD = {"efficiency": 0.3, "latch_probability": 0.5}


@settings(max_examples=20)
@given(probabilities, probabilities, probabilities, probabilities, probabilities)
def test_emitter_absorber_is_its_closed_form(
    efficiency: float, latch: float, visibility: float, false_latch: float, twice: float
) -> None:
    """With p = eta q: p times a dephased Phi+, and (1 - p) f times the product of two mixed memories."""
    herald = emitter_absorber(
        efficiency=efficiency,
        latch_probability=latch,
        visibility=visibility,
        false_latch_probability=false_latch,
        double_excitation_probability=twice,
    )
    right, wrong = efficiency * latch, (1 - efficiency * latch) * false_latch
    assert herald.success_probability == pytest.approx(right + wrong, rel=1e-12, abs=1e-15)
    kept = visibility * (1 - twice)
    weights = right * np.array([1 + kept, 1 - kept, 0.0, 0.0]) / 2 + wrong / 4
    for outcome in herald.outcomes:
        assert outcome.label == 0
        expected = State.bell_diagonal(weights / weights.sum()).tensor
        assert outcome.state.tensor == pytest.approx(expected, abs=1e-9)


def test_without_loss_and_noise_every_attempt_makes_a_perfect_pair() -> None:
    herald = emitter_absorber(efficiency=1.0, latch_probability=1.0)
    assert herald.success_probability == pytest.approx(1.0, abs=1e-12)
    assert herald.fidelity == pytest.approx(1.0, abs=1e-12)


def test_loss_costs_attempts_but_no_fidelity() -> None:
    herald = emitter_absorber(**GOOD)
    assert herald.success_probability == pytest.approx(0.15, rel=1e-12)
    assert herald.fidelity == pytest.approx(1.0, abs=1e-12)


def test_false_announcements_alone_herald_a_quarter() -> None:
    herald = emitter_absorber(efficiency=0.0, latch_probability=0.5, false_latch_probability=1e-4)
    assert herald.success_probability == pytest.approx(1e-4, rel=1e-12)
    assert herald.fidelity == pytest.approx(0.25, abs=1e-14)


def test_a_linear_optics_receiver_is_a_double_click_station_at_b() -> None:
    """B's own photon reaches the beam splitter without loss; the announcement is one of the four patterns."""
    station = double_click(efficiency_a=0.3, efficiency_b=1.0, visibility=0.9, dark_count_probability=0.0)
    receiver = emitter_absorber(**GOOD, visibility=0.9)
    assert receiver.success_probability == pytest.approx(station.success_probability, rel=1e-12)
    assert receiver.mean_state is not None
    assert station.mean_state is not None
    assert receiver.mean_state.tensor == pytest.approx(station.mean_state.tensor, abs=1e-12)


@pytest.mark.parametrize(
    "name",
    ["efficiency", "latch_probability", "visibility", "false_latch_probability", "double_excitation_probability"],
)
def test_the_argument_that_is_no_probability_is_named(name: str) -> None:
    for bad in (-0.1, 1.3, float("nan")):
        with pytest.raises(InvalidArgument, match=f"`{name}` must be"):
            emitter_absorber(**GOOD | {name: bad})
