"""`qnet networks`: what networks come with qnet, and what the nodes of one are called."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from qnet.cli.options import Parser

__all__ = ["run"]

_WIDTH = 100


def run(arguments: Sequence[str]) -> int:
    """List the shipped networks; of one that is named, its nodes."""
    parser = Parser("networks", "List the networks that come with qnet, or the nodes of one.")
    parser.add_argument("network", nargs="?", metavar="NETWORK", help="as for `qnet compare`; lists its nodes")
    name = parser.read(arguments).network
    print(_listing() if name is None else _nodes(name))
    return 0


def _listing() -> str:
    from qnet.experiment.text import table
    from qnet.network.shipped import network_names
    from qnet.network.topology import Network

    rows: list[tuple[str, str, str]] = []
    width = _WIDTH - max(map(len, network_names())) - len("  nodes  ")
    for name, description in network_names().items():
        first, *rest = textwrap.wrap(description, width)
        rows += [(name, str(len(Network.shipped(name).nodes)), first), *(("", "", line) for line in rest)]
    return table(("network", "nodes", "description"), rows)


def _nodes(name: str) -> str:
    from qnet.network.topology import Network

    network = Network.parse(name)
    nodes = textwrap.fill(", ".join(network.nodes), _WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    return f"{network}\n  nodes:\n{nodes}"
