"""Attacks, as values: what an eavesdropper does, how it shows, and what she knows.

Each has `options(route)`, the keywords that plug it into a simulation, and `report(facts)`, which says whether it was
noticed and what it told her; protocols take one as ``make_key(..., attack=...)``.

- `InterceptResend`, `EntanglingProbe`: circuits on the qubits of a link.
- `PhotonNumberSplitting`: on laser pulses.
- `DishonestRepeater`, `CompromisedNode`: nodes that are not what they seem.
- `MessageForgery`: on the public discussion.
- `parse`: any of them from text; `checked_attack`: a value, or its text, as `make_key` takes it; `ATTACKS`: by name.
- `Attack`: what they have in common; `Facts`: what a report needs.
- `Knowledge`: what a record tells about a bit; `along` a route of links (`link_branches`); `holevo_bits` bounds it.
"""

from qnet.attacks.attack import Attack, Facts
from qnet.attacks.knowledge import Knowledge, along, holevo_bits, link_branches
from qnet.attacks.messages import MessageForgery
from qnet.attacks.names import ATTACKS, checked_attack, parse
from qnet.attacks.nodes import CompromisedNode, DishonestRepeater
from qnet.attacks.pulses import PhotonNumberSplitting
from qnet.attacks.taps import EntanglingProbe, InterceptResend

__all__ = [
    "ATTACKS",
    "Attack",
    "CompromisedNode",
    "DishonestRepeater",
    "EntanglingProbe",
    "Facts",
    "InterceptResend",
    "Knowledge",
    "MessageForgery",
    "PhotonNumberSplitting",
    "along",
    "checked_attack",
    "holevo_bits",
    "link_branches",
    "parse",
]
