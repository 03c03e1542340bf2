"""Two links with memories only in the middle, at 22 km: Luong, Jiang, Kim, Lutkenhaus, Appl. Phys. B 122, 96 (2016).

Parameters as in its re-implementation (Wallnoefer et al., arXiv 2212.03896). A link goes from a memory of the repeater
to a detector at an end. Run it from the root of the repository: python docs/case-studies/luong.py
"""

import argparse
import math
from dataclasses import replace

from sampled import Mean, sampled

import qnet
from qnet.quantum import Noise, State, Waiting, bell_measurement

LENGTH_KM, ATTENUATION_KM, KM_PER_S = 22.0, 22.0, 2e5
PREPARATION_S, T2_S = 2e-6, 1.0
EFFICIENCY = 0.66 * 0.04 * 0.3 * 0.3  # preparation, coupling into a channel, detector
MISALIGNMENT, DARK_COUNTS, IDEALITY, RECONCILIATION = 0.01, 1e-8, 0.97, 1.16
TRIAL_S = PREPARATION_S + LENGTH_KM / KM_PER_S  # to an end and back, each half of the length away


# fidelity, bit/s, bit per use of the channel (a trial of both links); exact values, and those of the authors' open code
KNOWN = {
    "one after the other": ((0.9239, 2.525, 3.772e-4), (0.9242, 2.55, 3.81e-4)),
    "at once": ((0.9239, 3.368, 3.772e-4), (0.9242, 3.40, 3.81e-4)),
}


def click() -> tuple[float, State]:
    """Probability that a trial ends with a click at an end, and the state it leaves: of one of two detectors' clicks.

    Dark counts make white noise, misalignment turns about Y.
    """
    photon = EFFICIENCY * math.exp(-LENGTH_KM / 2 / ATTENUATION_KM)
    probability = 1 - (1 - photon) * (1 - DARK_COUNTS) ** 2
    signal = photon * (1 - DARK_COUNTS) / probability
    turned, white = signal * MISALIGNMENT, (1 - signal) / 4
    return probability, State.bell_diagonal([signal - turned + white, white, white, turned + white])


def network(way: str) -> qnet.Network:
    """The repeater and both links; with one optical interface it loads them one after the other."""
    probability, state = click()
    links = [
        replace(qnet.Link.from_numbers(probability, TRIAL_S, state, measured=[end]), emission_s=PREPARATION_S)
        for end in ("source", "target")
    ]
    device = qnet.Device(
        memory=Waiting.from_t1_t2(t2_s=T2_S),
        swap=bell_measurement(Noise.from_numbers(two_qubit_depolarising=1 - IDEALITY)),
        optical_interfaces=1 if way == "one after the other" else 2,
    )
    return qnet.Network.chain([LENGTH_KM / 2] * 2, link=links, hardware=device)


def row(what: str, fidelity: object, key_hz: object, key_per_use: object) -> str:
    return f"{what:<32} {fidelity:>19} {key_hz:>15} {key_per_use:>23}"


def main(pairs: int = 100_000, seed: int = 1) -> None:
    probability, _ = click()
    trials = (3 - 2 * probability) / (probability * (2 - probability))  # of two links until both have succeeded
    print(row(f"{pairs:,} pairs, seed {seed}", "fidelity", "key, bit/s", "key, bit per use"))
    for way, (exact, published) in KNOWN.items():
        found = sampled(network(way).simulate(seed=seed), "n0", "n2", pairs, correction=RECONCILIATION)
        per_use = f"({Mean(*(1e4 * part / trials for part in found.key_fraction))})e-04"
        print(row(f"{way}: simulated", str(found.fidelity), str(found.key_hz), per_use))
        for name, (fidelity, key_hz, key_per_use) in (("exact", exact), ("authors' code", published)):
            print(row(f"{way}: {name}", f"{fidelity:.4f}", f"{key_hz:.3f}", f"{key_per_use:.3e}"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    main(**vars(parser.parse_args()))
