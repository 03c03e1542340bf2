"""What an eavesdropper knows of a sifted key bit, exactly: contractions of tensors, no shots.

The key bit is what the source finds. Along a route its two values are followed as two Pauli vectors of the far qubit,
one pair of them for each record that the eavesdropper sees: what the heralds and swaps announce, what her taps read,
what a node of hers finds. Pairs in proportion tell the same, so they are added up, and the number of pairs stays small.
Memories and readouts of the honest nodes are taken as perfect: their errors only make her know less.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import check
from qnet.link import Link
from qnet.quantum import Operation, bell_measurement
from qnet.quantum.pauli import density_matrix

__all__ = ["BASES", "Knowledge", "along", "holevo_bits", "link_branches"]

Branches = NDArray[np.float64]
"""One 4 x 4 matrix for each record: of a link, its pair; of a node, its joint measurement."""
Basis = str | float

BASES: Mapping[str, tuple[float, float, float]] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
_DIGITS = 10
"""Of the numbers by which proportional pairs are found."""


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What a record tells about a bit.

    Args:
        guess_probability: that the best guess is right.
        information_bits: mutual information with the bit, 0 to 1.
    """

    guess_probability: float
    information_bits: float

    @classmethod
    def of_joint(cls, joint: NDArray[np.float64]) -> Knowledge:
        """Take the probabilities of (bit, record), shape (2, records).

        >>> Knowledge.of_joint(np.array([[0.5, 0.0], [0.0, 0.5]]))
        Knowledge(guess_probability=1.0, information_bits=1.0)
        """
        total = np.maximum(joint, 0.0) / joint.sum()  # rounding may leave something below zero
        independent = np.outer(total.sum(axis=1), total.sum(axis=0))
        some = total > 0.0
        information = float(np.sum(total[some] * np.log2(total[some] / independent[some])))
        return cls(guess_probability=float(total.max(axis=0).sum()), information_bits=max(0.0, information))

    @classmethod
    def mean(cls, weighted: Sequence[tuple[float, Knowledge]]) -> Knowledge:
        """Average over bits of several kinds, each known to be of its kind."""
        total = math.fsum(weight for weight, _ in weighted)
        return cls(
            guess_probability=math.fsum(weight * known.guess_probability for weight, known in weighted) / total,
            information_bits=math.fsum(weight * known.information_bits for weight, known in weighted) / total,
        )


def along(links: Sequence[Branches], basis: Basis = "z", *, swaps: Sequence[Branches | None] = ()) -> Knowledge:
    """Say what the records along a route tell about the bit that its source measures.

    Args:
        links: what each link may hold, from `link_branches`, in the order of the route.
        basis: of the key bits: "x", "y", "z", or degrees on the Bloch sphere from Z towards X.
        swaps: what the nodes between them do, one 4 x 4 matrix for each record; honest swaps where None.

    >>> from qnet import Link
    >>> from qnet.quantum import State, entangling_probe
    >>> link = Link.from_numbers(1.0, 1e-4, State.bell())
    >>> told = along([link_branches(link, [entangling_probe(0.1)])])
    >>> round(told.guess_probability, 4), round(told.information_bits, 4)
    (0.8, 0.2781)
    """
    first, *others = links
    direction = np.array(_direction(basis))
    effects = np.array([[1.0, *direction], [1.0, *-direction]]) / 2.0
    pairs = _merged(effects @ first)
    honest = bell_measurement().instrument.tensor
    for link, swap in zip_longest(others, swaps[: len(others)]):
        joined = _merged(_then(pairs, honest if swap is None else swap))
        pairs = _merged(_then(joined, link))
    return Knowledge.of_joint(pairs[:, :, 0].T)


def link_branches(link: Link, taps: Sequence[Operation] = ()) -> Branches:
    """Give the states of a link's pair for each herald and each record of the taps, times their probability."""
    pairs = np.stack([herald.probability * herald.state.tensor for herald in link.heralds])
    for tap in taps:
        pairs = np.einsum("rij,koj->rkio", pairs, tap.instrument.tensor).reshape(-1, 4, 4)
    return pairs


def holevo_bits(taps: Sequence[Operation], basis: Basis = "z") -> float:
    """Bound what she could know of a bit of a perfect pair, had she kept all that the taps discard or measure.

    All that leaves the qubit is then with her, and the state of both ends and hers is pure, so that her Holevo
    information is ``S(AB) - sum_a p_a S(B|a)``, of the state that the two ends share (Devetak and Winter, Proc. R. Soc.
    A 461, 207 (2005), quant-ph/0306078).

    >>> from qnet.quantum import entangling_probe
    >>> round(holevo_bits([entangling_probe(0.11)]), 4)  # h(0.11): what the key rate pays for an error rate of 11 %
    0.4999
    """
    whole = np.diag([1.0, 1.0, -1.0, 1.0])  # Phi+
    for tap in taps:
        whole = whole @ tap.instrument.tensor.sum(axis=0).T
    direction = np.array(_direction(basis))
    far = [np.array([1.0, *sign * direction]) @ whole for sign in (1.0, -1.0)]
    known = _entropy(whole) - sum(0.5 * vector[0] * _entropy(vector / vector[0]) for vector in far)
    return max(0.0, float(known))


def _direction(basis: Basis) -> tuple[float, float, float]:
    if isinstance(basis, str):
        if basis not in BASES:
            raise UnknownName.of("basis", basis, BASES)
        return BASES[basis]
    check("basis", basis, float)
    if math.isinf(basis):
        raise InvalidArgument.of("basis", "be finite", basis)
    angle = math.radians(basis)
    return math.sin(angle), 0.0, math.cos(angle)


def _then(pairs: Branches, next_branches: Branches) -> Branches:
    """Let each pair of vectors go through each branch."""
    through: Branches = np.einsum("rai,kio->rkao", pairs, next_branches).reshape(-1, 2, 4)
    return through


def _merged(pairs: Branches) -> Branches:
    """Add up pairs of vectors that are in proportion."""
    weights = np.abs(pairs).sum(axis=(1, 2))
    pairs, weights = pairs[weights > 0.0], weights[weights > 0.0]
    shapes = np.round(pairs / weights[:, None, None], _DIGITS) + 0.0  # no minus zero
    _, index = np.unique(shapes.reshape(len(pairs), -1), axis=0, return_inverse=True)
    merged = np.zeros((int(index.max()) + 1, *pairs.shape[1:]))
    np.add.at(merged, index.reshape(-1), pairs)
    return merged


def _entropy(tensor: NDArray[np.float64]) -> float:
    """Von Neumann entropy of a Pauli tensor, in bits."""
    values = np.linalg.eigvalsh(density_matrix(tensor))
    values = values[values > 1e-15]
    return float(-np.sum(values * np.log2(values)))
