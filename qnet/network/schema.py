"""The schema of network files, qnet.network/1, as pydantic models; slow to import, so imported where a file is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from annotated_types import Ge, Le, MinLen
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from qnet.fields import NonNegative, Positive

__all__ = ["SCHEMA", "HardwareTable", "LinkRow", "NetworkFile", "NetworkTable", "NodeRow"]

SCHEMA = "qnet.network/1"
"""The value of a network file's first key."""

Name = Annotated[str, MinLen(1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class NodeRow(_Table):
    """A node: its name, and where it stands (degrees)."""

    name: Name
    lon: Annotated[float, Ge(-180), Le(180)] | None = None
    lat: Annotated[float, Ge(-90), Le(90)] | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("must have both `lon` and `lat`, or neither")
        return self


class LinkRow(_Table):
    """A span: its two ends and its length (km), before the route factor."""

    ends: tuple[Name, Name]
    length_km: NonNegative


def _as_table(node: Any) -> Any:
    return {"name": node} if isinstance(node, str) else node


class NetworkTable(_Table):
    """The table [network]: either `links` or the name of a `topology`."""

    name: Name | None = None
    description: str = ""
    topology: Name | None = None
    route_factor: Positive | None = None
    min_span_km: Positive | None = None
    lengths_source: Name | None = None
    citation: str = ""
    licence: str = ""
    ends: tuple[Name, Name] | None = None
    nodes: list[Annotated[NodeRow, BeforeValidator(_as_table, json_schema_input_type=NodeRow | Name)]] = Field(
        default_factory=list
    )
    links: list[LinkRow] = Field(default_factory=list)

    @model_validator(mode="after")
    def _links_or_topology(self) -> Self:
        if bool(self.links) == (self.topology is not None):
            raise ValueError("must have either `links` or a `topology`")
        if self.topology is not None and (self.nodes or self.lengths_source is not None):
            raise ValueError("must leave `nodes` and `lengths_source` to its `topology`")
        return self


class HardwareTable(_Table):
    """The table [hardware]: names of presets, or data files (*.toml) beside the network file."""

    repeater: Name | None = None
    qkd: Name | None = None


class NetworkFile(_Table):
    """A whole network file."""

    schema_version: Literal["qnet.network/1"] = Field(alias="schema")
    network: NetworkTable
    hardware: HardwareTable = HardwareTable()
