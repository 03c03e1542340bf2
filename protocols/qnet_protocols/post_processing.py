"""What all protocols that make a key share: the public discussion that turns the bits of two ends into one key.

Four exchanges, in each of which both ends speak once: what they did in each round; the bits they compare; the parities
of reconciliation; the seeds and the verdict. Every message is one transcript with one tag, and takes the fibre's time;
the round trips of Cascade take theirs before its transcripts are sent. A message that was altered on the way ends the
session. The leak that is charged is what the proof at hand charges (`Declared.counted`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qnet import InvalidArgument, Network, Route, Session, Stop
from qnet import run as run_protocol
from qnet.experiment import KeyRun, RouteRecord
from qnet.keys import (
    DecoySession,
    Distilled,
    EpsilonBudget,
    ForgedMessage,
    SinglePhotonSession,
    binary_entropy,
    distil,
)
from qnet_protocols.conversation import Conversation, Forger, SpokenCascade, packed

__all__ = ["Declared", "Forger", "KeyMaterial", "Rounds", "key_from", "make_run", "route_record"]

Bits = NDArray[np.uint8]
_FORGED = "a message was forged"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What was fixed before the rounds that make the key: how long it is, and what may be said about it.

    Args:
        key_length: bits of the key, unless the session aborts.
        leak_limit: bits that reconciliation may disclose.
        expected_error: the share of key bits expected to differ, by which Cascade chooses its blocks.
        epsilon: what may go wrong, with which probability.
        counted: whose parities the proof charges. All of ours bound the phase error by what was tested and grant the
            eavesdropper the positions of the errors, so that those of Alice are all (Tupkary and Lutkenhaus,
            Phys. Rev. Appl. 20, 064040 (2023), arXiv:2307.00576).
    """

    key_length: int
    leak_limit: float
    expected_error: float
    epsilon: EpsilonBudget
    counted: Literal["alice", "both"] = "alice"

    @classmethod
    def of(cls, session: SinglePhotonSession | DecoySession, expected_error: float) -> Declared:
        """Take the length and the limits of a session with a finite-key proof."""
        return cls(
            key_length=session.key_length or 0,
            leak_limit=session.leak_limit,
            expected_error=expected_error,
            epsilon=session.epsilon,
        )

    @classmethod
    def asymptotic(
        cls, key_bits: int, *, fraction: float, error: float, efficiency: float, epsilon: EpsilonBudget
    ) -> Declared:
        """Take the length that the formula for endless runs allows: `fraction` of the key bits."""
        limit = efficiency * key_bits * binary_entropy(min(error, 0.5))
        length = int(max(0.0, fraction) * key_bits)
        return cls(key_length=length, leak_limit=limit, expected_error=error, epsilon=epsilon)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rounds:
    """What two ends know after their rounds, the source's first; with the bases known, bits are in order."""

    announced: tuple[bytes, bytes]
    """What each says of its rounds in public: bases, settings, intensities."""
    tested: tuple[Bits, Bits]
    """Bits that are compared in public."""
    kept: tuple[Bits, Bits]
    """Bits that the key is made of."""

    @property
    def size_bytes(self) -> int:
        """How long a message about these rounds may be, generously."""
        return max(map(len, self.announced)) + self.tested[0].size + 8 * self.kept[0].size


@dataclass(frozen=True, kw_only=True, eq=False)
class KeyMaterial:
    """What the discussion came to: two keys, empty if it was aborted."""

    alice: Bits
    bob: Bits
    leaked_bits: int = 0
    authentication_bits: int = 0
    corrected: int = 0
    tested_s: float | None = None
    """When both ends had compared the bits that are compared, s of simulated time; None if it did not come to that."""
    reason: str | None = None
    """Why there is no key; None where there is."""
    sessions: int = 1
    """How many sessions it is of, those without a key included."""
    aborted_sessions: int = 0
    """How many of them made no key."""

    @property
    def forged(self) -> bool:
        """Whether a message was altered on the way."""
        return (self.reason or "").startswith(_FORGED)

    @classmethod
    def joined(cls, parts: Sequence[KeyMaterial]) -> KeyMaterial:
        """Join the keys of sessions that followed one another.

        What was said in public counts for the sessions that made a key, what was spent on authentication for all. A
        message that was forged in any of them leaves no key.
        """
        made, (first, *_) = [part for part in parts if part.reason is None], parts
        failed = next((part for part in parts if part.forged), None if made else first)
        counted = made if failed is None else parts
        keys = [np.concatenate([getattr(part, end) for part in made or parts]) for end in ("alice", "bob")]
        return cls(
            alice=keys[0] if failed is None else keys[0][:0],
            bob=keys[1] if failed is None else keys[1][:0],
            leaked_bits=sum(part.leaked_bits for part in counted),
            authentication_bits=sum(part.authentication_bits for part in parts),
            corrected=sum(part.corrected for part in counted),
            tested_s=first.tested_s,
            reason=None if failed is None else failed.reason,
            sessions=len(parts),
            aborted_sessions=len(parts) - len(made),
        )

    @classmethod
    def none(cls, reason: str) -> KeyMaterial:
        """Give no key, for a reason that came before all talk."""
        return cls(alice=np.zeros(0, np.uint8), bob=np.zeros(0, np.uint8), reason=reason)


