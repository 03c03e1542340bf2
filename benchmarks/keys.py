"""What making keys costs: Cascade on blocks of 10^5 bits, and Toeplitz hashing of 10^6 bits to 3 x 10^5; one process.

    python benchmarks/keys.py                 # a table, with the targets
    python benchmarks/keys.py --json          # the same figures for programs
    python benchmarks/keys.py --blocks 3000   # enough blocks to see failures of one in a thousand; some ten minutes

CPU seconds. The rate of Cascade is that of the error rate where it is slowest; f is the mean over the blocks, for the
bits that Alice sends. `bb84_sifted_bits_per_s` is null: the pulse link yields counts, not bits.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from qnet.keys import cascade, toeplitz_hash, toeplitz_seed
from qnet.rng import Purpose, Stream

BLOCK = 100_000
ERROR_RATES = ("0.01", "0.02", "0.03", "0.05", "0.08")
KEY, SECRET = 1_000_000, 300_000
REPETITIONS = 7
MOST_EFFICIENCY, LEAST_BITS_PER_S, MOST_TOEPLITZ_S = 1.10, 1e6, 0.2


def stream(name: str) -> Stream:
    return Stream(7, Purpose.POLICY, name)


def reconcile(error_rate: float, blocks: int) -> dict[str, float]:
    """Correct many blocks; give bits per CPU second, f, the share of blocks that failed, and rounds per block."""
    secret, public = stream(f"secret {error_rate}").generator, stream(f"public {error_rate}")
    spent = efficiency = rounds = 0.0
    failures = 0
    for _ in range(blocks):
        alice = secret.integers(0, 2, BLOCK, dtype=np.uint8)
        bob = alice ^ (secret.random(BLOCK) < error_rate)
        began = time.process_time()
        reconciled = cascade(alice, bob, error_rate, public)
        spent += time.process_time() - began
        efficiency += reconciled.efficiency(error_rate) / blocks
        rounds += reconciled.rounds / blocks
        failures += not np.array_equal(reconciled.key, alice)
    return {
        "bits_per_s": blocks * BLOCK / spent,
        "efficiency": efficiency,
        "failures": failures / blocks,
        "rounds": rounds,
    }


def toeplitz_s() -> float:
    """Give the least CPU time of one hash, once some of its bits have been found right."""
    draws = stream("toeplitz")
    key, seed = draws.generator.integers(0, 2, KEY, dtype=np.uint8), toeplitz_seed(KEY, SECRET, draws)
    hashed = toeplitz_hash(key, seed, SECRET)
    for row in (0, 1, SECRET // 2, SECRET - 1):
        assert hashed[row] == np.count_nonzero(key[::-1] & seed[row : row + KEY]) % 2
    spent = []
    for _ in range(REPETITIONS):
        began = time.process_time()
        toeplitz_hash(key, seed, SECRET)
        spent.append(time.process_time() - began)
    return min(spent)


def table(reconciled: dict[str, dict[str, float]], hashing_s: float) -> str:
    lines = [f"{'error rate':>12} {'bits/s':>12} {'f':>8} {'failed':>8} {'rounds':>8}"]
    for rate, run in reconciled.items():
        missed = run["bits_per_s"] < LEAST_BITS_PER_S or run["efficiency"] > MOST_EFFICIENCY
        figures = f"{run['bits_per_s']:12,.0f} {run['efficiency']:8.4f} {run['failures']:8.4f} {run['rounds']:8.0f}"
        lines.append(f"{rate:>12} {figures} {'MISSED' if missed else ''}")
    verdict = "  MISSED" if hashing_s > MOST_TOEPLITZ_S else ""
    lines.append(f"Toeplitz, {KEY:,} to {SECRET:,} bits: {1e3 * hashing_s:.1f} ms{verdict}")
    return "\n".join(lines)


def figures(reconciled: dict[str, dict[str, float]], hashing_s: float) -> dict[str, Any]:
    return {
        "cascade_bits_per_s": min(run["bits_per_s"] for run in reconciled.values()),
        "cascade_efficiency": {rate: run["efficiency"] for rate, run in reconciled.items()},
        "cascade_failures": {rate: run["failures"] for rate, run in reconciled.items()},
        "toeplitz_s": hashing_s,
        "bb84_sifted_bits_per_s": None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--blocks", type=int, default=20, help="blocks for each error rate")
    arguments = parser.parse_args()
    reconcile(0.03, 1)  # the first block pays for what is made once
    done = {rate: reconcile(float(rate), arguments.blocks) for rate in ERROR_RATES}, toeplitz_s()
    print(json.dumps(figures(*done), indent=1) if arguments.json else table(*done))


if __name__ == "__main__":
    main()
