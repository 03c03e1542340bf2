"""A link: what one fibre span between two nodes delivers, attempt by attempt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qnet.errors import InvalidArgument
from qnet.fields import NonNegative, Positive, Probability, check_fields
from qnet.hardware.parts import AtLeastOne
from qnet.link.ageing import aged
from qnet.quantum import Operation, State, Waiting
from qnet.quantum.photonics import Herald, HeraldedState

__all__ = ["Link"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Link:
    """A heralded link between two memories.

    Attempts run on a grid of slots. In each slot both ends emit `emission_s` after its start; the herald of that
    attempt reaches both ends when the slot is over.

    Args:
        success_probability: of one attempt; above zero.
        cycle_s: length of a slot, in seconds.
        heralds: what a success announces; probabilities add to one.
        emission_s: from the start of a slot to the emission of the photons.
        measured: which ends ("source", "target") measure their qubit at emission instead of storing it.
        taps: operations (one qubit in, one out), for attacks; empty by default. They act on the target's qubit of a
            heralded pair, as if it had flown there: what they do to the chance of a herald is not modelled.
        stations: powered, untrusted stations between the ends (a midpoint herald needs one).
        detection_s: from the start of a slot to the click at the midpoint; None for half way between emission and
            the slot's end.
        modes: optical modes that an attempt tries at once; which of them fired is known, so that the heralds stay.
        dropped_weight: probability of photon numbers in one mode that the heralding circuit has no room for.

    Raises:
        InvalidArgument: a number is out of range, or the times are out of order.
    """

    success_probability: Probability
    cycle_s: Positive
    heralds: tuple[HeraldedState, ...]
    emission_s: NonNegative = 0.0
    measured: frozenset[str] = frozenset()
    taps: tuple[Operation, ...] = ()
    stations: int = 0
    detection_s: float | None = None
    modes: AtLeastOne = 1
    dropped_weight: Probability = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.success_probability > 0.0:
            raise InvalidArgument.of("success_probability", "be greater than 0", self.success_probability)
        if not math.isfinite(self.cycle_s):
            raise InvalidArgument.of("cycle_s", "be finite", self.cycle_s)
        if not self.emission_s <= self.click_s <= self.cycle_s:
            raise InvalidArgument.of("detection_s", "lie between emission_s and cycle_s", self.detection_s)
        total = math.fsum(herald.probability for herald in self.heralds)
        if abs(total - 1.0) > 1e-9:
            raise InvalidArgument.of("heralds", "have probabilities that add to 1", total)
        if unknown := set(self.measured) - {"source", "target"}:
            raise InvalidArgument.of("measured", "hold only 'source' and 'target'", sorted(unknown))
        for tap in self.taps:
            if (len(tap.inputs), len(tap.outputs)) != (1, 1):
                raise InvalidArgument.of("taps", "take one qubit in and give one out", (tap.inputs, tap.outputs))

    @classmethod
    def from_numbers(
        cls, success_probability: float, cycle_s: float, state: State, *, measured: Sequence[str] = (), label: int = 0
    ) -> Link:
        """Give a link by its numbers: the probability of an attempt, its length in seconds, the state at emission.

        >>> from qnet.quantum import State
        >>> Link.from_numbers(0.199, 100e-6, State.werner(0.95)).rate_hz
        1990.0
        """
        herald = HeraldedState(probability=1.0, state=state, label=label)
        return cls(
            success_probability=success_probability, cycle_s=cycle_s, heralds=(herald,), measured=frozenset(measured)
        )

    @property
    def click_s(self) -> float:
        """From the start of a slot to the click at the midpoint, in seconds."""
        return (self.emission_s + self.cycle_s) / 2.0 if self.detection_s is None else self.detection_s

    @property
    def attempts_hz(self) -> float:
        """Channel uses per second while both ends try: attempts, each counted once for every mode."""
        return self.modes / self.cycle_s

    @property
    def rate_hz(self) -> float:
        """Mean successes per second of a link that always tries."""
        return self.success_probability / self.cycle_s

    @property
    def fidelity(self) -> float:
        """Mean fidelity at emission to the Bell state each herald names."""
        return math.fsum(herald.probability * herald.fidelity for herald in self.heralds)

    @property
    def mean_state(self) -> State:
        """The mean state at emission once the target has undone the frame, so that the ideal is Phi+."""
        return _mean_state(self.heralds)

    def state_at_herald(self, memory: Waiting) -> State:
        """Give the mean state, the frame undone, once both qubits have waited in such memories for the herald."""
        waited_s = self.cycle_s - self.emission_s
        return _mean_state(aged(self.heralds, (memory, memory), (waited_s, waited_s)))

    def with_taps(self, *taps: Operation) -> Link:
        """Copy the link with operations on its flying qubit."""
        return replace(self, taps=taps)

    def __str__(self) -> str:
        return (
            f"Link: p = {self.success_probability:.3g} per attempt of {self.cycle_s * 1e6:.4g} us, "
            f"{self.rate_hz:.3g} pairs/s, fidelity {self.fidelity:.4f} at emission"
        )


def _mean_state(heralds: tuple[HeraldedState, ...]) -> State:
    state = Herald(success_probability=1.0, outcomes=heralds).mean_state
    assert state is not None
    return state
