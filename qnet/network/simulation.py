"""A network in motion: one clock, one seed, stations that exchange messages, and the sessions that use them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from operator import index
from typing import Literal, Unpack

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, check
from qnet.link.pulse_attack import PulseAttack
from qnet.network.accounts import Accounts
from qnet.network.audit import Audit, audit
from qnet.network.chance import Chance
from qnet.network.controller import Scheduling
from qnet.network.demand import Below
from qnet.network.faults import Faults
from qnet.network.flows import FlowOptions, Flows
from qnet.network.interrupt import Interrupt, deferred_interrupt
from qnet.network.options import (
    DEFAULT_QKD,
    DEFAULT_REPEATER,
    check_behaviours,
    check_below,
    check_nodes,
    check_options,
    check_recipe,
    check_switches,
    checked_taps,
)
from qnet.network.plant import Plant, PulseAttackOn
from qnet.network.policies import Policy, policy_of, weighted_fair_share
from qnet.network.reception import Reception
from qnet.network.report import Report
from qnet.network.requests import Request
from qnet.network.route import Route
from qnet.network.run import Stop, checked_stop
from qnet.network.session import Session
from qnet.network.sessions import Protocol, Sessions
from qnet.network.station import Behaviour, Observer
from qnet.network.terms import TermOptions, Terms, with_terms
from qnet.network.topology import Network
from qnet.network.trace import Trace
from qnet.network.traffic import Traffic
from qnet.planning import Recipe
from qnet.quantum import Compiled, Engine, Operation, Purification
from qnet.time import seconds, ticks

__all__ = ["DEFAULT_QKD", "DEFAULT_REPEATER", "Simulation"]


class Simulation:
    """Simulates a network; made by `Network.simulate`.

    Args:
        network: nodes, fibre and hardware.
        seed: of all chance in the run; same seed, same run.
        engine: applies quantum operations; `Compiled()` by default.
        classical_delay: "fibre" (messages travel as fast as light in fibre) or "zero".
        restart: "pipelined" (a link starts anew as its memories free up) or "per-pair" (the chain starts anew after
            each delivery).
        clocking: "free" (each link on its own grid, swaps at once) or "rounds" (all links of a route on the grid of
            the slowest, swaps at the end of a slot when all its heralds are there).
        cutoff_s: greatest age of a half that a repeater stores; older ones are given up. A round of purification that
            has begun is finished first.
        cutoff_of: age counts from the emission of the "half", or of the oldest part of its "pair" (see `Course`).
        failed_swap: where swaps may fail, what one destroys besides its own two pairs: of swaps made in the same tick
            the whole "connected" run, or, in the order "sequential" from the source on, none that comes later.
        memories: pairs of memories on each link.
        purification: done once on every elementary link before its pair may be swapped, measured or kept; under each
            device's noise, unless it was given noise of its own. The pairs it takes are made one after the other.
        recipe: how the pairs of a route's links become one (see `qnet.planning`), or a function that gives it for a
            number of links, such as `qnet.planning.nested`; needs `restart="per-pair"`. None swaps as soon as
            possible.
        scheduling: "shared" (links change hands turn by turn) or "reserved" (each request has its links reserved ahead
            of time, and is refused if they are not free in time).
        policy: who comes first, of requests that want the same links or the same pair: a function, or the name of one
            in `qnet.network.policies.POLICIES`, such as "earliest-deadline-first".
        weights: of tenants, for a policy that shares fairly; 1 where none is given.
        quantum_s: seconds for which a request has shared links before others may have a turn; about fifty pairs' time
            by default.
        below: what becomes of a pair that is too bad for the request first in line: one that asks for less gets it
            ("lower"), or no one ("drop"), or it waits at its ends for the next that is too bad, and they purify the two
            ("purify"; what was measured at its herald is dropped). That needs two `memories`, and no `recipe`.
        controller: the node that decides; by default one near the middle of the network.
        behaviours: dishonest nodes, by name.
        taps: operations (one qubit in, one out) on the flying qubits of links, by their two nodes, as an eavesdropper
            plugs them in; nobody is told. After the taps that a link has of its own.
        pulse_attack: what an eavesdropper does to laser pulses (`qnet.link.PulseAttack`), or a function that gives it
            for a laser system and its route.
        observer: called with (tick, node, kind, details) at every classical action.
        trace: whether to remember all of these, as `trace`; it grows with the run.
        replica: number of an independent repetition under the same seed.

    Attributes:
        network: as given.
        clock: the simulated time, and what is to happen in it.
        plant: stations, lanes, and what carries messages between them.
        flows: makes what works on them.
        reception: takes requests.
        trace: all that was said and done, if it was asked for; else None.
    """

    def __init__(
        self,
        network: Network,
        *,
        seed: int = 0,
        engine: Engine | None = None,
        classical_delay: Literal["fibre", "zero"] = "fibre",
        restart: Literal["pipelined", "per-pair"] = "pipelined",
        clocking: Literal["free", "rounds"] = "free",
        cutoff_s: float | None = None,
        cutoff_of: Literal["half", "pair"] = "half",
        failed_swap: Literal["connected", "sequential"] = "connected",
        memories: int = 1,
        purification: Purification | None = None,
        recipe: Recipe | Callable[[int], Recipe] | None = None,
        scheduling: Scheduling = "shared",
        policy: Policy | str = weighted_fair_share,
        weights: Mapping[str, float] | None = None,
        quantum_s: float | None = None,
        below: Below = "lower",
        controller: str | None = None,
        max_span_km: float | None = None,
        behaviours: Mapping[str, Behaviour] | None = None,
        taps: Mapping[tuple[str, str], Sequence[Operation]] | None = None,
        pulse_attack: PulseAttack | PulseAttackOn | None = None,
        observer: Observer | None = None,
        trace: bool = False,
        replica: int = 0,
    ) -> None:
        check_switches(
            classical_delay=classical_delay,
            restart=restart,
            clocking=clocking,
            cutoff_of=cutoff_of,
            failed_swap=failed_swap,
            scheduling=scheduling,
            below=below,
        )
        check_options(
            seed=seed,
            replica=replica,
            cutoff_s=cutoff_s,
            purification=purification,
            memories=memories,
            quantum_s=quantum_s,
        )
        check_below(below, memories=memories, recipe=recipe)
        check_nodes([*(behaviours or {}), *([] if controller is None else [controller])], network)
        check_behaviours(behaviours)
        check_recipe(recipe, restart=restart, cutoff_s=cutoff_s, purification=purification)
        self.network = network
        self.trace = Trace(then=observer) if trace else None
        self.plant = Plant(
            network,
            Chance(index(seed), replica),
            engine if engine is not None else Compiled(),
            zero_delay=classical_delay == "zero",
            rounds=clocking == "rounds",
            behaviours=behaviours,
            taps=checked_taps(taps, network),
            pulse_attack=pulse_attack,
            observer=observer if self.trace is None else self.trace,
        )
        self.clock = self.plant.clock
        options = FlowOptions(
            restart=restart,
            rounds=clocking == "rounds",
            cutoff_s=math.inf if cutoff_s is None else cutoff_s,
            cutoff_of=cutoff_of,
            failed_swap=failed_swap,
            memories=memories,
            purification=purification,
            recipe=recipe,
        )
        self.flows = Flows(self.plant, options)
        self._max_span_km = max_span_km
        self._accounts = Accounts(weights)
        self.reception = Reception(
            network,
            self.flows,
            place=controller,
            scheduling=scheduling,
            policy=policy_of(policy),
            accounts=self._accounts,
            below=below,
            quantum=None if quantum_s is None else ticks(quantum_s),
            max_span_km=max_span_km,
        )
        self._sessions = Sessions(self.plant, self.reception)
        self._faults = Faults(self.plant, lambda: self.controller)
        self.plant.on_station, self.plant.on_lane = self.reception.introduce, self._faults.meet

    @property
    def now(self) -> float:
        """The simulated time in seconds."""
        return seconds(self.clock.now)

    @with_terms
    def request(self, source: str, target: str, **terms: Unpack[TermOptions]) -> Request:
        """Ask for pairs between two nodes without a protocol; the request counts what it gets.

        The keywords are those of `qnet.network.terms.Terms`; give `pairs` or `rate_hz`. What is asked before the run
        is answered at once; later the question travels to the controller and the answer back.
        """
        asked = Terms(source=source, target=target, **terms)
        if math.isinf(asked.pairs) and asked.rate_hz is None and not asked.is_due:
            raise InvalidArgument.of("pairs", "be finite, where there is neither rate_hz nor deadline_s", asked.pairs)
        check_nodes((source, target), self.network)
        return self.reception.submit(asked)

    def add_traffic(self, traffic: Traffic, *, until_s: float) -> list[Request]:
        """Let requests come by themselves up to a simulated time; the list fills as they do."""
        return self.reception.add_traffic(traffic, until_s=until_s)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests made so far, in order."""
        return tuple(self.reception.requests)

    def report(self) -> Report:
        """Sum up what became of all requests so far, and of their tenants."""
        return Report.of(self.requests, simulated_s=self.now, weights=self._accounts.weights)

    @property
    def controller(self) -> str:
        """The node that decides; others tell it of requests and faults."""
        return self.reception.place

    def start(
        self,
        protocol: Protocol,
        source: str | None = None,
        target: str | None = None,
        *,
        route: Route | None = None,
        name: str = "",
        stop: Stop | None = None,
    ) -> Session:
        """Set a protocol (a generator function of a session) to work between two nodes, or on a given route.

        Without nodes it runs between the network's own ends. Its random numbers depend on its name and ends alone, so
        that another protocol beside it moves none of them. `stop` ends this session alone, after so many pairs, or
        seconds from now; a protocol that makes a key needs one, since it declares its block beforehand.
        """
        if stop is not None and math.isfinite(checked_stop(stop).events):
            raise InvalidArgument.of("stop", "limit pairs or seconds of one session, not events", stop)
        if route is None:
            shortest = self.network.route(source, target, max_span_km=self._max_span_km)
            return self._sessions.start(protocol, shortest, fixed=False, name=name, stop=stop)
        return self._sessions.start(protocol, route, fixed=True, name=name, stop=stop)

    def run(self, *, until_s: float | None = None, max_events: int | None = None) -> str:
        """Run until all requests and sessions are done, a simulated time, or a number of events; say which ended it.

        Ctrl-C ends the run too, with "interrupted"; what was counted so far is kept.
        """
        for name, value in (("until_s", until_s), ("max_events", max_events)):
            if value is not None:
                check(name, value, NonNegative)
        horizon = math.inf if until_s is None or math.isinf(until_s) else ticks(until_s)
        with deferred_interrupt() as interrupt:
            ended = self._run(horizon, math.inf if max_events is None else max_events, interrupt)
        if ended == "interrupted":
            self.close(ended)
        return ended

    def close(self, reason: str) -> None:
        """End all sessions that are still open, and let their protocols finish."""
        for session in self._sessions:
            session.close(reason)
        for request in self.requests:
            request.end("closed", reason)
        now = self.clock.now
        while self._sessions and self.clock.peek() <= now:
            self.clock.step()

    def fail_link(self, a: str, b: str, from_s: float, to_s: float = math.inf) -> None:
        """Let the link between two nodes be down for a time, in seconds; see `Faults.fail_link`."""
        self._faults.fail_link(a, b, from_s, to_s)

    def lose_memories(self, node: str, at_s: float) -> None:
        """Let a node lose what its memories hold, at a time in seconds; see `Faults.lose_memories`."""
        self._faults.lose_memories(node, at_s)

    def audit(self) -> Audit:
        """Assert that nothing leaks, between two events; give what is alive."""
        return audit(self.plant)

    def _run(self, horizon: float, budget: float, interrupt: Interrupt) -> str:
        clock = self.clock
        while not self._finished(horizon):
            if interrupt.pressed:
                return "interrupted"
            if budget <= 0:
                return "events"
            # many steps between two looks at what is finished, so that looking costs nothing
            stride = min(64, budget)
            done = clock.advance(horizon, stride)
            budget -= done
            if done < stride:
                if clock.peek() == math.inf:
                    return "done" if self._finished(horizon) else "exhausted"
                if horizon > clock.now:
                    clock.run(until=horizon)
                return "time"
        return "done"

    def _finished(self, horizon: float) -> bool:
        if self.reception.endless and math.isfinite(horizon):
            return False
        return not self.reception.unfinished and self._sessions.finished
