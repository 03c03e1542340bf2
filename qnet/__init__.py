"""Entanglement-distribution networks with the physics written as Qiskit circuits.

A map of the package, from the outside in:

- `compare`: repeaters, trusted nodes and the bare fibre side by side on one route; the command line does the same.
- `Network`, `Route`: where the fibre lies. `Network.simulate` sets it in motion; `run` runs a protocol on it.
- `Pairs`, `Seconds`, `Stop`: when a run ends.
- `Link`, `Device`: a span and a node given by plain numbers, where a preset of `qnet.hardware` will not do.
- `Purification`: your own purification protocol, as a circuit.
- `Session`, `Pair`, `Outcome`, `Request`: what a protocol gets to see (the protocols are in `qnet_protocols`).
- `qnet.quantum`: circuits, noise, states, engines. `qnet.hardware`: components and cited presets.
- `qnet.keys`: from bits to keys. `qnet.bounds`: closed forms. `qnet.experiment`: counts, intervals, results.
- `QnetError` and its family: every error raised on purpose. `UnitWarning`: a number that looks like another unit's.
"""

from qnet.compare import compare
from qnet.errors import CircuitError, FileError, InvalidArgument, NoRoute, QnetError, UnitWarning, UnknownName
from qnet.link import Device, Link
from qnet.network.pair import Outcome, Pair
from qnet.network.requests import Request
from qnet.network.route import Route
from qnet.network.run import Pairs, Seconds, Stop, run
from qnet.network.session import Session
from qnet.network.simulation import Simulation
from qnet.network.station import Behaviour, NodeView
from qnet.network.topology import Edge, Network
from qnet.quantum.purification import Purification

__version__ = "0.1.0"

__all__ = [
    "Behaviour",
    "CircuitError",
    "Device",
    "Edge",
    "FileError",
    "InvalidArgument",
    "Link",
    "Network",
    "NoRoute",
    "NodeView",
    "Outcome",
    "Pair",
    "Pairs",
    "Purification",
    "QnetError",
    "Request",
    "Route",
    "Seconds",
    "Session",
    "Simulation",
    "Stop",
    "UnitWarning",
    "UnknownName",
    "compare",
    "run",
]
