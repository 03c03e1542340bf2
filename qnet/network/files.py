"""Read network files: TOML, or JSON with the same keys.

    schema = "qnet.network/1"

    [network]
    name = "my-ring"
    route_factor = 1.5                  # of straight lines; leave out for fibre lengths
    lengths_source = "straight lines between the town halls"
    ends = ["Delft", "Gouda"]           # where none are named
    links = [
        { ends = ["Delft", "Leiden"], length_km = 19.3 },
        { ends = ["Leiden", "Gouda"], length_km = 21.0 },
    ]

    [hardware]
    repeater = "trapped-ion"            # a preset, or a data file beside this one
    qkd = "my-qkd.toml"

`nodes` may list the nodes, by name or as `{ name = "Delft", lon = 4.36, lat = 52.01 }`. In place of `links`,
`topology` may hold what the command line takes: "surfnet", "topohub:topozoo/Abilene" or "chain:60,45,70".
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnet.errors import FileError, QnetError, UnknownName
from qnet.network.spans import Edge, fibre_spans
from qnet.network.topology import Network

if TYPE_CHECKING:
    from qnet.network.schema import NetworkFile, NetworkTable

__all__ = ["network_from", "parse", "read_network"]


def read_network(path: Path, *, route_factor: float | None = None, min_span_km: float | None = None) -> Network:
    """Read the network file at `path`; the keywords, where given, override what the file says.

    Raises:
        FileError: the file cannot be read, or breaks its schema, with one line for each thing that is wrong.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"Cannot read network file {str(path)!r}: {error.strerror}.") from error
    file = parse(content, str(path), is_json=path.suffix == ".json")
    try:
        network = network_from(file.network, path.stem, route_factor=route_factor, min_span_km=min_span_km)
    except QnetError as error:
        raise FileError(f"{path}: {error}") from error
    repeater, qkd = (_hardware(text, path.parent) for text in (file.hardware.repeater, file.hardware.qkd))
    return network.with_hardware(repeater, qkd)


def parse(content: bytes, origin: str, *, is_json: bool = False) -> NetworkFile:
    """Check the content of a network file against the schema; `origin` names it in errors."""
    from pydantic import ValidationError

    from qnet.network.schema import SCHEMA, NetworkFile

    try:
        text = content.decode()
        tree = json.loads(text) if is_json else tomllib.loads(text)
    except ValueError as error:  # of the decoder and of both parsers
        raise FileError(f"{origin}: not a {'JSON' if is_json else 'TOML'} file: {error}.") from error
    version = tree.get("schema") if isinstance(tree, dict) else None
    if version != SCHEMA:
        raise FileError(f"{origin}: `schema` must be {SCHEMA!r}, but is {version!r}.")
    try:
        # From JSON, because there a strict validation (no "3" for 3, no true for 1) still reads lists as tuples.
        return NetworkFile.model_validate_json(json.dumps(tree, default=str))
    except ValidationError as error:
        raise FileError("\n".join(f"{origin}: {_line(problem)}" for problem in error.errors())) from error


def network_from(
    table: NetworkTable, name: str, *, route_factor: float | None = None, min_span_km: float | None = None
) -> Network:
    """Make the network of a checked [network] table, called `name` unless the table names it."""
    from qnet.network.shipped import named_network

    route_factor = table.route_factor if route_factor is None else route_factor
    min_span_km = table.min_span_km if min_span_km is None else min_span_km
    if table.topology is not None:
        network = named_network(table.topology, route_factor=route_factor, min_span_km=min_span_km)
        return replace(
            network,
            name=table.name or network.name,
            citation=table.citation or network.citation,
            default_ends=table.ends or network.default_ends,
        )
    factor = 1.0 if route_factor is None else route_factor
    edges = (Edge(*link.ends, link.length_km) for link in table.links)
    spans, note = fibre_spans(edges, route_factor=factor, min_span_km=min_span_km)
    named_nodes = [node.name for node in table.nodes]
    return Network(
        name=table.name or name,
        nodes=tuple(named_nodes or dict.fromkeys(node for link in table.links for node in link.ends)),
        edges=spans,
        route_factor=factor,
        lengths_source=(table.lengths_source or f"lengths given in {name}") + note,
        citation=table.citation,
        default_ends=table.ends,
        positions={n.name: (n.lon, n.lat) for n in table.nodes if n.lon is not None and n.lat is not None},
    )


def _hardware(text: str | None, folder: Path) -> Path | str | None:
    return folder / text if text is not None and text.endswith(".toml") else text


def _line(problem: Any) -> str:
    """Say in one line what pydantic found wrong."""
    where = _path(problem["loc"])
    match problem["type"]:
        case "missing":
            return f"`{where}` is missing."
        case "extra_forbidden":
            *table, key = problem["loc"]
            return str(UnknownName.of(f"key of [{_path(table)}]" if table else "key", str(key), _known_keys(table)))
        case "value_error":
            return f"`{where}` {problem['ctx']['error']}."
        case _:
            return f"`{where}` {problem['msg'].replace('Input should', 'must')}, but is {problem['input']!r}."


def _path(loc: tuple[str | int, ...] | list[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")


def _known_keys(table: list[str | int]) -> Iterator[str]:
    from pydantic import BaseModel

    from qnet.network import schema

    models: dict[tuple[str, ...], type[BaseModel]] = {
        (): schema.NetworkFile,
        ("network",): schema.NetworkTable,
        ("network", "nodes"): schema.NodeRow,
        ("network", "links"): schema.LinkRow,
        ("hardware",): schema.HardwareTable,
    }
    fields = models[tuple(step for step in table if isinstance(step, str))].model_fields
    return (field.alias or name for name, field in fields.items())
