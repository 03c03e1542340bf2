"""Everything a repeater node and its links are made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from qnet.errors import InvalidArgument
from qnet.fields import Positive, check
from qnet.hardware.datasheet import DataSheet
from qnet.hardware.detector import Detector
from qnet.hardware.fibre import Fibre
from qnet.hardware.memory import Memory
from qnet.hardware.parts import LEFT_OUT, AtLeastOne
from qnet.hardware.processor import Processor, Storage
from qnet.hardware.source import PairSource, PhotonInterface

__all__ = ["HeraldModel", "RepeaterHardware"]

HeraldModel = Literal["single-click", "double-click", "midpoint-source", "emitter-absorber"]
"""How a link makes its pairs, and how it learns that it did."""


@dataclass(frozen=True, kw_only=True)
class RepeaterHardware(DataSheet):
    """Collect the hardware of a repeater chain.

    Args:
        fibre: the fibre of both arms of a link.
        interface: the memory's photon interface; its efficiency includes the detector.
        detector: what detects a photon, at the midpoint or beside the memory that takes it in. Its efficiency must be
            1, so that no efficiency counts twice.
        memory: the qubit that emits photons.
        processor: the operations of a node.
        storage: the second kind of memory to which a fresh qubit must move; None if it stays where it is.
        optical_interfaces: how many qubits of a node can emit at once; with one, a node makes its links in turn.
        herald: the model of heralding: "single-click", "double-click", "midpoint-source" or "emitter-absorber".
        pair_source: the source in the middle of a link, with "midpoint-source"; None elsewhere.
        modes: modes that one attempt tries side by side, in time, frequency or space.

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
    herald: HeraldModel = "double-click"
    pair_source: PairSource | None = None
    modes: AtLeastOne = field(default=1, metadata=LEFT_OUT)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.herald == "midpoint-source" and self.pair_source is None:
            raise InvalidArgument.of("pair_source", 'be given where herald is "midpoint-source"', self.pair_source)
        if self.detector.efficiency != 1:
            rule = "be 1, since interface.efficiency includes the detector"
            raise InvalidArgument.of("detector.efficiency", rule, self.detector.efficiency)

    def improved(self, k: float) -> RepeaterHardware:
        """Give hardware that is `k` times better: each no-error probability becomes its k-th root.

        Each part says in its own `improved` what that does to it: loss at zero length, visibility, phase flips, dark
        counts, readout errors and the Pauli errors of gates; T1 and T2 become k times longer. Durations, the
        bright-state population, the pair source and the fibre stay. (Coopmans et al., Commun. Phys. 4, 164 (2021),
        arXiv 2010.12535, Supplement.)

        Raises:
            InvalidArgument: if `k` is not above zero.
        """
        check("k", k, Positive)
        if k == 1:
            return self
        return replace(
            self,
            name=f"{self.name} improved {k:g} times",
            epoch="projected",
            interface=self.interface.improved(k),
            detector=self.detector.improved(k),
            memory=self.memory.improved(k),
            processor=self.processor.improved(k),
            storage=self.storage and self.storage.improved(k),
        )
