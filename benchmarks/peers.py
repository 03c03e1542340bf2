"""W1 on other simulators, where they are installed: one protocol on each one's own event queue and pairs.

Written for the measurement against the public interfaces of ReQuSim 0.4 and SimQN (`qns`) 0.2.3; neither ships a chain
with heralding and messages like W1's. Both get the number of attempts drawn, not simulated, which favours them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import numpy as np

SLOT_US = 100
SUCCESS_PROBABILITY = 0.5 * 10**-0.4
T2_S = 1.0

Workload = Callable[[int, int, int], tuple[float, float]]


class Segment(NamedTuple):
    """A pair between two nodes, and when both ends of the chain know of its swaps, in microseconds."""

    left: int
    right: int
    pair: Any
    known: int


class SwapAsap:
    """The protocol: heralded links, swaps as soon as possible, ends freed together."""

    def __init__(self, kernel: Any, links: int, pairs: int, seed: int) -> None:
        self.kernel, self.links, self.wanted = kernel, links, pairs
        self.chance = np.random.default_rng(seed)
        self.starting: dict[int, Segment] = {}
        self.ending: dict[int, Segment] = {}
        self.free = [2] * links
        self.delivered, self.fidelities, self.ended = 0, 0.0, 0
        for link in range(links):
            self.start(link)

    def start(self, link: int) -> None:
        self.free[link] = 0
        attempts = int(self.chance.geometric(SUCCESS_PROBABILITY))
        self.kernel.after((attempts - 1) * SLOT_US, lambda: self.emitted(link))

    def emitted(self, link: int) -> None:
        segment = Segment(link, link + 1, self.kernel.create(link), 0)
        self.kernel.after(SLOT_US, lambda: self.heralded(segment))

    def heralded(self, segment: Segment) -> None:
        self.starting[segment.left] = self.ending[segment.right] = segment
        for node in (segment.left, segment.right):
            if node in self.starting and node in self.ending:
                self.swap(node)

    def swap(self, node: int) -> None:
        left, right = self.ending.pop(node), self.starting.pop(node)
        told = self.kernel.now + SLOT_US * max(node, self.links - node)
        pair = self.kernel.swap(left.pair, right.pair, node)
        joined = Segment(left.left, right.right, pair, max(left.known, right.known, told))
        self.starting[joined.left] = self.ending[joined.right] = joined
        self.release(node - 1)
        self.release(node)
        if joined.right - joined.left == self.links:
            del self.starting[0], self.ending[self.links]
            self.kernel.after(joined.known - self.kernel.now, lambda: self.deliver(joined))

    def deliver(self, segment: Segment) -> None:
        self.fidelities += self.kernel.measure(segment.pair)
        self.delivered += 1
        self.ended = self.kernel.now
        self.release(0)
        self.release(self.links - 1)

    def release(self, link: int) -> None:
        self.free[link] += 1
        if self.free[link] == 2 and self.delivered < self.wanted:
            self.start(link)


class ReQuSim:
    """Density matrices; every memory dephases."""

    def __init__(self, links: int) -> None:
        from requsim.events import EntanglementSwappingEvent, GenericEvent
        from requsim.noise import NoiseChannel
        from requsim.quantum_objects import Pair, Station
        from requsim.world import World

        self.world = World()
        self.queue = self.world.event_queue
        noise = NoiseChannel(n_qubits=1, channel_function=_dephased)
        self.stations = [Station(self.world, position=node, memory_noise=noise) for node in range(links + 1)]
        self.event, self.swapping, self.pair = GenericEvent, EntanglementSwappingEvent, Pair
        self.bell = np.zeros((4, 4))
        self.bell[::3, ::3] = 0.5
        self.fresh = np.eye(4) * 0.05 / 3 + self.bell * (0.95 - 0.05 / 3)

    @property
    def now(self) -> int:
        return int(self.queue.current_time)

    def after(self, delay_us: int, act: Callable[[], None]) -> None:
        self.queue.add_event(self.event(self.queue.current_time + delay_us, act))

    def create(self, link: int) -> Any:
        qubits = [station.create_qubit() for station in self.stations[link : link + 2]]
        return self.pair(self.world, qubits, self.fresh)

    def swap(self, left: Any, right: Any, node: int) -> Any:
        event = self.swapping(self.queue.current_time, [left, right], self.stations[node])
        return event.resolve()["output_pair"]

    def measure(self, pair: Any) -> float:
        pair.update_time()
        fidelity = float(np.trace(self.bell @ pair.state).real)
        for qubit in list(pair.qubits):
            qubit.destroy()
        return fidelity

    def run(self) -> None:
        while self.queue.next_event is not None:
            self.queue.resolve_next_event()


class SimQN:
    """Werner states, whose decay has the initial slope of dephasing: 2/3 of its rate, in each memory."""

    def __init__(self, links: int) -> None:
        from qns.models.epr import WernerStateEntanglement
        from qns.simulator import Event, Simulator

        class Act(Event):  # type: ignore[misc]
            def __init__(self, t: Any, act: Callable[[], None]) -> None:
                super().__init__(t)
                self.invoke = act

        self.simulator = Simulator(0, 10**6, accuracy=10**6)
        self.event, self.pair = Act, WernerStateEntanglement

    @property
    def now(self) -> int:
        return int(self.simulator.current_time.time_slot)

    def after(self, delay_us: int, act: Callable[[], None]) -> None:
        self.simulator.add_event(self.event(self.simulator.time(time_slot=self.now + delay_us), act))

    def create(self, link: int) -> Any:
        return self.pair(fidelity=0.95), self.now

    def swap(self, left: Any, right: Any, node: int) -> Any:
        return self._aged(left).swapping(self._aged(right)), self.now

    def measure(self, pair: Any) -> float:
        return float(self._aged(pair).fidelity)

    def run(self) -> None:
        self.simulator.run()

    def _aged(self, held: Any) -> Any:
        pair, touched = held
        pair.store_error_model(t=(self.now - touched) * 1e-6, decoherence_rate=2 * 2 / 3 / T2_S)
        return pair


def _dephased(rho: Any, t: float) -> Any:
    kept = math.exp(-t * 1e-6 / T2_S)
    return rho * np.array([[1.0, kept], [kept, 1.0]])


def _workload(kernel: type) -> Workload:
    def w1(links: int, pairs: int, seed: int) -> tuple[float, float]:
        simulator = kernel(links)
        protocol = SwapAsap(simulator, links, pairs, seed)
        simulator.run()
        return protocol.ended * 1e-6, protocol.fidelities / protocol.delivered

    return w1


def installed() -> dict[str, Workload | None]:
    """Give W1 on each peer by name and version; None where a peer is not installed."""
    workloads: dict[str, Workload | None] = {}
    for distribution, kernel in (("requsim", ReQuSim), ("qns", SimQN)):
        try:
            workloads[f"{distribution} {version(distribution)}"] = _workload(kernel)
        except PackageNotFoundError:
            workloads[distribution] = None
    return workloads
