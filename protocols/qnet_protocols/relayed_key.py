"""One key over a chain of trusted nodes: a session on every hop, then one message over each under a one-time pad."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet import InvalidArgument, Network, Route, Session, Stop, UnknownName
from qnet import run as run_protocol
from qnet.experiment import AttackReport, KeyRun, Observed
from qnet.keys import Authenticator, ForgedMessage, KeyStore
from qnet_protocols.conversation import shortest_tag
from qnet_protocols.post_processing import Forger, route_record
from qnet_protocols.relay import slowest_of

__all__ = ["relay_keys"]

Bits = NDArray[np.uint8]

_TAGS_SHARE = 1e-6
"""What may go wrong with the tag of a relay message, in parts of a hop's epsilon."""


def relay_keys(
    network: Network,
    protocol: Callable[..., Generator[Any, Any, None]],
    route: Route,
    name: str,
    *,
    parts: Sequence[Route],
    facts: Callable[[Session], Mapping[str, Any]],
    epsilon: float,
    stop: Stop,
    seed: int,
    attack: Any,
    progress: Callable[[float], None] | None,
    **options: Any,
) -> KeyRun:
    """Run a protocol that makes a key on each part of a route, and carry the key of the first to the far end.

    The nodes where parts meet are trusted. The result is that of the part with the shortest key, with what belongs to
    the chain in place of the part's. `facts` gives what an attack's report needs to know of a session. Parts have even
    shares of `epsilon`, and the tags of relay messages, of which there is one less, a millionth of such a share each.
    """
    if attack is not None:
        from qnet.attacks import checked_attack

        attack = checked_attack(attack)
    more = {} if attack is None else dict(attack.options(route))
    forger: Forger | None = more.pop("forger", None)
    share = epsilon / (len(parts) + (len(parts) - 1) * _TAGS_SHARE)
    bound = partial(protocol, epsilon=share, forger=forger)
    sessions = run_protocol(network, bound, *parts, stop=stop, seed=seed, progress=progress, **{**options, **more})
    hops = [session.result for session in sessions]
    if None in hops:
        raise InvalidArgument.of("stop", "leave every hop time to speak after the rounds", stop)
    run = _joined(sessions, hops, route, name, epsilon, _TAGS_SHARE * share, seed, forger)
    if attack is None:
        return run
    return replace(run, attack=_report(attack, run, sessions, parts, facts))


def _report(
    attack: Any,
    run: KeyRun,
    sessions: Sequence[Session],
    parts: Sequence[Route],
    facts: Callable[[Session], Mapping[str, Any]],
) -> AttackReport:
    """Let an attack report on the first part that it touches."""
    from qnet.attacks import Facts

    trusted = tuple(part.nodes[0] for part in parts[1:])
    for session, part in zip(sessions, parts, strict=True):
        try:
            attack.options(part)
        except UnknownName:  # it is elsewhere
            continue
        found: AttackReport = attack.report(Facts(run=run, route=part, trusted=trusted, **facts(session)))
        return found
    whole: AttackReport = attack.report(Facts(run=run, route=sessions[0].route, trusted=trusted))
    return whole


