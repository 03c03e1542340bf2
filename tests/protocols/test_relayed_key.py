"""Keys over chains of trusted nodes, from hops whose keys are given."""

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
from qnet_protocols import relayed_key, trusted_bb84
from qnet_protocols.relayed_key import relay_keys

from qnet import Network, Pairs, Session
from qnet.attacks import Attack, MessageForgery
from qnet.experiment import KeyRun, Observed, Quantity, RouteRecord
from qnet.keys import forgery_probability

CHAIN = Network.chain([10.0, 20.0, 30.0])
SIZES = {"n0": 300, "n1": 200, "n2": 400}


def hop(
    session: Session, *, epsilon: float, reason: str | None = None, flip: bool = False, forger: Any = None
) -> Generator[Any, Any, None]:
    """Make a key of the hop's own length out of nothing; the second hop may fail, or hold different keys."""
    nodes = session.route.nodes
    yield session.wait(0.01 * SIZES[nodes[0]])
    reason = reason if nodes[0] == "n1" else None
    size = 0 if reason else SIZES[nodes[0]]
    key = session.chance.generator.integers(0, 2, size, dtype=np.uint8)
    other = key.copy()
    if flip and nodes[0] == "n1":
        other[0] ^= 1
    session.finish(
        KeyRun(
            protocol="given", route=RouteRecord(nodes=nodes, lengths_km=session.route.lengths_km),
            raw=size, sifted=size, qber_z=None, qber_x=None, authentication_bits=100, epsilon=epsilon,
            asymptotic_rate_bps=Quantity.exact(float(SIZES[nodes[0]])), elapsed_s=session.now, reason=reason,
            alice_key=key, bob_key=other,
            observed=Observed(
                wrong=np.array([True, False]), kinds=np.array([0, 1]), names=("z", "x"), expected=(0.1, 0.2),
                at_s=np.array([0.3, 0.1]) * session.route.total_km, key_bits=size,
            ),
        )
    )  # fmt: skip


def relayed(attack: Attack | None = None, *, shares: list[float] | None = None, **how: Any) -> KeyRun:
    shares = [] if shares is None else shares

    def protocol(session: Session, *, epsilon: float, forger: Any) -> Generator[Any, Any, None]:
        shares.append(epsilon)
        yield from hop(session, epsilon=epsilon, forger=forger, **how)

    route = CHAIN.route()
    return relay_keys(
        CHAIN, protocol, route, "chain", parts=route.spans(), facts=lambda _: {}, epsilon=3e-10, stop=Pairs(1), seed=1,
        attack=attack, progress=None,
    )  # fmt: skip


def test_the_key_is_as_long_as_the_shortest_and_the_same_at_both_ends() -> None:
    run = relayed()
    assert (run.secret_bits, run.keys_match, run.trusted_nodes, run.protocol) == (200, True, 2, "chain")
    assert run.raw == 200  # of the hop with the shortest key
    assert run.route.nodes == ("n0", "n1", "n2", "n3")


def test_epsilon_is_what_was_asked_and_what_authentication_took_adds() -> None:
    run = relayed()
    assert run.epsilon == 3e-10
    assert run.authentication_bits == 3 * 100 + 2 * 3 * 61  # two messages: a hash key each way, and a pad
    assert run.asymptotic_rate_bps == Quantity.exact(200.0)


def test_tags_of_relay_messages_are_part_of_the_epsilon(monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []
    relayed(shares=shares)
    assert 3e-10 - 1e-15 < sum(shares) < 3e-10 - 2 * forgery_probability(25, 61)
    monkeypatch.setattr(relayed_key, "_TAGS_SHARE", 1e-12)
    assert relayed().authentication_bits == 3 * 100 + 2 * 3 * 89


def test_the_last_hop_and_the_way_of_the_messages_set_the_time() -> None:
    assert relayed().elapsed_s == pytest.approx(4.0 + 50.0 / 2e5)


def test_a_hop_without_key_leaves_none() -> None:
    run = relayed(reason="too many errors")
    assert (run.secret_bits, run.reason) == (0, "n1~n2: too many errors")


def test_hops_that_disagree_are_seen_at_the_far_end() -> None:
    """Nothing repairs a hop whose keys differ: correctness is bought hop by hop."""
    run = relayed(flip=True)
    assert run.keys_match is False
    assert np.count_nonzero(run.alice_key != run.bob_key) == 1


def test_a_forged_message_is_caught_on_any_hop() -> None:
    for message in (1, 2):
        run = relayed(MessageForgery(message=message))
        assert run.reason == f"a message was forged: The tag of relay message {message} is not that of its sender."
        assert run.attack.noticed
    assert relayed(MessageForgery(message=3)).keys_match


def test_what_the_hops_saw_is_pooled_in_order_of_time() -> None:
    seen = relayed().observed
    assert seen.names == ("n0~n1 z", "n0~n1 x", "n1~n2 z", "n1~n2 x", "n2~n3 z", "n2~n3 x")
    assert seen.expected == (0.1, 0.2) * 3
    assert seen.at_s.tolist() == sorted(seen.at_s)
    assert seen.kinds.tolist() == [1, 3, 0, 5, 2, 4]
    assert seen.wrong.tolist() == [kind % 2 == 0 for kind in seen.kinds]


def test_a_chain_of_pulse_links_makes_a_key() -> None:
    run = trusted_bb84.make_key(Network.chain([10.0, 15.0]), stop=Pairs(100_000), epsilon=1e-6, seed=2, decoys=1)
    assert run.keys_match
    assert run.secret_bits > 500
    assert run.epsilon == 1e-6
    assert run.finite
    assert run.to_json()["trusted_nodes"] == 1
