"""Noise of a processor, from plain hardware numbers.

Other ways in: `Noise.from_aer` (an Aer noise model), `Noise.from_snapshot` (a device's numbers in a JSON file) and
`Noise.from_backend` (a Qiskit backend or target).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qnet.errors import InvalidArgument, UnknownName
from qnet.fields import Positive, Probability, check, check_fields
from qnet.quantum.imperfections import PERFECT, GateNoise, Readout, Relaxation

__all__ = [
    "NOISELESS",
    "ONE_QUBIT_GATES",
    "TWO_QUBIT_GATES",
    "GateNoise",
    "Noise",
    "Readout",
    "Relaxation",
]

ONE_QUBIT_GATES = (
    *("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "rx", "ry", "rz", "p", "r", "u"),
    *("u1", "u2", "u3"),
)
TWO_QUBIT_GATES = (
    *("cx", "cy", "cz", "cp", "ecr", "swap", "rxx", "ryy", "rzz", "rzx", "ch", "crx", "cry", "crz", "cs", "csdg"),
    *("csx", "cu", "cu1", "cu3", "dcx", "iswap", "xx_minus_yy", "xx_plus_yy"),
)
_MORE = ("ccx", "ccz", "cswap", "rccx", "rcccx", "c3sx", "reset", "measure", "delay", "unitary")
_NAMES = frozenset((*ONE_QUBIT_GATES, *TWO_QUBIT_GATES, *_MORE))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Noise:
    """Noise of one processor. A gate that is neither in `gates` nor in `ideal` is never run bare.

    The compiler translates such a gate to gates that are known, if it can, and refuses it by name if it cannot.

    Args:
        gates: noise by gate name (Qiskit's, or the label of a unitary), "reset" standing for initialisation. That of
            "measure" acts before the measurement.
        gates_on: noise of a gate on certain qubits, by (name, qubits), in place of what `gates` says.
        ideal: names of gates that are perfect and take no time; they may be any unitary.
        custom: names of gates of one's own that `gates` or `gates_on` mention; other unknown names are refused.
        readout: misreading of any qubit that `readout_of` does not name.
        readout_of: misreading by index of the qubit in the circuit.
        t1_s, t2_s, excited_population: what qubits suffer during gates with a duration and during delays (T2 at most
            2 T1).
        relaxation_of: the same by index of the qubit, in place of the three.
        dt_s: seconds that a delay of one "dt" lasts; None refuses delays in dt.
        source: where the numbers are from; no part of what the noise is.

    >>> Noise.from_numbers(two_qubit_depolarising=0.01).gates["cx"].depolarising
    0.01
    """

    gates: Mapping[str, GateNoise] = field(default_factory=dict)
    gates_on: Mapping[tuple[str, tuple[int, ...]], GateNoise] = field(default_factory=dict)
    ideal: frozenset[str] = frozenset()
    custom: frozenset[str] = frozenset()
    readout: Readout = field(default_factory=Readout)
    readout_of: Mapping[int, Readout] = field(default_factory=dict)
    t1_s: Positive = math.inf
    t2_s: Positive = math.inf
    excited_population: Probability = 0.0
    relaxation_of: Mapping[int, Relaxation] = field(default_factory=dict)
    dt_s: float | None = None
    source: str = ""
    relaxation: Relaxation = field(init=False, repr=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        check_fields(self)
        times = Relaxation(t1_s=self.t1_s, t2_s=self.t2_s, excited_population=self.excited_population)
        object.__setattr__(self, "relaxation", times)
        if self.dt_s is not None:
            check("dt_s", self.dt_s, Positive)
        for name in (*self.gates, *(gate for gate, _ in self.gates_on)):
            if name not in _NAMES and name not in self.custom:
                raise UnknownName.of("gate", name, _NAMES | self.custom)
        for name in ("ideal", "custom"):
            object.__setattr__(self, name, frozenset(getattr(self, name)))
        for name in ("gates", "gates_on", "readout_of", "relaxation_of"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        object.__setattr__(self, "digest", hashlib.blake2b(self._content().encode(), digest_size=16).hexdigest())

    def _content(self) -> str:
        gates = [*self.gates.items(), *self.gates_on.items()]
        said = sorted(repr((key, gate, gate.channel and gate.channel.digest)) for key, gate in gates)
        per_qubit = sorted(map(repr, (*self.readout_of.items(), *self.relaxation_of.items())))
        return repr((said, sorted(self.ideal), self.readout, per_qubit, self.relaxation, self.dt_s))

    @classmethod
    def from_numbers(
        cls,
        *,
        one_qubit_depolarising: float | None = None,
        one_qubit_infidelity: float | None = None,
        one_qubit_gate_s: float = 0.0,
        two_qubit_depolarising: float | None = None,
        two_qubit_infidelity: float | None = None,
        two_qubit_gate_s: float = 0.0,
        initialisation_depolarising: float = 0.0,
        initialisation_s: float = 0.0,
        readout: Readout | None = None,
        readout_of: Mapping[int, Readout] | None = None,
        t1_s: float = math.inf,
        t2_s: float = math.inf,
        excited_population: float = 0.0,
    ) -> Noise:
        """Build the noise of a processor whose one-qubit gates are all alike, and its two-qubit gates too.

        Either the depolarising of a gate is given or its average infidelity, T1 and T2 included; see
        `GateNoise.from_infidelity`. Gates on more qubits are translated to these.
        """
        times = Relaxation(t1_s=t1_s, t2_s=t2_s, excited_population=excited_population)
        one = _gate_noise("one", one_qubit_depolarising, one_qubit_infidelity, one_qubit_gate_s, [times])
        two = _gate_noise("two", two_qubit_depolarising, two_qubit_infidelity, two_qubit_gate_s, [times] * 2)
        reset = GateNoise(depolarising=initialisation_depolarising, duration_s=initialisation_s)
        return cls(
            gates=dict.fromkeys(ONE_QUBIT_GATES, one) | dict.fromkeys(TWO_QUBIT_GATES, two) | {"reset": reset},
            readout=readout or Readout(),
            readout_of=readout_of or {},
            t1_s=t1_s,
            t2_s=t2_s,
            excited_population=excited_population,
        )

    @classmethod
    def from_aer(cls, model: Any, *, ideal: Iterable[str] = ()) -> Noise:
        """Convert an Aer `NoiseModel`, exactly.

        Args:
            model: errors by gate name, on all qubits or on certain ones, and readout errors.
            ideal: names of gates that are perfect. A model does not tell those from gates it has never heard of; Aer
                takes both for perfect, this package takes neither.

        >>> from qiskit_aer.noise import NoiseModel, depolarizing_error
        >>> model = NoiseModel()
        >>> model.add_all_qubit_quantum_error(depolarizing_error(0.01, 2), ["cz"])
        >>> sorted(Noise.from_aer(model, ideal=["rz", "sx"]).known)
        ['cz', 'rz', 'sx']
        """
        from qnet.quantum.aer_model import noise_of

        return noise_of(model, frozenset(ideal))

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any] | Path | str, *, qubits: Sequence[int] | None = None) -> Noise:
        """Read a device's numbers; the format is described in `qnet.quantum.snapshot`.

        Args:
            snapshot: path of a JSON file, or its content.
            qubits: the device's qubits that the circuit's qubits 0, 1, ... are; by default all in order.

        Raises:
            FileError: it cannot be read, or breaks its schema.
        """
        from qnet.quantum.snapshot import read_snapshot

        return read_snapshot(snapshot, qubits)

    @classmethod
    def from_backend(cls, backend: Any, *, qubits: Sequence[int] | None = None) -> Noise:
        """Take the numbers of a Qiskit `BackendV2` or `Target`; see `qnet.quantum.snapshot.snapshot_of`.

        Args:
            backend: also one of `qiskit-ibm-runtime`'s fake backends (extra ``[ibm]``).
            qubits: the device's qubits that the circuit's qubits 0, 1, ... are; by default all in order.
        """
        from qnet.quantum.snapshot import read_snapshot, snapshot_of

        return read_snapshot(snapshot_of(backend, qubits=qubits), qubits)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Noise) and self.digest == other.digest

    def __hash__(self) -> int:
        return int(self.digest[:15], 16)

    def __repr__(self) -> str:
        noisy = [name for name, gate in self.gates.items() if gate != GateNoise()]
        return f"Noise({len(noisy)} noisy gates, {self.digest[:8]})"

    def gate(self, name: str, qubits: tuple[int, ...]) -> GateNoise | None:
        """Give the noise of a gate on these qubits of the circuit; None if it has not been stated."""
        local = self.gates_on.get((name, qubits))
        if local is None:
            local = self.gates.get(name)
        return PERFECT if local is None and name in self.ideal else local

    def relaxation_on(self, qubit: int) -> Relaxation:
        """Give what a qubit of the circuit suffers in time."""
        return self.relaxation_of.get(qubit, self.relaxation)

    def readout_on(self, qubit: int) -> Readout:
        """Give how a qubit of the circuit is misread."""
        return self.readout_of.get(qubit, self.readout)

    def knows(self, gate: str) -> bool:
        """Whether the gate's behaviour has been stated, on some qubits at least."""
        return gate in self.known

    @cached_property
    def known(self) -> frozenset[str]:
        """The names of all gates whose behaviour has been stated, on some qubits at least."""
        return frozenset(self.gates) | self.ideal | {name for name, _ in self.gates_on}

    def duration_s(self, names: Iterable[str]) -> float:
        """Give the time of gates done one after the other, in seconds."""
        return math.fsum(self.gates[name].duration_s for name in names if name in self.gates)


def _gate_noise(
    which: str, depolarising: float | None, infidelity: float | None, duration_s: float, times: list[Relaxation]
) -> GateNoise:
    if infidelity is None:
        return GateNoise(depolarising=depolarising or 0.0, duration_s=duration_s)
    if depolarising is not None:
        raise InvalidArgument.of(f"{which}_qubit_infidelity", f"not join {which}_qubit_depolarising", infidelity)
    return GateNoise.from_infidelity(infidelity, qubits=len(times), duration_s=duration_s, relaxation=times)


NOISELESS = Noise.from_numbers()
"""Perfect gates that take no time."""
