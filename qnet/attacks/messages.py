"""Attacks on the classical channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from annotated_types import Ge

from qnet.attacks.attack import Facts, given
from qnet.experiment.key_run import AttackReport
from qnet.fields import check_fields
from qnet.network.route import Route

__all__ = ["MessageForgery"]


@dataclass(frozen=True, kw_only=True)
class MessageForgery:
    """Alter one message of the public discussion on its way, by a bit. Its tag gives that away.

    Args:
        message: which one, counted from 1 in the order in which they are sent.

    >>> forge = MessageForgery(message=2).options(None)["forger"]
    >>> forge(b"bases"), forge(b"bases"), forge(b"bases")
    (b'bases', b'\\xe2ases', b'bases')
    """

    message: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def name(self) -> str:
        """As on the command line."""
        return "message-forgery"

    @property
    def parameters(self) -> dict[str, Any]:
        """Its numbers."""
        return given(message=self.message)

    def options(self, route: Route) -> dict[str, Any]:
        """Give the keywords that plug it into a run: a fresh `forger`."""
        return {"forger": self._forger()}

    def report(self, facts: Facts) -> AttackReport:
        """Say what came of it."""
        caught = "forged" in (facts.run.reason or "")
        explanation = (
            f"Eve alters message {self.message}, and its tag does not fit any more."
            if caught
            else f"There was no message {self.message} to alter."
        )
        honest = facts.report(self, explanation, eve_bits=0.0, applies=caught)
        confidence = 1.0 if caught else None
        # honest messages never fail: their tags fit with certainty
        return replace(honest, noticed=caught, confidence=confidence, after_bits=None, after_s=None)

    def _forger(self) -> Callable[[bytes], bytes]:
        sent = 0

        def forge(message: bytes) -> bytes:
            nonlocal sent
            sent += 1
            if sent != self.message:
                return message
            return bytes([message[0] ^ 0x80]) + message[1:] if message else b"\x80"

        return forge
