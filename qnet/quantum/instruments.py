"""Quantum instruments: what a local operation does to the qubits it touches, record by record."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from qnet.errors import FileError, InvalidArgument
from qnet.quantum.pauli import Tensor

__all__ = ["Instrument"]

_SCHEMA = "qnet.instrument/1"


@dataclass(frozen=True, eq=False, repr=False)
class Instrument:
    """A Pauli transfer matrix for each classical record.

    Args:
        tensor: real, shape ``(records,) + (4,) * outputs + (4,) * inputs``: ``tensor[k]`` maps the Pauli tensor of the
            inputs to that of the outputs, unnormalised; its trace is the probability of record k.
        inputs: number of qubits taken in.

    The shape of a Bell-state measurement is (4, 4, 4): two inputs, no output, so that swapping two pairs is
    ``R_AB[k] = R_A . tensor[k] . R_B``.
    """

    tensor: Tensor
    inputs: int
    outputs: int = field(init=False)
    rows: Tensor = field(init=False)

    def __post_init__(self) -> None:
        tensor = np.ascontiguousarray(self.tensor, dtype=np.float64)
        if tensor.ndim < 1 + self.inputs or set(tensor.shape[1:]) - {4}:
            raise InvalidArgument.of("tensor", "have shape (records, 4, ..., 4)", tensor.shape)
        tensor.setflags(write=False)
        object.__setattr__(self, "tensor", tensor)
        object.__setattr__(self, "outputs", tensor.ndim - 1 - self.inputs)
        # effect of each record on the inputs, shape (4,) * inputs + (records,): what a probability needs
        effects = tensor.reshape(len(tensor), -1, 4**self.inputs)[:, 0].reshape(-1, *(4,) * self.inputs)
        object.__setattr__(self, "rows", np.ascontiguousarray(np.moveaxis(effects, 0, -1)))

    @property
    def records(self) -> int:
        """Number of classical records."""
        return int(self.tensor.shape[0])

    def completeness_error(self) -> float:
        """Give how far the probabilities of all records are from adding to one, over all input states."""
        certain = np.eye(1, 4**self.inputs).reshape((4,) * self.inputs)
        return float(np.abs(self.rows.sum(axis=-1) - certain).max())

    def branches(self, state: Tensor, axes: Sequence[int]) -> list[Tensor]:
        """Apply to the given axes of a Pauli tensor; one unnormalised tensor a record, new axes last."""
        kept = self.inputs + self.outputs
        return [
            np.moveaxis(
                np.tensordot(matrix, state, axes=(range(self.outputs, kept), axes)),
                range(self.outputs),
                range(-self.outputs, 0),
            )
            if self.outputs
            else np.tensordot(matrix, state, axes=(range(kept), axes))
            for matrix in self.tensor
        ]

    def save(self, path: Path | str) -> None:
        """Write a NumPy archive (.npz) with schema, tensor, number of inputs and digest, for `Instrument.load`."""
        with Path(path).open("wb") as file:
            np.savez_compressed(
                file, schema=_SCHEMA, tensor=self.tensor, inputs=self.inputs, digest=self.digest, allow_pickle=False
            )

    @classmethod
    def load(cls, path: Path | str) -> Instrument:
        """Read what `Instrument.save` wrote.

        Raises:
            FileError: the file cannot be read, has another schema, or its content is not what was written.
        """
        try:
            with Path(path).open("rb") as file:
                content = dict(np.lib.npyio.NpzFile(file, allow_pickle=False))
        except (OSError, ValueError, EOFError, BadZipFile, zlib.error) as error:
            raise FileError(f"Cannot read instrument {str(path)!r}: {error}.") from error
        schema = str(content.get("schema"))
        if schema != _SCHEMA:
            raise FileError(f"{path}: `schema` must be {_SCHEMA!r}, but is {schema!r}.")
        try:
            instrument = cls(content["tensor"], int(content["inputs"]))
        except (KeyError, TypeError, ValueError) as error:
            raise FileError(f"{path}: not an instrument: {error}.") from error
        if instrument.digest != str(content.get("digest")):
            raise FileError(f"{path}: the digest is not that of the content; the file is damaged.")
        return instrument

    @cached_property
    def digest(self) -> str:
        """A hash of the content."""
        content = repr((self.tensor.shape, self.inputs)).encode() + self.tensor.tobytes()
        return hashlib.blake2b(content, digest_size=16).hexdigest()

    def __repr__(self) -> str:
        return f"Instrument({self.inputs} in, {self.outputs} out, {self.records} records)"
