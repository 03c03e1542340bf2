"""A delivered pair, and what its ends can do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from qnet.quantum import BELL_NAMES, State
from qnet.quantum.pauli import Tensor
from qnet.time import seconds

if TYPE_CHECKING:
    from qnet.network.kept import Kept

__all__ = ["Outcome", "Pair", "Setting", "relabel"]

Setting: TypeAlias = float | Literal["y"]
"""What an end measures: ``cos(t) Z + sin(t) X``, t in degrees on the Bloch sphere (0 is Z, 90 is X), or "y" for Y."""


class Pair:
    """An end-to-end pair, as it was when both its ends knew of it; or as it is now, as long as an application keeps it.

    A kept pair (see `keep` of `qnet.network.terms.Terms`) stays in the memories of its ends, and ages there, until it
    is measured or released. From then on it is as it was at that moment.

    Attributes:
        number: counts the deliveries of its flow, from 0.
        label: the Bell state that its ends take it for: 0 Phi+, 1 Phi-, 2 Psi+, 3 Psi-.
        kept: its halves in the memories of its ends; None if nobody keeps it.
    """

    __slots__ = ("_delivered", "_modelled", "_source_born", "_target_born", "_tensor", "kept", "label", "number")

    def __init__(
        self,
        number: int,
        label: int,
        tensor: Tensor,
        modelled: Tensor | None,
        delivered: int,
        born: tuple[int, int],
        kept: Kept | None = None,
    ) -> None:
        self.number = number
        self.label = label
        self._tensor = tensor
        self._modelled = tensor if modelled is None else modelled
        self.kept = kept
        self._delivered = delivered
        self._source_born, self._target_born = born

    @property
    def tensor(self) -> Tensor:
        """The true state's Pauli tensor, axis 0 at the source; a qubit measured early is frozen as it was then."""
        self._look()
        return self._tensor

    @property
    def tick(self) -> int:
        """When both ends knew of it, in picoseconds of simulated time."""
        return self._delivered

    @property
    def delivered_s(self) -> float:
        """When both ends knew of it, in seconds of simulated time."""
        return seconds(self._delivered)

    @property
    def age_s(self) -> float:
        """How long before its delivery the first of its ends emitted, in seconds."""
        return seconds(self._delivered - min(self._source_born, self._target_born))

    @property
    def state(self) -> State:
        """The true state, checked and with all its measures."""
        return State(self.tensor)

    @property
    def believed_state(self) -> State:
        """The state that the ends expect from all records and times they were told; the true one but under attack."""
        return State(self.believed_tensor)

    @property
    def believed_tensor(self) -> Tensor:
        """The Pauli tensor of that state."""
        self._look()
        return self._modelled

    def __repr__(self) -> str:
        return f"Pair({self.number}: {BELL_NAMES[self.label]}, delivered at {self.delivered_s:.6g} s)"

    def fidelity(self) -> float:
        """Give the true fidelity to the Bell state that the label names."""
        return _fidelity(self.tensor, self.label)

    def believed_fidelity(self) -> float:
        """Give the fidelity that the ends expect from all records and times they were told."""
        self._look()
        return _fidelity(self._modelled, self.label)

    def release(self) -> None:
        """Give the two memories back, if it is kept; its state is from now on as it is now."""
        self._look()
        kept, self.kept = self.kept, None
        if kept is not None:
            kept.release()

    def improved(self, tick: int) -> Pair:
        """Give what a kept pair is after its ends have worked on it, and known since a tick: a pair close to Phi+."""
        assert self.kept is not None
        kept, self.kept = self.kept, None
        return Pair(self.number, 0, *kept.state(), tick, (self._source_born, self._target_born), kept)

    def _look(self) -> None:
        if self.kept is not None:
            self._tensor, modelled = self.kept.state()
            self._modelled = self._tensor if modelled is None else modelled


def _fidelity(tensor: Tensor, label: int) -> float:
    trace, x, y, z = tensor.diagonal().tolist()
    if label & 1:
        x, y = -x, -y
    if label & 2:
        y, z = -y, -z
    fidelity: float = (trace + x - y + z) / 4.0
    return fidelity


@dataclass(frozen=True, slots=True)
class Outcome:
    """A joint measurement of a pair: settings (Bloch angle in degrees, 0 is Z, 90 is X; or "y") and bits.

    The target's setting and bit are relabelled by the Pauli frame, so that they read as those of a Phi+ pair: equal
    at equal angles, opposite where both measure Y.
    """

    source_setting: Setting
    source_bit: int
    target_setting: Setting
    target_bit: int


def relabel(setting: Setting, bit: int, label: int) -> tuple[Setting, int]:
    """Translate a measurement of a pair with a Bell label to the one it stands for on Phi+.

    A frame X turns ``cos(t) Z + sin(t) X`` into minus the setting ``-t``, a frame Z into the setting ``-t``; settings
    are kept in [0, 180) degrees, a turn by 180 degrees flipping the bit. Either frame turns Y into minus Y.

    >>> relabel(0, 1, 2), relabel(90, 1, 2), relabel(90, 1, 1)
    ((0, 0), (90, 1), (90, 0))
    >>> relabel(45, 0, 1)
    (135, 1)
    >>> relabel("y", 1, 0), relabel("y", 1, 1), relabel("y", 1, 3)
    (('y', 1), ('y', 0), ('y', 1))
    """
    if setting == "y":
        return setting, bit ^ (label in (1, 2))
    if label in (1, 2):
        setting = 0 - setting  # not -setting, which makes -0.0 of Z: a key of its own wherever settings are counted
    if label & 2:
        bit ^= 1
    while setting < 0:
        setting, bit = setting + 180, bit ^ 1
    while setting >= 180:
        setting, bit = setting - 180, bit ^ 1
    return setting, bit
