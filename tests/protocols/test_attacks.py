"""Attacks are values plugged into two seams: taps on a link's flying qubit, and the behaviour of a node."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qnet_protocols import bbm92, e91
from werner import AT_ONCE, agrees, chain, link

from qnet import Link, Network, NodeView, Pairs
from qnet.quantum import Operation, State, bell_measurement


def intercept(angle: float) -> Operation:
    """Measure the flying qubit along an angle in the XZ plane, and send on what was found."""
    circuit = QuantumCircuit(1, 1)
    circuit.ry(-angle, 0)
    circuit.measure(0, 0)
    circuit.ry(angle, 0)
    return Operation(circuit, inputs=(0,), outputs=(0,))


def intercept_either() -> Operation:
    """The same in Z or X, as a coin says: a second qubit, measured first, which then controls a Hadamard."""
    circuit = QuantumCircuit(2, 2)
    circuit.h(1)
    circuit.measure(1, 0)
    controlled_hadamard(circuit)
    circuit.measure(0, 1)
    controlled_hadamard(circuit)
    return Operation(circuit, inputs=(0,), outputs=(0,))


def controlled_hadamard(circuit: QuantumCircuit) -> None:
    circuit.ry(math.pi / 4, 0)
    circuit.cx(1, 0)
    circuit.ry(-math.pi / 4, 0)


def tapped(*taps: Operation, hops: int = 1) -> Network:
    return Network.chain([10.0] * hops, link=[link().with_taps(*taps), *[link()] * (hops - 1)])


def wrong_bits(result, basis: str) -> tuple[int, int]:
    return result.counts.outcomes.errors(basis, basis)


@pytest.mark.parametrize("hops", [1, 2])
@pytest.mark.parametrize(
    ("tap", "e_z", "e_x"),
    [
        (intercept(0.0), 0.0, 0.5),
        (intercept(math.pi / 2), 0.5, 0.0),
        (intercept_either(), 0.25, 0.25),
        (intercept(math.pi / 4), 0.25, 0.25),
    ],
    ids=["z", "x", "either", "breidbart"],
)
def test_intercept_and_resend_shows_in_the_error_rates(tap: Operation, e_z: float, e_x: float, hops: int) -> None:
    result = bbm92.run(tapped(tap, hops=hops), stop=Pairs(800), seed=2)
    for basis, expected in (("0", e_z), ("90", e_x)):
        assert agrees(*wrong_bits(result, basis), expected)
    assert result.counts.believed_fidelity == pytest.approx(1.0)  # the ends are told nothing of the tap
    assert result.secret_key_rate_bps.low == 0
    # Phi+ loses one of XX and ZZ, and YY, to a basis; half of XX and ZZ, and YY, to a basis between or to both
    assert result.counts.deliveries.fidelity().value == pytest.approx(0.5)


def test_two_taps_strike_one_after_the_other() -> None:
    result = bbm92.run(tapped(intercept(0.0), intercept(math.pi / 2)), stop=Pairs(600), seed=2)
    assert agrees(*wrong_bits(result, "0"), 0.5)
    assert agrees(*wrong_bits(result, "90"), 0.5)
    assert result.counts.deliveries.fidelity().value == pytest.approx(0.25)


def test_a_measured_pair_violates_no_bell_inequality() -> None:
    result = e91.run(tapped(intercept(math.pi / 4)), stop=Pairs(1500), seed=2)
    assert result.chsh.value < math.sqrt(2) + 4 * result.chsh.standard_error
    assert result.row().secret_key_rate_bps.value == 0


class Liar:
    """Announces the record with some bits flipped, every so many swaps; and keeps what it was shown."""

    def __init__(self, flip: int, every: int = 1) -> None:
        self.flip, self.every, self.views = flip, every, []

    def announce(self, view: NodeView, record: int) -> int:
        self.views.append(view)
        return record ^ self.flip if len(self.views) % self.every == 0 else record


@pytest.mark.parametrize(
    ("flip", "every", "e_z", "e_x"),
    [(1, 1, 0.0, 1.0), (2, 1, 1.0, 0.0), (3, 1, 1.0, 1.0), (1, 4, 0.0, 0.25), (2, 4, 0.25, 0.0), (3, 2, 0.5, 0.5)],
)
@pytest.mark.parametrize("keep", [False, True])
def test_a_lying_repeater_shows_in_the_error_rates(flip: int, every: int, e_z: float, e_x: float, keep: bool) -> None:
    liar = Liar(flip, every)
    result = bbm92.run(chain(2), stop=Pairs(400), seed=3, behaviours={"n1": liar}, keep=keep)
    for basis, expected in (("0", e_z), ("90", e_x)):
        wrong, total = wrong_bits(result, basis)
        assert wrong == expected * total if expected in (0, 1) else agrees(wrong, total, expected)
    assert result.counts.believed_fidelity == pytest.approx(1.0)
    assert result.counts.deliveries.fidelity().value == pytest.approx(1 - 1 / every, abs=0.01)


def test_two_liars_who_tell_the_same_lie_are_not_found() -> None:
    behaviours = {"n1": Liar(3), "n2": Liar(3)}
    result = bbm92.run(chain(3), stop=Pairs(100), seed=3, behaviours=behaviours)
    assert wrong_bits(result, "0")[0] == wrong_bits(result, "90")[0] == 0


def test_a_tap_is_believed_in_by_no_threshold() -> None:
    result = bbm92.run(tapped(intercept(0.0)), stop=Pairs(50), seed=2, min_fidelity=0.9)
    assert result.counts.deliveries.pairs == 50  # a threshold acts on belief


def reachable(thing: object) -> list[object]:
    """All objects that can be reached from one by attributes, items and closures."""
    found: dict[int, object] = {}
    waiting = [thing]
    while waiting:
        item = waiting.pop()
        if id(item) in found or isinstance(item, type):
            continue
        found[id(item)] = item
        if isinstance(item, (tuple, list, set, frozenset)):
            waiting += item
        elif isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        waiting += list(getattr(item, "__dict__", {}).values())
        slots = [name for base in type(item).__mro__ for name in getattr(base, "__slots__", ()) or ()]
        waiting += [getattr(item, name) for name in slots if hasattr(item, name)]
        waiting += [cell.cell_contents for cell in getattr(item, "__closure__", None) or ()]
        if isinstance(owner := getattr(item, "__self__", None), object) and owner is not None and callable(item):
            waiting.append(owner)
    return list(found.values())


def test_from_what_a_node_is_shown_no_state_can_be_reached() -> None:
    liar = Liar(0)
    bbm92.run(chain(2, 0.95, 0.5), stop=Pairs(20), seed=3, behaviours={"n1": liar}, **AT_ONCE)
    plain = (str, int, float, tuple)
    for view in liar.views:
        assert len(view.halves) == 2
        strangers = [thing for thing in reachable(view) if not isinstance(thing, plain)]
        assert not strangers


def test_the_walk_would_find_a_state() -> None:
    class Leaky:
        __slots__ = ("hook",)

        def __init__(self, state: State) -> None:
            self.hook: Callable[[], float] = state.purity

    view = NodeView("n1", 0.0, (Leaky(State.bell()),))  # type: ignore[arg-type]
    assert any(isinstance(thing, np.ndarray) for thing in reachable(view))


def test_what_a_node_believes_is_the_specification_aged() -> None:
    liar = Liar(0)
    bbm92.run(chain(2, 0.95), stop=Pairs(5), seed=3, behaviours={"n1": liar}, classical_delay="zero")
    for view in liar.views:
        assert view.node == "n1"
        assert {half.neighbour for half in view.halves} == {"n0", "n2"}
        assert all(half.fidelity == pytest.approx(0.95) for half in view.halves)


def test_with_taps_takes_only_one_qubit_in_and_one_out() -> None:
    with pytest.raises(ValueError, match="taps"):
        Link.from_numbers(0.5, 1e-4, State.bell()).with_taps(bell_measurement())
