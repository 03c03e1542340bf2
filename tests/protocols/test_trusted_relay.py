import math

import networkx as nx
import numpy as np
import pytest
from qnet_protocols.key_makers import KeyRate
from qnet_protocols.trusted_relay import KeyRequest, Outage, RelayRun, run
from zscores import record_z

from qnet import InvalidArgument, Network, UnknownName

CHAIN = Network.chain([20.0, 30.0, 10.0])


def square() -> Network:
    """Two ways from a to d: by b, which is shorter, and by c and e."""
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        [("a", "b", 10.0), ("b", "d", 10.0), ("a", "c", 20.0), ("c", "e", 10.0), ("e", "d", 10.0)], weight="length_km"
    )
    return Network.from_graph(graph)


def conserved(done: RelayRun) -> bool:
    return all(
        hop.preshared_bits + hop.made_bits == hop.remade_bits + hop.relayed_bits + hop.tag_bits + hop.left_bits
        for hop in done.hops
    )


def many(count: int, bits: int, source: str = "n0", target: str = "n3", **terms: float) -> list[KeyRequest]:
    return [KeyRequest(source=source, target=target, bits=bits, **terms) for _ in range(count)]


def test_both_ends_hold_the_same_key_and_every_hop_pays_for_it() -> None:
    done = run(CHAIN, many(5, 200), seconds=60.0, keys=KeyRate(bits=3000, block_s=1.0), seed=2)
    assert done.keys_match
    assert len({outcome.source_key.tobytes() for outcome in done.delivered}) == 5
    assert all(0.4 < outcome.source_key.mean() < 0.6 for outcome in done.delivered)
    assert [hop.relayed_bits for hop in done.hops] == [1000] * 3
    assert [hop.tag_bits for hop in done.hops] == [61 * (2 + 2 * 5)] * 3  # a key of hashes a way; a tag a message
    assert conserved(done)
    assert done.learned_by("n1") == done.learned_by("n2") == done.delivered


@pytest.mark.parametrize(("source", "target"), [("n0", "n3"), ("n3", "n0"), ("n2", "n1")])
def test_a_key_takes_a_round_trip(source: str, target: str) -> None:
    asked = [KeyRequest(source=source, target=target, bits=100, start_s=2.0)]
    done = run(CHAIN, asked, seconds=9.0, keys=KeyRate(bits=9000, block_s=1.0))
    length_km = CHAIN.route(source, target).total_km
    assert done.outcomes[0].delivered_s == pytest.approx(2.0 + 2 * length_km / 2e5)
    assert done.keys_match


def test_no_bit_is_used_twice() -> None:
    """Keys of one hop are its own bits, in order: together they are what it made."""
    made: list[np.ndarray] = []

    def maker(hop: Network, chance: np.random.Generator) -> object:
        made.append(KeyRate(bits=10_000, block_s=1.0)(hop, chance))
        return made[-1]

    asked = many(4, 500, "n0", "n1") + many(4, 500, "n1", "n0")
    done = run(Network.chain([10.0]), asked, seconds=9.0, keys=maker)
    used = np.concatenate([outcome.source_key for outcome in done.outcomes])
    assert np.array_equal(used, made[0].alice_key[:4000])


def test_the_slowest_hop_sets_the_rate() -> None:
    rates = {("n0", "n1"): 0.9, ("n1", "n2"): 0.3, ("n2", "n3"): 0.6}
    keys = {ends: KeyRate(bits=2000, block_s=0.1, success=success) for ends, success in rates.items()}
    done = run(CHAIN, many(150, 1000), seconds=15.0, keys=keys, seed=3)
    expected, error = (2000 / 0.1 * share for share in (0.3, math.sqrt(0.3 * 0.7 / 150)))
    slowest = done.hop("n1", "n2")
    paid = (done.delivered_bits + slowest.tag_bits) / 15.0
    assert abs(record_z("relayed bit/s", paid, error, expected)) < 4
    assert done.hop("n0", "n1").levels[-1][1] > done.hop("n2", "n3").levels[-1][1] > 10_000
    assert slowest.lowest_bits < 1000
    assert conserved(done)


def test_exhaustion_makes_wait_or_refuses() -> None:
    asked = [
        KeyRequest(source="n0", target="n3", bits=1500),
        KeyRequest(source="n0", target="n3", bits=1500, deadline_s=0.0),
        KeyRequest(source="n0", target="n3", bits=1500, start_s=0.1, deadline_s=0.3),
        KeyRequest(source="n0", target="n3", bits=10**6),
    ]
    done = run(CHAIN, asked, seconds=3.5, keys=KeyRate(bits=1000, block_s=1.0))
    assert [outcome.status for outcome in done.outcomes] == ["delivered", "refused", "refused", "waiting"]
    assert 2.0 < done.outcomes[0].delivered_s < 2.01
    assert done.outcomes[1].reason == "1500 bits were not to be had in time: n0~n1 0, n1~n2 0, n2~n3 0"
    assert done.hop("n1", "n2").exhausted_s == ((0.0, 3.5),)  # the last request waits all the time
    assert "delivered" in str(done)


