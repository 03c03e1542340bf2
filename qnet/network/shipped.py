"""Networks by name: those that come with qnet, those of the package topohub, and chains written as text."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnet.errors import InvalidArgument, UnknownName
from qnet.network.files import network_from, parse, read_network
from qnet.network.shapes import SHAPES, named_shape
from qnet.network.spans import SHORT_ROUTE_FACTOR
from qnet.network.topology import Network

if TYPE_CHECKING:
    from qnet.network.schema import NetworkTable

__all__ = ["load_shipped", "load_topohub", "named_network", "network_names", "parse_network", "topohub_demand"]

_CHAIN, _TOPOHUB = "chain:", "topohub:"
_SHAPES = tuple(f"{name}:" for name in SHAPES)
_TOPOLOGY_ZOO = (
    "S. Knight, H. X. Nguyen, N. Falkner, R. Bowden, M. Roughan, The Internet Topology Zoo, IEEE J. Sel. Areas "
    "Commun. 29, 1765 (2011); by way of topohub (MIT licence)"
)


def network_names() -> Mapping[str, str]:
    """Give the shipped networks, each name with one line that describes it.

    >>> "surfnet" in network_names()
    True
    """
    return {name: table.description for name, table in _tables().items()}


def load_shipped(name: str, *, route_factor: float | None = None, min_span_km: float | None = None) -> Network:
    """Load the shipped network `name`; see `Network.shipped`."""
    if name not in _tables():
        raise UnknownName.of("network", name, _tables())
    return network_from(_tables()[name], name, route_factor=route_factor, min_span_km=min_span_km)


def load_topohub(name: str, *, route_factor: float | None = None, min_span_km: float | None = None) -> Network:
    """Load the topology `name` ("group/Name") of the package topohub; see `Network.from_topohub`."""
    import networkx as nx

    tree = _topohub(name)
    graph = nx.MultiGraph()
    names = _distinct_names(tree["nodes"])
    graph.add_nodes_from((names[node["id"]], {"pos": node["pos"]}) for node in tree["nodes"])
    graph.add_edges_from((names[e["source"]], names[e["target"]], {"dist": e["dist"]}) for e in tree["edges"])
    zoo = name.startswith("topozoo/")
    return Network.from_graph(
        graph,
        length="dist",
        route_factor=SHORT_ROUTE_FACTOR if route_factor is None else route_factor,
        min_span_km=min_span_km,
        name=f"{_TOPOHUB}{name}",
        lengths_source=f"straight lines between {'Internet Topology Zoo' if zoo else 'topohub'} coordinates",
        citation=_TOPOLOGY_ZOO if zoo else "topohub (MIT licence), which names the source of each group",
    )


def topohub_demand(text: str) -> dict[tuple[str, str], float]:
    """Give the demand matrix that comes with the topology "topohub:group/Name", by (source, target).

    Empty where none comes with it, as with all other networks. Those of SNDlib (Orlowski et al., Networks 55, 276,
    2010) have one; its unit differs from topology to topology, so that only ratios mean anything.
    """
    if not text.startswith(_TOPOHUB):
        return {}
    tree = _topohub(text.removeprefix(_TOPOHUB))
    names = _distinct_names(tree["nodes"])
    rows = dict(tree["graph"].get("demands") or {})
    return {(names[a], names[b]): weight for a, row in rows.items() for b, weight in row.items() if weight > 0}


def named_network(text: str, *, route_factor: float | None = None, min_span_km: float | None = None) -> Network:
    """Make the network of a shipped name, of "topohub:group/Name", of "chain:60,45,70" (km) or of a shape."""
    if text.startswith(_CHAIN):
        factor = 1.0 if route_factor is None else route_factor
        return Network.chain(_lengths_km(text), route_factor=factor, min_span_km=min_span_km)
    if text.startswith(_TOPOHUB):
        return load_topohub(text.removeprefix(_TOPOHUB), route_factor=route_factor, min_span_km=min_span_km)
    if text.startswith(_SHAPES):
        factor = 1.0 if route_factor is None else route_factor
        return Network.from_graph(named_shape(text), route_factor=factor, min_span_km=min_span_km, name=text)
    return load_shipped(text, route_factor=route_factor, min_span_km=min_span_km)


def parse_network(text: str, *, route_factor: float | None = None, min_span_km: float | None = None) -> Network:
    """Make the network that `text` names; see `Network.parse`. A shipped name wins over a file of that name."""
    path = Path(text)
    looks_like_file = path.suffix in (".toml", ".json") or path.is_file()
    if looks_like_file and text not in _tables() and not text.startswith((_CHAIN, _TOPOHUB, *_SHAPES)):
        return read_network(path, route_factor=route_factor, min_span_km=min_span_km)
    return named_network(text, route_factor=route_factor, min_span_km=min_span_km)


@cache
def _tables() -> dict[str, NetworkTable]:
    contents = {file.name: file.read_bytes() for file in (resources.files("qnet.network") / "data").iterdir()}
    networks = {file.removesuffix(".json"): contents[file] for file in contents if file.endswith(".json")}
    return {name: parse(content, name, is_json=True).network for name, content in sorted(networks.items())}


def _lengths_km(text: str) -> list[float]:
    try:
        return [float(length) for length in text.removeprefix(_CHAIN).split(",")]
    except ValueError:
        raise InvalidArgument.of("network", "list span lengths in km, as in chain:60,45,70", text) from None


def _topohub(name: str) -> dict[str, Any]:
    try:
        import topohub
    except ModuleNotFoundError as error:
        message = f"Network '{_TOPOHUB}{name}' needs the package topohub: pip install 'qnet-sim[topo]'."
        raise UnknownName(message) from error
    with warnings.catch_warnings():
        # topohub leaves the file it reads to the garbage collector to close.
        warnings.filterwarnings("ignore", category=ResourceWarning, message="unclosed file")
        try:
            return dict(topohub.get(name))
        except KeyError:
            raise UnknownName.of("topohub topology", name, _topohub_names(name)) from None


def _topohub_names(name: str) -> Iterator[str]:
    """Give the names of the topologies in the group that `name` starts with, or else in every group."""
    data = Path(str(resources.files("topohub") / "data"))
    group = data / name.split("/")[0]
    folder = group if group.is_dir() else data
    return (file.relative_to(data).with_suffix("").as_posix() for file in folder.rglob("*.json"))


def _distinct_names(nodes: list[dict[str, Any]]) -> dict[int, str]:
    """Name the nodes by id; one without a name by its number, the second "MI" as "MI (2)"."""
    names: dict[int, str] = {}
    for node in nodes:
        name = str(node.get("name") or f"node {node['id']}")
        count = sum(1 for known in names.values() if known == name or known.startswith(f"{name} ("))
        names[node["id"]] = f"{name} ({count + 1})" if count else name
    return names
