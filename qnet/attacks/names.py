"""Attacks by name, as text gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from qnet.attacks.attack import Attack
from qnet.attacks.messages import MessageForgery
from qnet.attacks.nodes import CompromisedNode, DishonestRepeater
from qnet.attacks.pulses import PhotonNumberSplitting
from qnet.attacks.taps import EntanglingProbe, InterceptResend
from qnet.errors import InvalidArgument, UnknownName

__all__ = ["ATTACKS", "checked_attack", "parse"]

ATTACKS: Mapping[str, type[Any]] = {
    "intercept-resend": InterceptResend,
    "entangling-probe": EntanglingProbe,
    "photon-number-splitting": PhotonNumberSplitting,
    "dishonest-repeater": DishonestRepeater,
    "compromised-node": CompromisedNode,
    "message-forgery": MessageForgery,
}
"""Every attack by its name."""


def parse(text: str) -> Attack:
    """Read an attack: its name, and its parameters after a colon; links as "a~b", several joined by "+".

    Raises:
        UnknownName: there is no such attack, or it has no such parameter.
        InvalidArgument: a value is out of range, or one is missing.

    >>> parse("intercept-resend:fraction=0.25")
    InterceptResend(fraction=0.25, angle_deg=None, links=None)
    >>> parse("intercept:fraction=0.25")
    Traceback (most recent call last):
        ...
    qnet.errors.UnknownName: Unknown attack 'intercept'; the nearest is 'intercept-resend'.
    """
    name, _, rest = text.partition(":")
    if name not in ATTACKS:
        raise UnknownName.of("attack", name, ATTACKS)
    kind = ATTACKS[name]
    known = {field.name: field for field in fields(kind)}
    values: dict[str, Any] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if key not in known:
            raise UnknownName.of(f"parameter of {name}", key, known)
        if not equals or not value or key in values:
            raise InvalidArgument.of(key, f"be given once as {key}=VALUE", part)
        values[key] = _read(known[key].type, key, value)
    if "node" in known and "node" not in values:
        raise InvalidArgument.of("node", f"be given: {name}:node=NAME", text)
    attack: Attack = kind(**values)
    return attack


def checked_attack(attack: Attack | str) -> Attack:
    """Give an attack back, or read it from its text.

    Raises:
        InvalidArgument: it is no attack.

    >>> checked_attack("intercept-resend:fraction=0.1") == InterceptResend(fraction=0.1)
    True
    """
    if isinstance(attack, str):
        return parse(attack)
    if isinstance(attack, type) or not all(callable(getattr(attack, does, None)) for does in ("options", "report")):
        rule = 'be an attack, such as InterceptResend(fraction=0.1) or "intercept-resend:fraction=0.1"'
        raise InvalidArgument.of("attack", rule, attack)
    return attack


def _read(kind: Any, key: str, value: str) -> Any:
    """Turn text into what a field of this annotation holds."""
    if kind == "Links":
        links = [tuple(link.split("~")) for link in value.split("+")]
        if any(len(ends) != 2 for ends in links):
            raise InvalidArgument.of(key, "name links as a~b, joined by +", value)
        return tuple(links)
    if kind == "str" or kind.startswith("Literal"):
        return value
    try:
        return int(value) if "int" in kind else float(value)
    except ValueError:
        raise InvalidArgument.of(key, "be a number", value) from None
