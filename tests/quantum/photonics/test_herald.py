import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.quantum import State
from qnet.quantum.photonics import Herald, HeraldedState, double_click

PSI_PLUS = HeraldedState(probability=0.25, state=State.bell(2), label=2)
PSI_MINUS = HeraldedState(probability=0.75, state=State.bell_diagonal([0.0, 0.0, 0.2, 0.8]), label=3)


def test_the_mean_state_is_seen_in_the_frame() -> None:
    herald = Herald(success_probability=0.1, outcomes=(PSI_PLUS, PSI_MINUS))
    assert herald.mean_state is not None
    assert herald.mean_state.bell_weights() == pytest.approx((0.85, 0.15, 0.0, 0.0))
    assert herald.fidelity == pytest.approx(0.25 * PSI_PLUS.fidelity + 0.75 * PSI_MINUS.fidelity)


def test_an_impossible_herald_names_no_state() -> None:
    herald = double_click(efficiency_a=0.0, efficiency_b=0.3, visibility=0.9, dark_count_probability=0.0)
    assert (herald.success_probability, herald.outcomes) == (0.0, ())
    assert herald.mean_state is None
    assert herald.fidelity is None


def test_unequal_arms_still_herald_balanced_memories() -> None:
    herald = double_click(efficiency_a=0.9, efficiency_b=0.1, visibility=1.0, dark_count_probability=0.0)
    for outcome in herald.outcomes:
        assert outcome.state.tensor == pytest.approx(State.bell(outcome.label).tensor, abs=1e-12)
    assert np.isclose(herald.success_probability, 0.045)


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (Herald, {"success_probability": 1.1, "outcomes": ()}, "`success_probability` must be at most 1"),
        (Herald, {"success_probability": 0.1, "outcomes": ()}, "`outcomes` must name at least one state"),
        (Herald, {"success_probability": 0.1, "outcomes": (PSI_PLUS,)}, "`outcomes` must have probabilities that add"),
        (HeraldedState, {"probability": 1.0, "state": State.bell(2), "label": 4}, "`label` must be 0, 1, 2 or 3"),
    ],
)
def test_what_is_refused(kind: type, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        kind(**arguments)


@pytest.mark.parametrize("name", ["efficiency_a", "efficiency_b", "visibility", "dark_count_probability"])
def test_double_click_names_the_argument_that_is_no_probability(name: str) -> None:
    good = {"efficiency_a": 0.1, "efficiency_b": 0.1, "visibility": 0.9, "dark_count_probability": 0.0}
    for bad in (-0.1, 1.1, float("nan")):
        with pytest.raises(InvalidArgument, match=f"`{name}` must be"):
            double_click(**good | {name: bad})
