"""The policy of C-inesta that holds back: where all links are there, first swap every other node.

Swaps as soon as possible between the same nodes are in `test_area_c.py`. Chance of a false alarm: 6e-5 for each
comparison, and seeds are fixed.
"""

from itertools import pairwise

import pytest
from cases import Case, cases
from chains import ATTEMPT_S, attempt, chain, mean_and_error
from zscores import record_z

from qnet.link import Device
from qnet.network.end import End
from qnet.network.flow import Flow
from qnet.network.repeater import Repeater
from qnet.rng import Purpose
from qnet.time import Phase, ticks


class Doubling(Repeater):
    """Swaps as soon as possible, but waits a round for its neighbours, if it has any, where all are about to swap.

    In the source each node knows the whole chain at once, so here one looks at its neighbours.
    """

    neighbours: tuple["Doubling", ...] = ()
    tried = -1

    def _act(self) -> None:
        if self.neighbours and all(one.swaps_now for one in (self, *self.neighbours)):
            self._due = False
            self._station.after(ticks(ATTEMPT_S), self._turn, self._act, self.flow)
            return
        if self.swaps_now:
            self.tried = self._station.now
        super()._act()

    @property
    def swaps_now(self) -> bool:
        ready = all(port.belief is not None for port in (*self._lefts, *self._rights))
        return ready or self.tried == self._station.now


def role(flow, position, lefts, rights):
    station = flow.plant.station(flow.course.nodes[position])
    if not lefts or not rights:
        return End(station, lefts or rights, flow.course, flow.hand_over, flow.forfeit)
    stream = flow.plant.chance.stream(Purpose.RECORD, station.name)
    return Doubling(station, lefts, rights, flow.course, position, stream)


def rounds(known, deliveries, **options):
    """Rounds from an empty chain to a pair, again and again: whenever the flow has delivered it begins anew."""
    device = Device(swap_success_probability=known["p_swap"])
    ageing = {"cutoff_s": known["cutoff_age"] * ATTEMPT_S, "cutoff_of": "pair", "clocking": "rounds"}
    links = [attempt(known["p_gen"])] * (known["n_nodes"] - 1)
    simulation = chain(links, device).simulate(classical_delay="zero", **ageing, **options)
    clock, route, ends = simulation.clock, simulation.network.route(), [0]

    def again(_):
        ends.append(clock.now)
        flow.reset()
        flow.activate()

    course = simulation.flows.course(route, keep=True)
    deliver = lambda pair: clock.call(0, Phase.REQUESTS, again)  # noqa: E731
    flow = Flow(simulation.plant, route, course, deliver=deliver, make_role=role)
    first, middle, last = flow.roles[1:-1]
    middle.neighbours = (first, last)
    flow.activate()
    while len(ends) <= deliveries:
        clock.step()
    return [(end - begun) / ticks(ATTEMPT_S) for begun, end in pairwise(ends)]


@pytest.mark.parametrize("pairs", [100, pytest.param(100_000, marks=pytest.mark.validate)])
@pytest.mark.parametrize(("rule", "suffix"), [("connected", ""), ("sequential", "_sequential_rule")])
@pytest.mark.parametrize("known", cases("C-inesta-*"), ids=str)
def test_swaps_that_wait_where_all_links_are_there(known: Case, rule, suffix, pairs):
    """Inesta et al., npj Quantum Inf. 9, 46 (2023): faster than swapping at once only if a failure costs the run."""
    mean, error = mean_and_error(rounds(known, pairs, seed=46, failed_swap=rule))
    expected = known.expected[f"mean_rounds_nested{suffix}"]
    assert abs(record_z("rounds per pair", mean, error, expected)) < 4, f"{mean:.4g} +- {error:.2g}, not {expected:.4g}"
    assert error < (0.25 if pairs < 1000 else 0.01) * expected
