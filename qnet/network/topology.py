"""A network: named nodes, fibre spans with their lengths, and the hardware to put on them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnet.errors import InvalidArgument, NoRoute, UnknownName
from qnet.fields import Positive, check, check_fields
from qnet.link import Device
from qnet.network.route import Route
from qnet.network.spans import SHORT_ROUTE_FACTOR, Edge, check_edges, fibre_spans, kilometres, shortest_edges

if TYPE_CHECKING:
    import networkx as nx

    from qnet.network.simulation import Simulation

__all__ = ["Edge", "Network"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Hold a fibre network as a value; the constructors below are the usual ways to make one.

    Args:
        name: what to call it in results.
        nodes: the names of the nodes, all different.
        edges: the spans, at most one between two nodes; lengths are fibre kilometres, route factor included.
        route_factor: what straight lines were multiplied by to give the lengths; 1 where fibre was measured.
        lengths_source: one sentence saying where the lengths come from.
        citation: the publication the network is taken from; empty for one's own.
        default_ends: the two nodes to connect where none are named.
        repeater: repeater hardware, as a preset's name, a file, or a value; None is the default preset.
        qkd: hardware of the QKD systems, likewise.
        positions: longitude and latitude (degrees) of nodes, where known.

    >>> network = Network.chain([60, 45, 70])
    >>> print(network.route("n0", "n2"))
    n0 -60- n1 -45- n2: 105 km, 2 spans
    """

    name: str
    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    route_factor: Positive = 1.0
    lengths_source: str = "fibre lengths as given"
    citation: str = ""
    default_ends: tuple[str, str] | None = None
    repeater: object | None = None
    qkd: object | None = None
    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        if not math.isfinite(self.route_factor):
            raise InvalidArgument.of("route_factor", "be finite", self.route_factor)
        if not self.nodes or len(set(self.nodes)) < len(self.nodes):
            raise InvalidArgument.of("nodes", "name one or more different nodes", self.nodes)
        check_edges(self.edges, self.nodes)
        if isinstance(self.repeater, Device) and self.edges and all(edge.link is None for edge in self.edges):
            raise InvalidArgument.of("hardware", "be repeater hardware where no span has a link of its own", Device)
        object.__setattr__(self, "positions", dict(self.positions))
        for node in (*(self.default_ends or ()), *self.positions):
            self._known(node)

    @classmethod
    def chain(
        cls,
        lengths_km: Iterable[float],
        *,
        hardware: object | None = None,
        qkd_hardware: object | None = None,
        link: object | Sequence[object] | None = None,
        names: Sequence[str] | None = None,
        route_factor: float = 1.0,
        min_span_km: float | None = None,
    ) -> Network:
        """Make a chain of spans of the given fibre lengths (km).

        Args:
            lengths_km: one length per span.
            hardware: repeater hardware (name, file or value).
            qkd_hardware: hardware of the QKD systems (name, file or value).
            link: hardware of the spans themselves: one for all, or a sequence with one per span.
            names: names of the nodes; by default n0, n1, ...
            route_factor: fibre length over the lengths given.
            min_span_km: raise shorter spans to this length (km).
        """
        lengths = list(lengths_km)
        if not lengths:
            raise InvalidArgument.of("lengths_km", "hold one length or more", lengths)
        nodes = tuple(names) if names is not None else tuple(f"n{i}" for i in range(len(lengths) + 1))
        links = list(link) if isinstance(link, Sequence) and not isinstance(link, str) else [link] * len(lengths)
        if len(nodes) != len(lengths) + 1:
            raise InvalidArgument.of("names", f"hold {len(lengths) + 1} names", names)
        if len(links) != len(lengths):
            raise InvalidArgument.of("link", f"hold {len(lengths)} links", link)
        edges = [Edge(*span) for span in zip(nodes, nodes[1:], lengths, links, strict=False)]
        spans, note = fibre_spans(edges, route_factor=route_factor, min_span_km=min_span_km)
        return cls(
            name="chain",
            nodes=nodes,
            edges=spans,
            route_factor=route_factor,
            lengths_source=f"fibre lengths as given{note}",
            default_ends=(nodes[0], nodes[-1]),
            repeater=hardware,
            qkd=qkd_hardware,
        )

    @classmethod
    def from_graph(
        cls,
        graph: nx.Graph,
        *,
        length: str = "length_km",
        link: object | None = None,
        route_factor: float = 1.0,
        min_span_km: float | None = None,
        hardware: object | None = None,
        qkd_hardware: object | None = None,
        name: str = "graph",
        lengths_source: str = "edge lengths as given",
        citation: str = "",
        default_ends: tuple[str, str] | None = None,
    ) -> Network:
        """Make a network of a networkx graph.

        Of parallel edges the shortest counts, and loops are left out: no route of least length uses the others.

        Args:
            graph: its node keys become names (`str`); a node attribute `pos` is kept as (longitude, latitude), an
                edge attribute `link` as hardware of that span.
            length: the edge attribute that holds the length (km), to be multiplied by `route_factor`.
            link: hardware of all spans that have none of their own.
            route_factor: fibre length over the length given.
            min_span_km: raise shorter spans to this length (km, after the factor).
            hardware: repeater hardware (name, file or value).
            qkd_hardware: hardware of the QKD systems (name, file or value).
            name: what to call it in results.
            lengths_source: where the lengths come from; the factor is added to the sentence.
            citation: publication the network is taken from.
            default_ends: the two nodes to connect where none are named.
        """
        edges = [replace(edge, link=link) if edge.link is None else edge for edge in shortest_edges(graph, length)]
        spans, note = fibre_spans(edges, route_factor=route_factor, min_span_km=min_span_km)
        return cls(
            name=name,
            nodes=tuple(str(node) for node in graph.nodes),
            edges=spans,
            route_factor=route_factor,
            lengths_source=lengths_source + note,
            citation=citation,
            default_ends=default_ends,
            repeater=hardware,
            qkd=qkd_hardware,
            positions={str(node): tuple(pos) for node, pos in graph.nodes(data="pos") if pos is not None},
        )

    @classmethod
    def from_file(
        cls, path: str | Path, *, route_factor: float | None = None, min_span_km: float | None = None
    ) -> Network:
        """Read a network file (TOML or JSON, schema qnet.network/1); `route_factor` overrides that of the file.

        Raises:
            FileError: the file cannot be read or breaks the schema; the message lists every fault with its place.
        """
        from qnet.network.files import read_network

        return read_network(Path(path), route_factor=route_factor, min_span_km=min_span_km)

    @classmethod
    def shipped(cls, name: str, *, route_factor: float | None = None, min_span_km: float | None = None) -> Network:
        """Load a network that comes with qnet; `qnet.network.shipped.network_names` lists them.

        >>> print(Network.shipped("surfnet").route())
        Delft -18.95- Rotterdam -27.45- Dordrecht -38.74- Breda -33.11- Tilburg -44.47- Eindhoven: 162.7 km, 5 spans
        """
        from qnet.network.shipped import load_shipped

        return load_shipped(name, route_factor=route_factor, min_span_km=min_span_km)

    @classmethod
    def from_topohub(
        cls,
        name: str,
        *,
        route_factor: float = SHORT_ROUTE_FACTOR,
        min_span_km: float | None = None,
        hardware: object | None = None,
        qkd_hardware: object | None = None,
    ) -> Network:
        """Load a topology such as "topozoo/Abilene" from the package topohub (extra `topo`).

        Its lengths are straight lines between coordinates; `route_factor` (default 1.5: ITU-T G.826, short routes)
        makes fibre lengths of them. About 8 % of its links have length zero, which is refused unless `min_span_km`
        floors it.
        """
        from qnet.network.shipped import load_topohub

        network = load_topohub(name, route_factor=route_factor, min_span_km=min_span_km)
        return network.with_hardware(hardware, qkd_hardware)

    @classmethod
    def parse(cls, text: str, *, route_factor: float | None = None, min_span_km: float | None = None) -> Network:
        """Make the network that a line of text names.

        A file, a shipped name, "topohub:group/Name", "chain:60,45", or a shape: "ring:6,20", "star:5,20",
        "grid:7x7,20", "waxman:30,200,SEED", "gabriel:30,200,SEED" (see `qnet.network.shapes`).

        >>> Network.parse("chain:60,45,70").default_ends
        ('n0', 'n3')
        """
        from qnet.network.shipped import parse_network

        return parse_network(text, route_factor=route_factor, min_span_km=min_span_km)

    def route(self, source: str | None = None, target: str | None = None, *, max_span_km: float | None = None) -> Route:
        """Find the route of least total length (Dijkstra, by networkx); without names, between the default ends.

        With `max_span_km` stations are inserted so that no span is longer (see `Route.with_max_span`).

        Raises:
            UnknownName: a node is not of this network; the message gives the nearest name.
            NoRoute: no path joins the two.
            InvalidArgument: both ends are one node, or none are named and the network has no default ends.
        """
        return self.routes(source, target, max_span_km=max_span_km)[0]

    def routes(
        self,
        source: str | None = None,
        target: str | None = None,
        count: int = 1,
        *,
        without: Collection[Collection[str]] = (),
        max_span_km: float | None = None,
    ) -> list[Route]:
        """Find up to `count` routes, the shortest first (Yen's algorithm, by networkx); see `route`.

        `without` names spans, as pairs of nodes, that may not be used.

        >>> [str(route) for route in Network.parse("ring:3,20").routes("n0", "n1", 5)]
        ['n0 -20- n1: 20 km, 1 span', 'n0 -20- n2 -20- n1: 40 km, 2 spans']
        """
        import networkx as nx

        first, last = self._two_ends(source, target)
        graph = self.graph()
        graph.remove_edges_from([tuple(span) for span in without])
        try:
            if count == 1:
                found = [nx.shortest_path(graph, first, last, weight="length_km")]
            else:
                found = list(itertools.islice(nx.shortest_simple_paths(graph, first, last, weight="length_km"), count))
        except nx.NetworkXNoPath:
            raise NoRoute(f"No route joins {first!r} and {last!r} in network {self.name!r}.") from None
        routes = [self._route(nodes, graph) for nodes in found]
        return routes if max_span_km is None else [route.with_max_span(max_span_km) for route in routes]

    def graph(self) -> nx.Graph:
        """Give a new networkx graph, with `length_km` and `link` on the edges and `pos` on nodes that have one."""
        import networkx as nx  # takes as long to import as all the rest

        graph = nx.Graph(name=self.name)
        graph.add_nodes_from(
            (node, {"pos": self.positions[node]} if node in self.positions else {}) for node in self.nodes
        )
        graph.add_edges_from((e.source, e.target, {"length_km": e.length_km, "link": e.link}) for e in self.edges)
        return graph

    def with_hardware(self, repeater: object | None = None, qkd: object | None = None) -> Network:
        """Copy the network with other hardware; None keeps what it has."""
        return replace(
            self,
            repeater=self.repeater if repeater is None else repeater,
            qkd=self.qkd if qkd is None else qkd,
        )

    def with_route_factor(self, route_factor: float) -> Network:
        """Copy the network with all lengths rescaled to another route factor."""
        check("route_factor", route_factor, Positive)
        ratio = route_factor / self.route_factor
        return replace(
            self,
            route_factor=route_factor,
            edges=tuple(replace(edge, length_km=edge.length_km * ratio) for edge in self.edges),
            lengths_source=f"{self.lengths_source}; rescaled to route factor {route_factor:g}",
        )

    def simulate(self, **options: Any) -> Simulation:
        """Make a simulation of this network; `options` are those of `qnet.network.simulation.Simulation`."""
        from qnet.network.simulation import Simulation

        return Simulation(self, **options)

    def __str__(self) -> str:
        total_km = math.fsum(edge.length_km for edge in self.edges)
        lines = [
            f"Network {self.name}: {len(self.nodes)} nodes, {len(self.edges)} spans, {kilometres(total_km)} km of fibre"
        ]
        ends = " - ".join(self.default_ends) if self.default_ends else None
        facts = {"lengths": self.lengths_source, "ends": ends, "repeater": self.repeater, "qkd": self.qkd}
        lines += [f"  {word}: {fact}" for word, fact in {**facts, "source": self.citation}.items() if fact]
        return "\n".join(lines)

    def _two_ends(self, source: str | None, target: str | None) -> tuple[str, str]:
        if self.default_ends is None and (source is None or target is None):
            raise InvalidArgument.of("source, target", f"be named, since {self.name} has no default ends", None)
        default_source, default_target = self.default_ends or ("", "")
        first = self._known(default_source if source is None else source)
        last = self._known(default_target if target is None else target)
        if first == last:
            raise InvalidArgument.of("target", "differ from the source", last)
        return first, last

    def _route(self, nodes: Sequence[str], graph: nx.Graph) -> Route:
        spans = [graph.edges[pair] for pair in itertools.pairwise(nodes)]
        return Route(
            nodes=tuple(nodes),
            lengths_km=tuple(span["length_km"] for span in spans),
            links=tuple(span["link"] for span in spans),
            route_factor=self.route_factor,
            lengths_source=self.lengths_source,
        )

    def _known(self, node: str) -> str:
        if node not in self.nodes:
            raise UnknownName.of("node", node, self.nodes)
        return node
