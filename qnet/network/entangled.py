"""Entangled states, and the slots that hold their qubits."""

from __future__ import annotations

from collections.abc import Sequence

from qnet.network.attempts import Exposure
from qnet.network.both_sides import OneSide
from qnet.quantum import Waiting
from qnet.quantum.pauli import Tensor

__all__ = ["Entangled", "Slot"]


class Slot:
    """A place that can hold one qubit: a memory of a node, or the record of a qubit measured early.

    `exposure` is there where the attempts of the node's other qubits dephase it.
    """

    __slots__ = ("axis", "exposure", "state", "waiting")

    def __init__(self, waiting: Waiting, exposure: Exposure | None = None) -> None:
        self.waiting = waiting
        self.exposure = exposure
        self.state: Entangled | None = None
        self.axis = 0


class Entangled:
    """One entangled state: its Pauli tensor, and for each axis who holds it and when it was last touched.

    `modelled` is what those who know every announced record and every time would compute, given the devices as they
    are specified; None while that is the truth itself, as it is until a tap or a dishonest node interferes.
    """

    __slots__ = ("half_done", "modelled", "slots", "tensor", "touched")

    def __init__(
        self, tensor: Tensor, slots: Sequence[Slot], touched: Sequence[int], modelled: Tensor | None = None
    ) -> None:
        self.tensor = tensor
        self.modelled = modelled
        self.half_done: OneSide | None = None
        """What made this state of two pairs, until the other side acts, or someone wants the tensor (see `World`)."""
        self.slots = list(slots)
        self.touched = list(touched)
        for axis, slot in enumerate(self.slots):
            slot.state = self
            slot.axis = axis
