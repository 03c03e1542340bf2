"""Everything a repeater node and its links are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeVar

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check
from qnet.hardware.datasheet import DataSheet
from qnet.hardware.detector import Detector
from qnet.hardware.fibre import Fibre
from qnet.hardware.memory import Memory
from qnet.hardware.parts import AtLeastOne
from qnet.hardware.processor import Processor, Storage
from qnet.hardware.source import PhotonInterface

__all__ = ["RepeaterHardware"]


@dataclass(frozen=True, kw_only=True)
class RepeaterHardware(DataSheet):
    """Collect the hardware of a repeater chain whose links herald at a midpoint.

    Args:
        fibre: the fibre of both arms of a link.
        interface: the memory's photon interface; its efficiency includes the detector.
        detector: the midpoint's detectors. Its efficiency must be 1, so that no efficiency counts twice.
        memory: the qubit that emits photons.
        processor: the operations of a node.
        storage: the second kind of memory to which a fresh qubit must move; None if it stays where it is.
        optical_interfaces: how many qubits of a node can emit at once; with one, a node makes its links in turn.

    The remaining arguments are those of `DataSheet`.

    >>> from qnet.hardware import repeater_hardware
    >>> ions = repeater_hardware("trapped-ion")
    >>> ions.memory.t2_s, ions.improved(10).memory.t2_s
    (0.085, 0.8500000000000001)
    """

    fibre: Fibre
    interface: PhotonInterface
    detector: Detector
    memory: Memory
    processor: Processor
    storage: Storage | None = None
    optical_interfaces: AtLeastOne

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.detector.efficiency != 1:
            rule = "be 1, since interface.efficiency includes the detector"
            raise InvalidArgument.of("detector.efficiency", rule, self.detector.efficiency)

    def improved(self, k: float) -> RepeaterHardware:
        """Give hardware that is `k` times better: each no-error probability becomes its k-th root.

        This acts on loss at zero length, visibility, dark counts, readout errors and the Pauli-error probability
        lambda (d^2-1)/d^2 of each gate; T1 and T2 become k times longer. Durations, the fibre and the equilibrium of
        the memory stay. (Coopmans et al., Commun. Phys. 4, 164 (2021), arXiv 2010.12535, Supplement.)

        Raises:
            InvalidArgument: if `k` is not above zero.
        """
        check("k", k, Positive)
        if k == 1:
            return self
        interface, detector = self.interface, self.detector
        return replace(
            self,
            name=f"{self.name} improved {k:g} times",
            epoch="projected",
            interface=replace(
                interface,
                efficiency=interface.efficiency ** (1 / k),
                visibility=interface.visibility ** (1 / k),
            ),
            detector=replace(detector, dark_count_probability=_error_root(detector.dark_count_probability, k)),
            memory=_improved_memory(self.memory, k),
            processor=_improved_errors(self.processor, k),
            storage=self.storage
            and replace(_improved_errors(self.storage, k), memory=_improved_memory(self.storage.memory, k)),
        )


def _improved_memory(memory: Memory, k: float) -> Memory:
    return replace(memory, t1_s=memory.t1_s * k, t2_s=memory.t2_s * k)


_Operations = TypeVar("_Operations", Processor, Storage)

_LEVELS = {
    "one_qubit_gate_depolarising": 2,
    "two_qubit_gate_depolarising": 4,
    "initialisation_depolarising": 2,
    "gate_depolarising": 4,
    "rotation_depolarising": 2,
}


def _improved_errors(operations: _Operations, k: float) -> _Operations:
    better: dict[str, float] = {}
    for name, number in vars(operations).items():
        if name in _LEVELS:
            pauli = 1 - 1 / _LEVELS[name] ** 2
            # A gate cannot do worse than to depolarise completely; only k < 1 gets there.
            better[name] = min(_error_root(number * pauli, k) / pauli, 1.0)
        elif name.startswith("readout_error"):
            better[name] = _error_root(number, k)
    return replace(operations, **better)  # type: ignore[arg-type]


def _error_root(error: float, k: float) -> float:
    """Give 1 - (1 - error)^(1/k) without losing the digits of a small error."""
    return 1.0 if error == 1 else -math.expm1(math.log1p(-error) / k)
