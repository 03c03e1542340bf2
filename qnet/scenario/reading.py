"""Read scenario files: TOML, checked as a whole, with a line for each thing that is wrong."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from qnet.errors import FileError, QnetError, UnknownName
from qnet.network.files import network_from, read_network
from qnet.network.shipped import topohub_demand
from qnet.network.topology import Network

if TYPE_CHECKING:
    from pydantic import BaseModel

    from qnet.scenario.checks import Context
    from qnet.scenario.schema import ScenarioFile, ScenarioNetwork

__all__ = ["models_in", "read"]


def read(path: Path) -> tuple[ScenarioFile, Context]:
    """Read and check the scenario file at `path`; give its tables, and the network they are about.

    Raises:
        FileError: the file cannot be read or breaks its schema; the message lists every fault with its path.
    """
    from pydantic import ValidationError

    from qnet.scenario.schema import SCHEMA, ScenarioFile

    tree = _tree(path)
    if tree.get("schema") != SCHEMA:
        raise FileError(f"{path}: `schema` must be {SCHEMA!r}, but is {tree.get('schema')!r}.")
    if isinstance(tree.get("network"), str):
        tree["network"] = {"topology": tree["network"]}
    context = _context(tree.get("network"), path)
    try:
        # From JSON, because there a strict validation (no "3" for 3, no true for 1) still reads lists as tuples.
        return ScenarioFile.model_validate_json(json.dumps(tree, default=str), context=context), context
    except ValidationError as error:
        raise FileError("\n".join(f"{path}: {_line(problem)}" for problem in error.errors())) from error


def _tree(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise FileError(f"Cannot read scenario file {str(path)!r}: {error.strerror}.") from error
    except ValueError as error:  # of the decoder and of the parser
        raise FileError(f"{path}: not a TOML file: {error}.") from error


def _context(table: Any, path: Path) -> Context:
    """Make the network first, for all else refers to its nodes; what its table has wrong is told with the rest."""
    from pydantic import ValidationError

    from qnet.scenario.checks import Context
    from qnet.scenario.schema import ScenarioNetwork

    try:
        checked = ScenarioNetwork.model_validate_json(json.dumps(table, default=str))
        network, demand = _network(checked, path), topohub_demand(checked.topology or "")
    except ValidationError:
        return Context(folder=path.parent)
    except QnetError as error:
        return Context(folder=path.parent, fault=str(error))
    return Context(folder=path.parent, network=network, demand=demand)


def _network(table: ScenarioNetwork, path: Path) -> Network:
    if table.topology is not None and table.topology.endswith((".toml", ".json")):
        file = path.parent / table.topology
        return read_network(file, route_factor=table.route_factor, min_span_km=table.min_span_km)
    return network_from(table, path.stem)


def _line(problem: Any) -> str:
    """Say in one line what pydantic, or a rule of ours, found wrong."""
    where = _path(problem["loc"])
    match problem["type"]:
        case "missing":
            return f"`{where}` is missing."
        case "extra_forbidden":
            *table, key = problem["loc"]
            return str(UnknownName.of(f"key of [{_path(table)}]" if table else "key", str(key), _known_keys(table)))
        case "value_error":
            return _said(where, str(problem["ctx"]["error"]))
        case _:
            return f"`{where}` {problem['msg'].replace('Input should', 'must')}, but is {problem['input']!r}."


def _said(where: str, words: str) -> str:
    """Put the path in front of what a rule said; in that of an argument, its name is the end of the path."""
    if not where:  # a rule about several tables names the one to mend
        where, words = words.split(": ", 1)
    argument = re.match(r"Argument `(\w+)` (.*)", words, re.DOTALL)
    if argument:
        return f"`{where}.{argument[1]}` {argument[2]}"
    return f"`{where}` {words}." if words.startswith("must") else f"`{where}`: {words}"


def _path(loc: Sequence[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")


def _known_keys(table: Sequence[str | int]) -> Iterator[str]:
    """Give the keys of the table at a path, by the fields of its model."""
    from qnet.scenario.schema import ScenarioFile

    model: type[BaseModel] = ScenarioFile
    for step in table:
        if isinstance(step, str):
            model = next(models_in(model.model_fields[step].annotation))
    return (field.alias or name for name, field in model.model_fields.items())


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """Find the model in an annotation such as ``list[RequestRow]`` or ``LinkTable | None``."""
    from pydantic import BaseModel

    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from models_in(part)
