"""Random small chains, whatever their rules: each keeps delivering states, and keeps nothing else."""

from __future__ import annotations

from chains import ATTEMPT_S, chain
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.link import Device, Link
from qnet.quantum import Noise, State, Waiting, move
from qnet.quantum.photonics import HeraldedState

HERALDS = (
    HeraldedState(probability=0.6, state=State.bell_diagonal([0.02, 0.03, 0.9, 0.05]), label=2),
    HeraldedState(probability=0.4, state=State.bell_diagonal([0.02, 0.03, 0.05, 0.9]), label=3),
)


@st.composite
def links(draw, hops, measured_ends):
    made = []
    for span in range(hops):
        measured = {"source"} if span == 0 and measured_ends else set()
        measured |= {"target"} if span == hops - 1 and measured_ends else set()
        cycle_s = draw(st.sampled_from([1.0, 0.7, 0.03])) * ATTEMPT_S
        emission_s = draw(st.sampled_from([0.0, 0.5])) * cycle_s
        probability = draw(st.sampled_from([0.15, 0.5, 1.0]))
        made.append(
            Link(
                success_probability=probability, cycle_s=cycle_s, emission_s=emission_s, heralds=HERALDS,
                measured=frozenset(measured),
            )
        )  # fmt: skip
    return made


@st.composite
def devices(draw):
    stored = draw(st.booleans())
    memory, storage = Waiting.from_t1_t2(t1_s=0.5, t2_s=0.2), Waiting.from_t1_t2(t1_s=5.0, t2_s=1.0)
    return Device(
        memory=memory,
        swap_s=draw(st.sampled_from([0.0, 0.4, 3.0])) * ATTEMPT_S,
        measurement_s=draw(st.sampled_from([0.0, 1.5])) * ATTEMPT_S,
        storage=storage if stored else None,
        move_in=move(Noise.from_numbers(two_qubit_depolarising=0.01)) if stored else None,
        move_s=draw(st.sampled_from([0.0, 0.3, 2.0])) * ATTEMPT_S if stored else 0.0,
        optical_interfaces=draw(st.sampled_from([1, 2])),
    )


@st.composite
def scenes(draw):
    hops = draw(st.integers(1, 5))
    made = draw(links(hops, draw(st.booleans())))
    cutoff = draw(st.sampled_from([None, 12.0, 25.0]))
    options = {
        "seed": draw(st.integers(0, 2**20)),
        "cutoff_s": None if cutoff is None else cutoff * ATTEMPT_S,
        "restart": draw(st.sampled_from(["pipelined", "per-pair"])),
        "classical_delay": draw(st.sampled_from(["fibre", "zero"])),
    }
    network = chain(made, draw(devices()), length_km=draw(st.sampled_from([1.0, 90.0])))
    return network, draw(st.sampled_from([None, 0.0, 2.4])), options


def kept(simulation):
    """Everything that a run may leave behind at its nodes, by kind."""
    roles = [role for station in simulation.plant.stations.values() for role in station.roles.values()]
    names = ("_claims", "_frontiers", "_unused", "_ready", "_expiries")
    counts = {name: sum(len(getattr(role, name, ())) for role in roles) for name in names}
    counts["_joints"] = sum(len(role._joints) for role in roles if hasattr(role, "_joints"))
    counts["_halves"] = sum(len(connection.flow._halves) for connection in simulation.reception.connections)
    return counts


@settings(deadline=None, derandomize=True, max_examples=150)
@given(scenes())
def test_chains_deliver_states_and_leak_nothing(scene):
    """Ends measure, keep until both know, or keep each pair for a while longer."""
    network, kept_for, options = scene
    taken = []

    def protocol(session):
        session.request(keep=kept_for is not None)
        while len(taken) < 60:
            taken.append((yield session.next_pair()))
            if kept_for:
                yield session.wait(kept_for * ATTEMPT_S)
                simulation.audit()
            taken[-1].release()
            simulation.audit()

    simulation = network.simulate(**options)
    hops = len(network.edges)
    simulation.start(protocol, "n0", f"n{hops}")
    assert simulation.run(max_events=100_000) in ("done", "events")
    assert taken
    for pair in taken:
        assert pair.state.purity() <= 1.0 + 1e-9  # the constructor of State checks trace and positivity
        assert pair.label in (0, 1, 2, 3)
    simulation.clock.advance(simulation.clock.now, budget=1_000)  # both ends deliver in one tick, so let it end
    assert simulation.clock.peek() > simulation.clock.now
    counts = kept(simulation)
    assert counts["_halves"] <= counts["_ready"]  # the other end is still measuring, or has not heard all yet
    cycle_s = min(edge.link.cycle_s for edge in network.edges)
    untold = network.route().total_km / 2e5 / cycle_s  # an end that measures goes on before it hears what it has
    assert counts["_claims"] == counts["_frontiers"] <= 2 * (hops + untold)
    assert counts["_unused"] <= hops * hops  # repeater k gets at most k - 1 swaps ahead of the first
