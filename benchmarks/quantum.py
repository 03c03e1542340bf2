"""What quantum operations cost: compiled, one at a time and in batches, beside the same through Aer; one process.

    python benchmarks/quantum.py          # a table, with the targets
    python benchmarks/quantum.py --json   # the same figures for programs

CPU seconds, best of several repetitions. Linear algebra is held to one thread: its other threads would wait for work
and count. Every rate comes with a figure of the physics that was made, so that nothing is fast by being wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from qiskit import QuantumCircuit

from qnet.quantum import (
    NO_WAITING,
    Aer,
    Batch,
    Compiled,
    Engine,
    Half,
    Noise,
    Operation,
    Readout,
    State,
    Waiting,
    bell_measurement,
    dejmps,
)
from qnet.quantum.photonics import double_click
from qnet.rng import Purpose, Stream

REPETITIONS = 7
ONE_BY_ONE, ITEMS, AER_SWAPS = 20_000, 100_000, 30
NOISE = Noise.from_numbers(
    one_qubit_depolarising=0.001,
    two_qubit_depolarising=0.01,
    one_qubit_gate_s=1e-5,
    two_qubit_gate_s=1e-4,
    readout=Readout(error_0=0.01, error_1=0.02),
    t1_s=10.0,
    t2_s=1.0,
)
LEFT, RIGHT = State.werner(0.95), State.werner(0.9)
MEMORY = Waiting.from_t1_t2(t1_s=10.0, t2_s=1.0)
TARGETS = {
    "swap_per_s": 150_000,
    "swap_batch_per_s": 5_000_000,
    "dejmps_per_s": 60_000,
    "dejmps_batch_per_s": 1_000_000,
    "wait_per_s": 300_000,
    "wait_batch_per_s": 10_000_000,
    "compile_cached_s": 20e-6 + 4 * 3e-6,
    "compile_new_s": 30e-3,
    "compile_herald_s": 2.0,
    "aer_swap_per_s": None,
}
"""At least for rates, at most for seconds; the cached circuit has four instructions."""


def stream() -> Stream:
    return Stream(7, Purpose.RECORD, "benchmark")


def swap_one_by_one(engine: Engine, swaps: int) -> float:
    operation, draws = bell_measurement(NOISE), stream()
    left, right = Half(LEFT.tensor, 1, NO_WAITING, 0.0), Half(RIGHT.tensor, 0, NO_WAITING, 0.0)
    for _ in range(swaps):
        chances, result = engine.branches(operation, (left, right))
        tensor = result(draws.choose(chances))
    return State(tensor).purity()


def swap_batch() -> float:
    draws = stream().generator.random(ITEMS)
    records, swapped = LEFTS.swap(bell_measurement(NOISE), RIGHTS, draws)
    return float(swapped.fidelities(records).mean())


def dejmps_one_by_one() -> float:
    protocol, draws, kept = dejmps(NOISE), stream(), 0
    for _ in range(ONE_BY_ONE):
        tensor = protocol.apply((LEFT.tensor, RIGHT.tensor))
        if draws.uniform() < tensor[0, 0]:
            kept += 1
            last = tensor / tensor[0, 0]
    return State(last).fidelity()


def dejmps_batch() -> float:
    _, purified = LEFTS.purify(dejmps(NOISE), [RIGHTS], stream().generator.random(ITEMS))
    return float(purified.fidelities().mean())


def wait_one_by_one() -> float:
    engine, times = Compiled(), TIMES[:ONE_BY_ONE].tolist()
    for time_s in times:
        _, result = engine.branches(None, (Half(LEFT.tensor, 0, MEMORY, time_s),))
        tensor = result(0)
    return State(tensor).fidelity()


def wait_batch() -> float:
    return float(LEFTS.wait(0, MEMORY, TIMES).tensor[1, 1].mean())


def dense(state: State) -> Batch:
    """A batch whose items lie side by side, as they do once they differ."""
    return Batch(np.array(Batch.of(state, ITEMS).tensor))


LEFTS, RIGHTS = dense(LEFT), dense(RIGHT)
TIMES = stream().generator.random(ITEMS)


def one_side(angle: float) -> QuantumCircuit:
    circuit = QuantumCircuit(2, 1)
    circuit.rx(angle, [0, 1])
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    return circuit


def compile_cached() -> float:
    circuit = one_side(0.5)
    for _ in range(1_000):
        records = Operation(circuit, inputs=(0, 1), outputs=(0,), noise=NOISE).instrument.records
    return float(records)


def compile_new() -> float:
    circuit = one_side(float(NEW.uniform()))
    return Operation(circuit, inputs=(0, 1), outputs=(0,), noise=NOISE).instrument.completeness_error()


def compile_herald() -> float:
    return double_click(efficiency_a=NEW.uniform(), **HERALD).fidelity


NEW = stream()
HERALD: dict[str, Any] = {"efficiency_b": 0.5, "visibility": 0.9, "dark_count_probability": 1e-6}


def seconds(work: Callable[[], float], repetitions: int = REPETITIONS) -> tuple[float, float]:
    """Give the least CPU time of a piece of work, and what it computed last."""
    spent = []
    for _ in range(repetitions):
        began = time.process_time()
        made = work()
        spent.append(time.process_time() - began)
    return min(spent), made


def measure() -> dict[str, tuple[float, float]]:
    """Measure everything: figure and physics by name."""
    works = {
        "swap_per_s": (lambda: swap_one_by_one(Compiled(), ONE_BY_ONE), ONE_BY_ONE),
        "swap_batch_per_s": (swap_batch, ITEMS),
        "dejmps_per_s": (dejmps_one_by_one, ONE_BY_ONE),
        "dejmps_batch_per_s": (dejmps_batch, ITEMS),
        "wait_per_s": (wait_one_by_one, ONE_BY_ONE),
        "wait_batch_per_s": (wait_batch, ITEMS),
        "aer_swap_per_s": (lambda: swap_one_by_one(Aer(), AER_SWAPS), AER_SWAPS),
    }
    done = {}
    for name, (work, items) in works.items():
        spent, made = seconds(work)
        done[name] = (items / spent, made)
    compile_new()  # imports Aer
    for name, work, times in (
        ("compile_cached_s", compile_cached, 1_000),
        ("compile_new_s", compile_new, 1),
        ("compile_herald_s", compile_herald, 1),
    ):
        spent, made = seconds(work)
        done[name] = (spent / times, made)
    return {name: done[name] for name in TARGETS}


def table(done: dict[str, tuple[float, float]]) -> str:
    lines = [f"{'':20} {'measured':>14} {'target':>14}  what it made"]
    for name, (value, made) in done.items():
        target = TARGETS[name]
        rate = name.endswith("per_s")
        missed = target is not None and (value < target if rate else value > target)
        shown = [f"{x:14,.0f}" if rate else f"{1e6 * x:11,.1f} us" for x in (value, target) if x is not None]
        lines.append(f"{name:20} {' '.join(shown):29} {'MISSED' if missed else '      '} {made:.6g}")
    ratio = done["swap_per_s"][0] / done["aer_swap_per_s"][0]
    return "\n".join([*lines, f"A compiled swap is {ratio:,.0f} times as fast as Aer's."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    done = measure()
    print(json.dumps({name: value for name, (value, _) in done.items()}, indent=1) if arguments.json else table(done))


if __name__ == "__main__":
    main()
