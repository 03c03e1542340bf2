"""What making keys costs: bits of laser pulses, Cascade on blocks of 10^5 bits, Toeplitz hashing; one process.

    python benchmarks/keys.py                 # a table, with the targets
    python benchmarks/keys.py --json          # the same figures for programs
    python benchmarks/keys.py --blocks 3000   # enough blocks to see failures of one in a thousand; some ten minutes

CPU seconds. The rate of Cascade is that of the error rate where it is slowest; f is the mean over the blocks, for the
bits that Alice sends. Toeplitz hashing is that of 10^6 bits to 3 x 10^5. Sifted bits of BB84 are those of both ends,
with basis and intensity, over 50 km with the shipped 1 GHz system and two decoys: choice of bases and intensities,
photon numbers, loss, dark counts, misalignment and dead time included, in blocks of about 10^7 bits.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from qnet.hardware import qkd_hardware
from qnet.keys import cascade, toeplitz_hash, toeplitz_seed
from qnet.link.pulses import PulseLink
from qnet.rng import Purpose, Stream

BLOCK = 100_000
ERROR_RATES = ("0.01", "0.02", "0.03", "0.05", "0.08")
KEY, SECRET = 1_000_000, 300_000
REPETITIONS = 7
LENGTH_KM, PULSES = 50.0, 4 * 10**8
PULSE_CHOICES = ([0.5, 0.2, 2e-4], [0.7, 0.2, 0.1], 0.9)
"""Intensities, how often each is sent, how often each end chooses Z."""
MOST_EFFICIENCY, LEAST_BITS_PER_S, MOST_TOEPLITZ_S, LEAST_SIFTED_PER_S = 1.10, 1e6, 0.2, 1e7


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


def sifted_bits_per_s() -> float:
    """Give bits per CPU second of the median block, once a block's error rate has been found right."""
    hardware = qkd_hardware("decoy-bb84-1ghz")
    link = PulseLink(
        clock_hz=hardware.clock_hz,
        transmission=hardware.fibre.transmission(LENGTH_KM),
        receiver_efficiency=hardware.receiver_efficiency,
        dark_count_probability=hardware.dark_count_probability,
        misalignment=hardware.misalignment,
        dead_time_s=hardware.dead_time_s,
    )
    generator = stream("pulses").generator
    first = link.sample_bits(PULSES // 10, *PULSE_CHOICES, generator)
    assert abs(np.mean(first.alice != first.bob) - hardware.misalignment) < 0.002
    speeds = []
    for _ in range(REPETITIONS):
        began = time.process_time()
        bits = link.sample_bits(PULSES, *PULSE_CHOICES, generator)
        speeds.append(len(bits) / (time.process_time() - began))
    return statistics.median(speeds)


def table(reconciled: dict[str, dict[str, float]], hashing_s: float, sifted_per_s: float) -> str:
    lines = [f"{'error rate':>12} {'bits/s':>12} {'f':>8} {'failed':>8} {'rounds':>8}"]
    for rate, run in reconciled.items():
        missed = run["bits_per_s"] < LEAST_BITS_PER_S or run["efficiency"] > MOST_EFFICIENCY
        figures = f"{run['bits_per_s']:12,.0f} {run['efficiency']:8.4f} {run['failures']:8.4f} {run['rounds']:8.0f}"
        lines.append(f"{rate:>12} {figures} {'MISSED' if missed else ''}")
    verdict = "  MISSED" if hashing_s > MOST_TOEPLITZ_S else ""
    lines.append(f"Toeplitz, {KEY:,} to {SECRET:,} bits: {1e3 * hashing_s:.1f} ms{verdict}")
    verdict = "  MISSED" if sifted_per_s < LEAST_SIFTED_PER_S else ""
    lines.append(f"BB84 with decoys: {sifted_per_s:,.0f} sifted bits/s{verdict}")
    return "\n".join(lines)


def figures(reconciled: dict[str, dict[str, float]], hashing_s: float, sifted_per_s: float) -> dict[str, Any]:
    return {
        "cascade_bits_per_s": min(run["bits_per_s"] for run in reconciled.values()),
        "cascade_efficiency": {rate: run["efficiency"] for rate, run in reconciled.items()},
        "cascade_failures": {rate: run["failures"] for rate, run in reconciled.items()},
        "toeplitz_s": hashing_s,
        "bb84_sifted_bits_per_s": sifted_per_s,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--blocks", type=int, default=20, help="blocks for each error rate")
    arguments = parser.parse_args()
    reconcile(0.03, 1)  # the first block pays for what is made once
    done = {rate: reconcile(float(rate), arguments.blocks) for rate in ERROR_RATES}, toeplitz_s(), sifted_bits_per_s()
    print(json.dumps(figures(*done), indent=1) if arguments.json else table(*done))


if __name__ == "__main__":
    main()
