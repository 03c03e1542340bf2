"""Pair detection: entangled photon pairs from the middle of a span straight to detectors, for BBM92 without memories.

Each side has two threshold detectors, for bit 0 and bit 1 in the basis that both measure in, and takes a random bit if
both click (Ma, Fung and Lo, PRA 76, 012307, 2007, arXiv quant-ph/0703122). The light is Gaussian, so that all that is
asked for, the probability that certain detectors stay silent, is exact for any number of photons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from annotated_types import Ge, Lt

from qnet.errors import UnknownName
from qnet.fields import Probability, check, check_fields
from qnet.quantum.operations import Assignment, Operation
from qnet.quantum.photonics.arms import IDEAL
from qnet.quantum.photonics.modes import beam_splitter, loss, phase_flip
from qnet.quantum.photonics.pairs import Statistics, check_pairs, twin_registers

__all__ = ["PairDetection", "pair_detection", "pair_detection_operation"]

Basis = Literal["z", "x"]
_DarkCounts = Annotated[float, Ge(0), Lt(1)]
_UNKNOWN = 0.5
"""The error rate where nothing is ever detected on both sides."""


@dataclass(frozen=True, kw_only=True)
class PairDetection:
    """What one pulse of a pair source gives to detectors at both ends.

    Args:
        coincidence_probability: that both sides detect something: the gain, before sifting.
        error_rate_z, error_rate_x: probability that the bits of such an event differ, both sides measuring in Z or X.
        click_probability_a, click_probability_b: that this side detects something.
    """

    coincidence_probability: Probability
    error_rate_z: Probability
    error_rate_x: Probability
    click_probability_a: Probability
    click_probability_b: Probability

    def __post_init__(self) -> None:
        check_fields(self)


@lru_cache(maxsize=4096)
def pair_detection(
    *,
    mean_pairs: float,
    statistics: Statistics,
    efficiency_a: float,
    efficiency_b: float,
    dark_count_probability_a: float,
    dark_count_probability_b: float,
    misalignment: float = 0.0,
    visibility: float = 1.0,
) -> PairDetection:
    """Compute what one pulse of the source gives, exactly, however many photons it has.

    Args:
        mean_pairs: mean number of pairs in a pulse (2 lambda in Ma, Fung and Lo); with "single", the probability of
            the pair.
        statistics: "thermal", "poissonian" or "single", see `pairs.Statistics`.
        efficiency_a, efficiency_b: probability that a photon is collected from the source, passes the fibre of that
            side and makes a detector click.
        dark_count_probability_a, dark_count_probability_b: of one of the side's two detectors, per pulse, below 1.
        misalignment: probability that the light of a pulse reaches B with its two modes exchanged, in either basis.
        visibility: share of the coherence between a pair's two alternatives that the source makes: errors in X only.

    With ``s`` of a detector being 1 if it stays silent, a side's bit, taken as +1 or -1 (0 on average after a double
    click, and 0 without click), is ``s1 - s0``, and ``1 - s0 s1`` tells that it clicks. Each mode pair of a thermal
    source is silent behind efficiencies x and y with probability ``1 / (1 + lam (x + y - x y))``.

    >>> result = pair_detection(mean_pairs=0.1, statistics="thermal", efficiency_a=0.1, efficiency_b=0.1,
    ...     dark_count_probability_a=1e-4, dark_count_probability_b=1e-4)
    >>> round(result.coincidence_probability, 9), round(result.error_rate_z, 6)
    (0.001121916, 0.041147)
    """
    for name, value in (("efficiency_a", efficiency_a), ("efficiency_b", efficiency_b)):
        check(name, value, Probability)
    check("misalignment", misalignment, Probability)
    check("visibility", visibility, Probability)
    seen = _Light(
        mean_pairs=mean_pairs,
        statistics=statistics,
        efficiencies=(efficiency_a, efficiency_b),
        dark_counts=(dark_count_probability_a, dark_count_probability_b),
    ).seen
    a, b, either = seen((0, 1), ()), seen((), (0, 1)), seen((0, 1), (0, 1))
    both = max(a + b - either, 0.0)
    correlation = seen((0,), (1,)) + seen((1,), (0,)) - seen((0,), (0,)) - seen((1,), (1,))
    contrast = (1.0 - 2.0 * misalignment) * min(correlation / both, 1.0) if both else 0.0
    return PairDetection(
        coincidence_probability=both,
        error_rate_z=0.5 * (1.0 - contrast) if both else _UNKNOWN,
        error_rate_x=0.5 * (1.0 - visibility * contrast) if both else _UNKNOWN,
        click_probability_a=a,
        click_probability_b=b,
    )


@dataclass(frozen=True, kw_only=True)
class _Light:
    """The light of one pulse, and the detectors that it may reach."""

    mean_pairs: float
    statistics: Statistics
    efficiencies: tuple[float, float]
    dark_counts: tuple[float, float]

    def __post_init__(self) -> None:
        check_pairs(self.mean_pairs, self.statistics)
        for side, dark in zip("ab", self.dark_counts, strict=True):
            check(f"dark_count_probability_{side}", dark, _DarkCounts)

    def seen(self, detectors_a: tuple[int, ...], detectors_b: tuple[int, ...]) -> float:
        """Give the probability that at least one of these detectors clicks, in full precision however small."""
        dark_a, dark_b = self.dark_counts
        (eta_a, eta_b), silence = self.efficiencies, len(detectors_a) * math.log1p(-dark_a)
        silence += len(detectors_b) * math.log1p(-dark_b)
        caught = []
        for mode in (0, 1):
            x, y = eta_a * (mode in detectors_a), eta_b * (mode in detectors_b)
            caught.append(0.5 * self.mean_pairs * (x + y - x * y))
        return -math.expm1(silence + self._unseen(caught))

    def _unseen(self, caught: list[float]) -> float:
        """Give the logarithm of the probability that no photon is seen, from the mean number of pairs seen per mode."""
        if self.statistics == "thermal":
            return -math.fsum(map(math.log1p, caught))
        if self.statistics == "poissonian":
            return -math.fsum(caught)
        return math.log1p(-sum(caught)) if sum(caught) < 1.0 else -math.inf


def pair_detection_operation(
    *,
    mean_pairs: float,
    statistics: Statistics,
    efficiency_a: float,
    efficiency_b: float,
    dark_count_probability_a: float,
    dark_count_probability_b: float,
    misalignment: float = 0.0,
    visibility: float = 1.0,
    basis: Basis = "z",
) -> Operation:
    """Build the circuit of one pulse; arguments as in `pair_detection`, and the basis of both sides.

    Neither inputs nor outputs. The record has two digits, A's, which is the least significant, and B's: 0 if nothing
    clicks, 1 for bit 0, 2 for bit 1. Pairs above three are dropped, in as many pulses as `pairs.dropped_weight` tells.
    """
    for name, value in (
        ("efficiency_a", efficiency_a),
        ("efficiency_b", efficiency_b),
        ("dark_count_probability_a", dark_count_probability_a),
        ("dark_count_probability_b", dark_count_probability_b),
        ("misalignment", misalignment),
        ("visibility", visibility),
    ):
        check(name, value, Probability)
    if basis not in ("z", "x"):
        raise UnknownName.of("basis", str(basis), ("z", "x"))
    interferes = basis == "x" and statistics != "poissonian"
    circuit = _circuit(mean_pairs, statistics, (efficiency_a, efficiency_b), visibility, interferes)
    exchanged = misalignment
    if basis == "x" and not interferes:
        # pairs in modes of their own are as correlated in X as in Z, and a flip of the phase exchanges what is in X
        exchanged = 0.5 * (1.0 - (1.0 - 2.0 * misalignment) * visibility)
    readings = _reading(0, dark_count_probability_a, 0.0), _reading(4, dark_count_probability_b, exchanged)
    return Operation(circuit, noise=IDEAL, assignments=readings)


def _circuit(
    mean_pairs: float, statistics: Statistics, efficiencies: tuple[float, float], visibility: float, interferes: bool
) -> Any:
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

    modes = [QuantumRegister(2, name) for name in ("zero_A", "one_A", "zero_B", "one_B")]
    counts = [ClassicalRegister(4, name) for name in ("photons_A", "photons_B")]
    circuit = QuantumCircuit(*modes, *counts, name="pair_detection")
    side_a, side_b = range(4), range(4, 8)
    circuit.append(twin_registers(mean_pairs, statistics), side_a)
    circuit.cx(side_a, side_b)
    if visibility < 1.0:
        circuit.append(phase_flip((1.0 - visibility) / 2.0), [2])  # of each pair in mode one: odd numbers change sign
    for side, efficiency in zip((side_a, side_b), efficiencies, strict=True):
        for mode in (side[:2], side[2:]):
            circuit.append(loss(efficiency, qubits=2), mode)
        if interferes:
            circuit.append(beam_splitter(0.5, qubits=2), side)
    circuit.measure(range(8), range(8))
    return circuit


def _reading(first_bit: int, dark: float, exchanged: float) -> Assignment:
    """Read the counts of modes zero and one, two bits each from `first_bit` on, by threshold detectors."""
    columns = []
    for number in range(16):
        zero, one = (1.0 if photons else dark for photons in (number % 4, number // 4))
        bit_0 = zero * (1.0 - 0.5 * one)
        bit_1 = one * (1.0 - 0.5 * zero)
        told_0, told_1 = (mine + exchanged * (other - mine) for mine, other in ((bit_0, bit_1), (bit_1, bit_0)))
        columns.append(((1.0 - zero) * (1.0 - one), told_0, told_1))
    weights = tuple((first_bit + place, 2**place) for place in range(4))
    return Assignment(weights, tuple(zip(*columns, strict=True)))