def test_a_hop_is_exhausted_as_long_as_a_request_waits_for_it() -> None:
    keys = {ends: KeyRate(bits=1000, block_s=1.0) for ends in (("n0", "n1"), ("n2", "n3"))}
    keys["n1", "n2"] = KeyRate(bits=400, block_s=1.0)
    asked = [*many(1, 1000), *many(1, 9999, start_s=3.5, deadline_s=0.4), *many(1, 10, start_s=6.0)]
    done = run(CHAIN, asked, seconds=9.0, keys=keys)
    assert [outcome.status for outcome in done.outcomes] == ["delivered", "refused", "delivered"]
    assert done.hop("n0", "n1").exhausted_s == ((0.0, 1.0), (3.5, 4.0))  # seen when the next block comes
    assert done.hop("n1", "n2").exhausted_s == ((0.0, 3.0), (3.5, 4.0))


def test_a_smaller_request_need_not_wait_for_a_larger_one() -> None:
    asked = [*many(1, 10**5), *many(1, 500)]
    done = run(CHAIN, asked, seconds=3.0, keys=KeyRate(bits=1000, block_s=1.0))
    assert [outcome.status for outcome in done.outcomes] == ["waiting", "delivered"]


def test_a_request_goes_round_hops_that_are_down_or_empty() -> None:
    keys, asked = KeyRate(bits=1000, block_s=1.0), many(1, 500, "a", "d", start_s=1.5)
    assert run(square(), asked, seconds=9.0, keys=keys).outcomes[0].paths == (("a", "b", "d"),)
    down = run(square(), asked, seconds=9.0, keys=keys, outages=[Outage(ends=("d", "b"), from_s=1.4, to_s=5.0)])
    assert down.outcomes[0].paths == (("a", "c", "e", "d"),)
    dry = {ends: keys for ends in (("a", "c"), ("c", "e"), ("e", "d"), ("a", "b"))}
    assert run(square(), asked, seconds=9.0, keys=dry).outcomes[0].paths == (("a", "c", "e", "d"),)
    assert down.hop("b", "d").made_bits == 1000  # what was being made when it went down is lost


def test_a_hop_that_is_down_is_not_exhausted_and_is_named_once() -> None:
    keys, cut = KeyRate(bits=1000, block_s=1.0), [Outage(ends=("n1", "n2"), to_s=4.5)]
    waits = run(CHAIN, many(1, 500, start_s=1.5), seconds=9.0, keys=keys, outages=cut)
    assert waits.delivered
    assert waits.hop("n0", "n1").exhausted_s == ()
    assert all(since >= 4.5 for since, _ in waits.hop("n1", "n2").exhausted_s)
    refused = run(CHAIN, many(1, 500, start_s=1.5, deadline_s=0.0), seconds=9.0, keys=keys, outages=cut)
    assert refused.outcomes[0].reason == "500 bits were not to be had in time: n1~n2 down"


def test_two_paths_need_a_node_of_each() -> None:
    done = run(square(), many(1, 300, "a", "d", paths=2), seconds=9.0, keys=KeyRate(bits=1000, block_s=1.0))
    (outcome,) = done.outcomes
    assert outcome.paths == (("a", "b", "d"), ("a", "c", "e", "d"))
    assert outcome.keys_match
    assert set(outcome.trusted) == {frozenset("bc"), frozenset("be")}
    assert not done.learned_by("b")
    assert not done.learned_by("c", "e")
    assert done.learned_by("b", "e") == (outcome,)
    assert outcome.secret_probability(0.9) == pytest.approx(1 - 0.1 * (1 - 0.9**2))
    assert outcome.epsilon == pytest.approx(5e-10)  # five hops


def test_the_key_of_two_paths_is_the_xor_of_both() -> None:
    """Each path alone, with the same seeds, has a key of its own; neither is the key."""
    keys, seed = KeyRate(bits=1000, block_s=1.0), 4
    both = run(square(), many(1, 300, "a", "d", paths=2), seconds=9.0, keys=keys, seed=seed).outcomes[0]
    short = run(square(), many(1, 300, "a", "d"), seconds=9.0, keys=keys, seed=seed).outcomes[0]
    cut = [Outage(ends=("a", "b"), from_s=0.5)]
    long = run(square(), many(1, 300, "a", "d"), seconds=9.0, keys=keys, seed=seed, outages=cut).outcomes[0]
    assert np.array_equal(both.source_key, short.source_key ^ long.source_key)


