"""A device's numbers in a small JSON file, qnet.device/1.

    {"schema": "qnet.device/1",
     "name": "my-device", "source": "calibration page of ...", "date": "2026-05-01",
     "dt_s": 2.2e-10,
     "qubits": [{"t1_s": 1e-4, "t2_s": 8e-5, "excited_population": 0.01,
                 "readout_error_0": 0.01, "readout_error_1": 0.03}, {}],
     "gates": [{"name": "cz", "qubits": [0, 1], "infidelity": 0.004, "duration_s": 6e-8},
               {"name": "sx", "depolarising": 0.0002, "duration_s": 3e-8}],
     "ideal": ["rz"]}

Times are seconds; a T1 left out is infinite, a T2 left out is 2 T1, an error left out is zero. A gate without `qubits`
is the same on all. Its error is either `depolarising` (lambda of ``rho -> (1 - lambda) rho + lambda I / d``, beside T1
and T2) or `infidelity` (average, of the whole gate: what T1 and T2 do not explain of it is depolarising; if they
explain more, they stay as they are). `source` and `date` say where the numbers are from; the date may be null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from qnet.errors import FileError, InvalidArgument, QnetError
from qnet.fields import Count, NonNegative, Positive, Probability
from qnet.quantum.imperfections import GateNoise, Readout, Relaxation, relaxation_infidelity
from qnet.quantum.noise import Noise
from qnet.quantum.translation import is_standard_name

__all__ = ["SCHEMA", "GateRow", "QubitRow", "Snapshot", "read_snapshot", "snapshot_of"]

SCHEMA = "qnet.device/1"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class QubitRow(_Row):
    """One qubit of the device."""

    t1_s: Positive | None = None
    t2_s: Positive | None = None
    excited_population: Probability = 0.0
    readout_error_0: Probability = 0.0
    readout_error_1: Probability = 0.0

    def relaxation(self) -> Relaxation:
        """Give its times."""
        t1_s = math.inf if self.t1_s is None else self.t1_s
        t2_s = 2.0 * t1_s if self.t2_s is None else self.t2_s
        return Relaxation(t1_s=t1_s, t2_s=t2_s, excited_population=self.excited_population)


class GateRow(_Row):
    """One gate, on certain qubits or on all."""

    name: str
    qubits: tuple[Count, ...] | None = None
    depolarising: Probability | None = None
    infidelity: Probability | None = None
    duration_s: NonNegative = 0.0

    @model_validator(mode="after")
    def _one_error(self) -> Self:
        if self.infidelity is not None and (self.depolarising is not None or self.qubits is None):
            raise ValueError("must give `infidelity` with its `qubits` and without `depolarising`")
        return self

    def noise(self, relaxation: Sequence[Relaxation]) -> GateNoise:
        """Convert to the noise of the gate on qubits that relax as given."""
        if self.infidelity is None:
            return GateNoise(depolarising=self.depolarising or 0.0, duration_s=self.duration_s)
        d = 2 ** len(relaxation)
        infidelity = max(self.infidelity, relaxation_infidelity(relaxation, self.duration_s))
        return GateNoise.from_infidelity(
            min(infidelity, (d - 1) / d), qubits=len(relaxation), duration_s=self.duration_s, relaxation=relaxation
        )


class Snapshot(_Row):
    """A whole device."""

    schema_version: Literal["qnet.device/1"] = Field(alias="schema")
    name: str
    source: str
    date: str | None
    dt_s: Positive | None = None
    qubits: tuple[QubitRow, ...]
    gates: tuple[GateRow, ...]
    ideal: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.date is not None:
            date.fromisoformat(self.date)
        for row in self.gates:
            if row.qubits is not None and (len({*row.qubits}) < len(row.qubits) or max(row.qubits) >= len(self.qubits)):
                raise ValueError(f"must name different qubits of the device for {row.name!r}, not {row.qubits}")
        return self


def read_snapshot(snapshot: Mapping[str, Any] | Path | str, qubits: Sequence[int] | None) -> Noise:
    """Make the noise of a circuit on certain qubits of a device; see `Noise.from_snapshot`."""
    origin = "snapshot" if isinstance(snapshot, Mapping) else str(snapshot)
    device = _parsed(snapshot, origin)
    chosen = tuple(range(len(device.qubits)) if qubits is None else qubits)
    if len(set(chosen)) != len(chosen) or any(qubit not in range(len(device.qubits)) for qubit in chosen):
        raise InvalidArgument.of("qubits", f"be different qubits of the device's {len(device.qubits)}", qubits)
    try:
        return _noise(device, chosen)
    except QnetError as error:
        raise FileError(f"{origin}: {error}") from error


def _parsed(snapshot: Mapping[str, Any] | Path | str, origin: str) -> Snapshot:
    try:
        # from JSON, where a strict validation still reads lists as tuples
        text = json.dumps(snapshot) if isinstance(snapshot, Mapping) else Path(snapshot).read_text(encoding="utf-8")
        return Snapshot.model_validate_json(text)
    except OSError as error:
        raise FileError(f"Cannot read device snapshot {origin!r}: {error.strerror}.") from error
    except ValidationError as error:
        raise FileError("\n".join(f"{origin}: {_line(problem)}" for problem in error.errors())) from error
    except (TypeError, UnicodeDecodeError) as error:
        raise FileError(f"{origin}: not JSON: {error}.") from error


def _line(problem: Any) -> str:
    where = ".".join(map(str, problem["loc"])) or "content"
    match problem["type"]:
        case "missing":
            return f"`{where}` is missing."
        case "extra_forbidden":
            return f"`{where}` is no key of {SCHEMA}."
        case "value_error":
            return f"`{where}` {problem['ctx']['error']}."
        case _:
            return f"`{where}` {problem['msg'].replace('Input should', 'must')}, but is {problem['input']!r}."


def _noise(device: Snapshot, chosen: tuple[int, ...]) -> Noise:
    place = {qubit: k for k, qubit in enumerate(chosen)}
    relaxation = {place[qubit]: device.qubits[qubit].relaxation() for qubit in chosen}
    everywhere, on = {}, {}
    for row in device.gates:
        if row.qubits is None:
            everywhere[row.name] = row.noise(())
        elif place.keys() >= set(row.qubits):
            places = tuple(place[qubit] for qubit in row.qubits)
            on[row.name, places] = row.noise([relaxation[k] for k in places])
    readouts = {
        place[qubit]: Readout(error_0=row.readout_error_0, error_1=row.readout_error_1)
        for qubit in chosen
        for row in (device.qubits[qubit],)
    }
    return Noise(
        gates=everywhere,
        gates_on=on,
        ideal=frozenset(device.ideal),
        custom=frozenset(row.name for row in device.gates if not is_standard_name(row.name)),
        readout_of=readouts,
        relaxation_of=relaxation,
        dt_s=device.dt_s,
        source=", ".join(filter(None, (device.name, device.source, device.date))),
    )


def snapshot_of(backend: Any, *, qubits: Sequence[int] | None = None) -> dict[str, Any]:
    """Take a snapshot of a Qiskit `BackendV2` or `Target`, ready to be written as JSON.

    Its gate errors are read as average infidelities, T1 and T2 included, its readout error as equal for 0 and 1, as
    Aer's ``NoiseModel.from_backend`` does. A T2 above 2 T1 is cut to it. Measurements take no time.

    Args:
        backend: the device.
        qubits: take what acts on these qubits only; by default on all.
    """
    target = getattr(backend, "target", backend)
    wanted = range(target.num_qubits) if qubits is None else frozenset(qubits)
    return {
        "schema": SCHEMA,
        "name": getattr(backend, "name", None) or "target",
        "source": f"Qiskit {type(backend).__name__}",
        "date": _calibrated(backend),
        "dt_s": target.dt,
        "qubits": [_qubit(target, qubit) if qubit in wanted else {} for qubit in range(target.num_qubits)],
        "gates": [row for name in target.operation_names for row in _gates(target, name, wanted)],
        "ideal": [],
    }


def _calibrated(backend: Any) -> str | None:
    properties = backend.properties() if callable(getattr(backend, "properties", None)) else None
    moment = getattr(properties, "last_update_date", None)
    return None if moment is None else str(moment.date())


def _qubit(target: Any, qubit: int) -> dict[str, float]:
    numbers = target.qubit_properties[qubit] if target.qubit_properties else None
    t1_s, t2_s = getattr(numbers, "t1", None), getattr(numbers, "t2", None)
    if t2_s is not None and t1_s is not None:
        t2_s = min(t2_s, 2.0 * t1_s)
    measured = target["measure"].get((qubit,)) if "measure" in target else None
    readout = float(getattr(measured, "error", None) or 0.0)
    times = {name: float(time_s) for name, time_s in (("t1_s", t1_s), ("t2_s", t2_s)) if time_s is not None}
    return times | {"readout_error_0": readout, "readout_error_1": readout}


def _gates(target: Any, name: str, wanted: Any) -> list[dict[str, Any]]:
    from qiskit.circuit import Gate, Reset

    if not isinstance(target.operation_from_name(name), Gate | Reset):
        return []  # delays and measurements have their own places; control flow takes no time
    rows = []
    for on, numbers in target[name].items():
        error, duration_s = getattr(numbers, "error", None), getattr(numbers, "duration", None)
        row: dict[str, Any] = {"name": name, "duration_s": float(duration_s or 0.0)}
        if on is None:
            rows.append(row)
        elif all(qubit in wanted for qubit in on):
            rows.append(row | {"qubits": list(on)} | ({"infidelity": float(error)} if error else {}))
    return rows
