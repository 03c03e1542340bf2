"""A check that nothing leaks: every qubit has one holder, every memory and interface is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qnet.network.entangled import Entangled, Slot

if TYPE_CHECKING:
    from qnet.network.plant import Plant

__all__ = ["Audit", "audit"]


class Audit(NamedTuple):
    """What is alive: entangled pairs, and single qubits whose other half is gone (and whose holder may not know).

    Pairs that applications keep are among them.
    """

    pairs: int
    singles: int


def audit(plant: Plant) -> Audit:
    """Assert the invariants of a network between two of its events; give what is alive.

    No slot holds two qubits and no qubit is in two slots; each qubit of each state is held by an application, or by a
    flow that is active; a lane that no flow has is empty, but for what an application keeps; interfaces taken and free
    add up to what the node has.
    """
    slots: dict[int, Slot] = {}
    for flow in {lane.flow for lane in plant.lanes if lane.flow is not None}:
        assert flow.active
        slots |= {id(slot): slot for slot in flow.held() if slot.state is not None}
    slots |= {id(slot): slot for kept in plant.kept for slot in kept.slots if slot.state is not None}
    states: dict[int, Entangled] = {}
    for slot in slots.values():
        assert slot.state is not None
        states[id(slot.state)] = slot.state
        assert slot.state.slots[slot.axis] is slot, "a slot holds a qubit that is elsewhere"
    for state in states.values():
        worked_out = state.half_done is None  # else the tensor is made when the other side has acted, too
        assert len(state.slots) == len(state.touched) == (state.tensor.ndim if worked_out else len(state.slots))
        assert all(id(slot) in slots for slot in state.slots), "a qubit is held by nobody"
    _check_ports(plant)
    singles = sum(len(state.slots) == 1 for state in states.values())
    assert len(slots) == 2 * len(states) - singles or any(len(state.slots) > 2 for state in states.values())
    return Audit(len(states) - singles, singles)


def _check_ports(plant: Plant) -> None:
    for lane in plant.lanes:
        for port in lane.ports:
            assert not port.emitting or port.belief is None, "a port that holds a half emits"
            assert not port.emitting or port.holds_interface
            if lane.flow is None:
                assert (port.emitting, port.belief) == (False, None)
                assert port.kept or (port.holds_interface, port.slot.state) == (False, None)
    for station in plant.stations.values():
        ports = [lane.port(station.name) for lane in plant.lanes if station.name in lane.ends]
        assert (
            sum(port.holds_interface for port in ports) + station.interfaces_free == station.device.optical_interfaces
        )
        assert len(set(station.queue)) == len(station.queue)
        assert not any(port.holds_interface for port in station.queue)
        assert set(station.queue) <= set(ports)