def key_from(
    session: Session,
    rounds: Rounds,
    declared: Declared,
    *,
    reason: str | None = None,
    judge: Callable[[Bits], str | None] | None = None,
    forger: Forger | None = None,
) -> Generator[Any, Any, KeyMaterial]:
    """Hold the public discussion, and give the key.

    Args:
        session: whose ends speak, over the fibre of its route.
        rounds: what they know.
        declared: what was fixed before.
        reason: why the compared bits forbid a key; the discussion then ends with them.
        judge: is given which of Bob's key bits were wrong (1), once reconciliation has shown them, and says why there
            is no key then, or None.
        forger: alters messages on the way.
    """
    talk = Conversation(session, declared.epsilon.authentication, rounds.size_bytes, forger)
    distilled: Distilled | None = None
    tested_s: float | None = None
    try:
        yield from talk.exchange(*rounds.announced)
        yield from talk.exchange(*map(packed, rounds.tested))
        tested_s = session.now
        if reason is None:
            code = SpokenCascade()
            distilled = distil(
                *rounds.kept,
                length=declared.key_length,
                leak_limit=declared.leak_limit,
                expected_error=declared.expected_error,
                epsilon=declared.epsilon,
                stream=session.chance,
                reconciler=code,
                counted=declared.counted,
            )
            yield session.wait(2.0 * talk.flight_s * distilled.rounds)
            yield from talk.exchange(bytes(code.answers), bytes(code.questions))
            reason = distilled.reason or (judge(code.wrong) if judge is not None else None)
            yield from talk.exchange(packed(distilled.announced), (reason or "equal").encode())
    except ForgedMessage as error:
        reason = f"{_FORGED}: {error}"
    nothing = np.zeros(0, np.uint8)
    kept = distilled is not None and reason is None
    return KeyMaterial(
        alice=distilled.alice if distilled is not None and kept else nothing,
        bob=distilled.bob if distilled is not None and kept else nothing,
        leaked_bits=0 if distilled is None else distilled.leaked_bits,
        authentication_bits=talk.spent_bits,
        corrected=0 if distilled is None else distilled.corrected,
        tested_s=tested_s,
        reason=reason,
    )


def make_run(
    network: Network,
    protocol: Callable[..., Generator[Any, Any, None]],
    route: Route,
    *,
    stop: Stop,
    seed: int = 0,
    attack: Any = None,
    progress: Callable[[float], None] | None = None,
    facts: Callable[[Session], Mapping[str, Any]] | None = None,
    **options: Any,
) -> KeyRun:
    """Run a protocol that makes a key, under an attack if there is one, and complete its result.

    `protocol` finishes with a `KeyRun`, and takes `forger`; `options` go to the simulation. A report on an attack
    is made of the run and of `facts`, keywords of `qnet.attacks.Facts`; by default the links of the route. What ends
    the simulation ends the discussion too, so a protocol that may be cut short there finishes with a result beforehand.
    """
    if attack is not None:
        from qnet.attacks import Facts, checked_attack

        attack = checked_attack(attack)
    more = {} if attack is None else dict(attack.options(route))
    forger = more.pop("forger", None)
    bound = partial(protocol, forger=forger)
    (session,) = run_protocol(network, bound, route, stop=stop, seed=seed, progress=progress, **{**options, **more})
    if session.result is None:
        if session.stopped_by == "interrupted":
            raise KeyboardInterrupt  # nothing has been counted
        if min(stop.seconds, stop.events) == float("inf"):
            raise InvalidArgument("The protocol must end with session.finish(a KeyRun), but gave no result.")
        raise InvalidArgument.of("stop", "leave time to speak after the rounds", stop)
    run: KeyRun = replace(session.result, seed=seed)
    if session.stopped_by == "interrupted":
        nothing = np.zeros(0, np.uint8)
        run = replace(run, reason="interrupted", alice_key=nothing, bob_key=nothing)
    if attack is None:
        return run
    told = {"links": session.links} if facts is None else facts(session)
    return replace(run, attack=attack.report(Facts(run=run, route=route, **told)))


def route_record(route: Route) -> RouteRecord:
    """Say in a result which route it was."""
    return RouteRecord(
        nodes=route.nodes,
        lengths_km=route.lengths_km,
        route_factor=route.route_factor,
        lengths_source=route.lengths_source,
    )
