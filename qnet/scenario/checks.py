"""What each value of a scenario file must be, beyond its type: names that exist, files that can be read.

What must be known of other tables (which nodes there are) comes as the context of the validation, a `Context`, so that
all faults of a file are found at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, MinLen
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, WithJsonSchema

from qnet.errors import QnetError, UnknownName
from qnet.network.schema import Name
from qnet.network.topology import Network
from qnet.scenario.names import POLICIES, PURIFICATIONS, SWAP_ORDERS

__all__ = [
    "AboveZero",
    "Context",
    "FromTo",
    "NodeName",
    "OrName",
    "PolicyName",
    "PurificationName",
    "QkdName",
    "RepeaterName",
    "SwapOrder",
    "Table",
]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the other tables of a file are held to.

    Args:
        folder: where the file is.
        network: of the table [network]; None if that is wrong.
        fault: what is wrong with it, unless the schema says that.
        demand: the weights that come with its topology.
    """

    folder: Path
    network: Network | None = None
    fault: str = ""
    demand: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @property
    def spans(self) -> set[frozenset[str]]:
        """The pairs of nodes that a span joins."""
        return set() if self.network is None else {frozenset((edge.source, edge.target)) for edge in self.network.edges}


class Table(BaseModel):
    """A table of a scenario file: its keys, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _known_node(name: str, info: ValidationInfo) -> str:
    context: Context | None = info.context
    if context is not None and context.network is not None and name not in context.network.nodes:
        raise ValueError(str(UnknownName.of("node", name, context.network.nodes)))
    return name


def _one_of(kind: str, known: Mapping[str, Any]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known:
            raise ValueError(str(UnknownName.of(kind, name, known)))
        return name

    return AfterValidator(check)


def _read_by(reader: str) -> AfterValidator:
    """Read hardware where it will be looked for, so that its faults are among those of the file."""

    def check(name: str, info: ValidationInfo) -> str:
        from qnet import hardware

        context: Context | None = info.context
        beside = context is not None and name.endswith(".toml")
        try:
            getattr(hardware, reader)(context.folder / name if context is not None and beside else name)
        except QnetError as error:
            raise ValueError(str(error)) from error
        return name

    return AfterValidator(check)


def _swap_order(order: Any) -> Any:
    if isinstance(order, str):
        if order not in SWAP_ORDERS:
            raise ValueError(str(UnknownName.of("swap order", order, SWAP_ORDERS)))
        return order
    positions = order if isinstance(order, list) and all(type(place) is int for place in order) else None
    if order is not None and (not positions or sorted(positions) != list(range(1, len(positions) + 1))):
        raise ValueError("must be a name, or list each position between the ends of a route once")
    return order


def _as_range(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value, value
    return tuple(value) if isinstance(value, list) else value


class OrName:
    """Annotates a table in whose place a file may have a name, which the reader makes a table before it is checked."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Say so in the published schema."""
        return {"anyOf": [handler(schema), {"type": "string", "minLength": 1}]}


NodeName = Annotated[str, MinLen(1), AfterValidator(_known_node)]
FromTo = Annotated[tuple[float, float], BeforeValidator(_as_range, json_schema_input_type=tuple[float, float] | float)]
AboveZero = Annotated[int, Ge(1)]
PolicyName = Annotated[str, _one_of("policy", POLICIES)]
PurificationName = Annotated[str, _one_of("purification", PURIFICATIONS)]
SwapOrder = Annotated[
    Any,
    AfterValidator(_swap_order),
    WithJsonSchema({"anyOf": [{"enum": sorted(SWAP_ORDERS)}, {"type": "array", "items": {"type": "integer"}}]}),
]
RepeaterName = Annotated[Name, _read_by("repeater_hardware")]
QkdName = Annotated[Name, _read_by("qkd_hardware")]