def test_more_paths_than_there_are_is_refused_and_neighbours_need_no_one() -> None:
    asked = [*many(1, 100, "a", "d", paths=3), *many(1, 100, "a", "b", start_s=2.0)]  # it would wait for ever
    done = run(square(), asked, seconds=9.0, keys=KeyRate(bits=1000, block_s=1.0))
    assert done.outcomes[0].reason == "there are no 3 node-disjoint paths"
    assert done.outcomes[1].trusted == ()
    assert not done.learned_by("c", "d", "e")


def test_the_same_seed_gives_the_same_keys() -> None:
    keys = [
        run(CHAIN, many(1, 99), seconds=9.0, keys=KeyRate(bits=999, block_s=1.0), seed=seed).outcomes[0].source_key
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(keys[0], keys[1])
    assert not np.array_equal(keys[0], keys[2])


def test_what_is_not_there_is_refused() -> None:
    keys = KeyRate(bits=1, block_s=1.0)
    with pytest.raises(UnknownName, match="n33"):
        run(CHAIN, many(1, 1, target="n33"), seconds=1.0, keys=keys)
    with pytest.raises(InvalidArgument, match="keys"):
        run(CHAIN, many(1, 1), seconds=1.0, keys={("n0", "n2"): keys})
    with pytest.raises(InvalidArgument, match="outages"):
        run(CHAIN, many(1, 1), seconds=1.0, keys=keys, outages=[Outage(ends=("n0", "n3"))])
    with pytest.raises(InvalidArgument, match="seconds"):
        run(CHAIN, many(1, 1), seconds=0.0, keys=keys)
    with pytest.raises(InvalidArgument, match="success"):
        KeyRate(bits=1, block_s=1.0, success=1.1)


@pytest.mark.parametrize(
    "wrong", [{"bits": 0}, {"paths": 0}, {"bits": 1.5}, {"start_s": -1.0}, {"deadline_s": math.nan}, {"target": "n0"}]
)
def test_requests_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(InvalidArgument, match=next(iter(wrong))):
        KeyRequest(**{"source": "n0", "target": "n1", "bits": 1} | wrong)


@pytest.mark.parametrize("seed", range(3))
def test_on_any_network_keys_match_paths_are_disjoint_and_bits_are_conserved(seed: int) -> None:
    chance = np.random.default_rng(seed)
    graph = nx.relabel_nodes(nx.connected_watts_strogatz_graph(8, 4, 0.4, seed=seed), "v{}".format)
    nx.set_edge_attributes(graph, {edge: float(chance.uniform(5, 60)) for edge in graph.edges}, "length_km")
    asked = [
        KeyRequest(
            source=f"v{a}", target=f"v{b}", bits=int(chance.integers(1, 900)), start_s=float(chance.uniform(0, 5)),
            deadline_s=float(chance.choice([0.0, 1.0, 5.0])), paths=int(chance.integers(1, 4)),
        )
        for a, b in (chance.choice(8, 2, replace=False) for _ in range(25))
    ]  # fmt: skip
    done = run(Network.from_graph(graph), asked, seconds=8.0, keys=KeyRate(bits=1200, block_s=0.5, success=0.8))
    assert done.keys_match
    assert len(done.delivered) > 10
    assert conserved(done)
    for outcome in done.delivered:
        inner = [node for path in outcome.paths for node in path[1:-1]]
        assert len(outcome.paths) == outcome.request.paths
        assert len(inner) == len(set(inner))


def test_a_full_store_gains_nothing_until_some_is_taken() -> None:
    asked = many(1, 100, start_s=50.0)
    done = run(CHAIN, asked, seconds=90.0, keys=KeyRate(bits=10_000, block_s=1.0), store_bits=15_000)
    assert {hop.made_bits for hop in done.hops} == {20_000}  # and no more for 48 s
    again = [*asked, *(KeyRequest(source="n0", target="n3", bits=14_000, start_s=s) for s in (50.5, 60.0, 70.0))]
    more = run(CHAIN, again, seconds=90.0, keys=KeyRate(bits=10_000, block_s=1.0), store_bits=15_000)
    assert {hop.made_bits for hop in more.hops} == {50_000}
    assert more.keys_match
    assert conserved(more)
    with pytest.raises(InvalidArgument, match="`store_bits` must be at least the 100 bits of a request"):
        run(CHAIN, asked, seconds=90.0, store_bits=99)


def test_by_default_hops_make_key_from_laser_pulses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qnet_protocols.trusted_relay._CLICKS", 60_000)
    apart = Network.chain([40.0, 400.0, 40.0])
    asked = [*many(1, 256, "n0", "n1"), *many(1, 256, "n2", "n3"), *many(1, 256, deadline_s=0.1)]
    done = run(apart, asked, seconds=1.0)
    assert [outcome.status for outcome in done.outcomes] == ["delivered", "delivered", "refused"]
    assert done.hop("n1", "n2").made_bits == 0  # through so much fibre comes no key
    assert done.hop("n0", "n1").made_bits > 2_000
    assert done.outcomes[0].epsilon == pytest.approx(1e-10)