def _joined(
    sessions: Sequence[Session],
    hops: Sequence[KeyRun],
    route: Route,
    name: str,
    epsilon: float,
    of_tag: float,
    seed: int,
    forger: Forger | None,
) -> KeyRun:
    aborted = [f"{'~'.join(hop.route.nodes)}: {hop.reason}" for hop in hops if hop.aborted]
    length = 0 if aborted else min(hop.secret_bits for hop in hops)
    alice = bob = np.zeros(0, np.uint8)
    reason, spent = "; ".join(aborted) or None, sum(hop.authentication_bits for hop in hops)
    if length:
        secret = sessions[0].chance.generator
        try:
            keys = [(hop.alice_key[:length], hop.bob_key[:length]) for hop in hops]
            alice, bob, senders = _carried(keys, secret, forger, of_tag)
            spent += sum(sender.spent_bits for sender in senders)
        except ForgedMessage as error:
            reason = f"a message was forged: {error}"
    return replace(
        min(hops, key=lambda hop: (not hop.aborted, hop.secret_bits)),
        protocol=name,
        route=route_record(route),
        seed=seed,
        authentication_bits=spent,
        epsilon=epsilon if all(hop.finite for hop in hops) else None,
        asymptotic_rate_bps=slowest_of([hop.asymptotic_rate_bps for hop in hops]),
        elapsed_s=max(hop.elapsed_s for hop in hops) + sum(session.propagation_s for session in sessions[1:]),
        reason=reason,
        trusted_nodes=len(hops) - 1,
        rounds_s=None,
        alice_key=alice,
        bob_key=bob,
        observed=_pooled(hops),
    )


def _carried(
    keys: Sequence[tuple[Bits, Bits]], secret: np.random.Generator, forger: Forger | None, epsilon: float
) -> tuple[Bits, Bits, list[Authenticator]]:
    """Hand the key of the first hop on from node to node; give it as both ends have it, and who has sent it.

    Each node sends what it knows under the bits that it shares with the next, with a tag that is forged with
    `epsilon` at most: raises `ForgedMessage`.
    """
    known = keys[0][1]
    senders: list[Authenticator] = []
    for here, there in keys[1:]:
        sender, receiver = _authenticated(secret, shortest_tag(-(-here.size // 8), epsilon))
        message = sender.tag(np.packbits(known ^ here).tobytes())
        if forger is not None:
            message = replace(message, message=forger(message.message))
        try:
            received = receiver.check(message)
        except ForgedMessage as error:
            raise ForgedMessage(f"The tag of relay message {len(senders) + 1} is not that of its sender.") from error
        padded = np.unpackbits(np.frombuffer(received, np.uint8))[: here.size]
        known = padded ^ there
        senders.append(sender)
    return keys[0][0].copy(), known, senders


def _authenticated(secret: np.random.Generator, tag_bits: int) -> tuple[Authenticator, Authenticator]:
    """Give two neighbours a key for one message, which they shared before."""
    (out, there_in), (there_out, back) = KeyStore.pair(), KeyStore.pair()
    for stores, messages in (((out, there_in), 1), ((there_out, back), 0)):
        bits = secret.integers(0, 2, (1 + messages) * tag_bits, dtype=np.uint8)
        for store in stores:
            store.deposit(bits)
    return Authenticator(out, back, tag_bits=tag_bits), Authenticator(there_out, there_in, tag_bits=tag_bits)


def _pooled(hops: Sequence[KeyRun]) -> Observed | None:
    """Join what all hops could compare, each basis of each hop a kind of its own, in order of time where known."""
    seen = [(hop, hop.observed) for hop in hops if hop.observed is not None]
    if not seen:
        return None
    places = np.cumsum([0, *(len(observed.names) for _, observed in seen)])
    times = [observed.at_s for _, observed in seen if observed.at_s is not None]
    at_s = np.concatenate(times) if len(times) == len(seen) else None
    wrong = np.concatenate([observed.wrong for _, observed in seen])
    order = np.arange(wrong.size) if at_s is None else np.argsort(at_s, kind="stable")
    kinds = np.concatenate([observed.kinds + place for (_, observed), place in zip(seen, places, strict=False)])
    return Observed(
        wrong=wrong[order],
        kinds=kinds[order],
        names=tuple(f"{'~'.join(hop.route.nodes)} {name}" for hop, observed in seen for name in observed.names),
        expected=tuple(rate for _, observed in seen for rate in observed.expected),
        at_s=None if at_s is None else at_s[order],
        key_bits=min(observed.key_bits for _, observed in seen),
        key_bases=seen[0][1].key_bases,
        per_bit=seen[0][1].per_bit,
    )
