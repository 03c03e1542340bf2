"""Traffic drawn from a few numbers."""

import math
from collections import Counter
from itertools import pairwise

import pytest

from qnet.errors import InvalidArgument, UnknownName
from qnet.network.topology import Network
from qnet.network.traffic import Traffic

CHAIN = Network.chain([20, 20, 20])


def test_poisson_requests_come_at_their_rate_between_all_nodes() -> None:
    drawn = list(Traffic(requests_hz=5.0).requests(CHAIN, until_s=400.0, seed=3))
    assert abs(len(drawn) - 2000) < 4 * math.sqrt(2000)
    assert [terms.start_s for terms in drawn] == sorted(terms.start_s for terms in drawn)
    ends = Counter((terms.source, terms.target) for terms in drawn)
    assert len(ends) == 12
    assert min(ends.values()) > 2000 / 12 - 4 * math.sqrt(2000 / 12)


def test_a_demand_matrix_and_tenants_weigh_who_asks() -> None:
    traffic = Traffic(requests_hz=1.0, demand={("n0", "n3"): 3.0, ("n1", "n2"): 1.0}, tenants={"a": 1.0, "b": 4.0})
    drawn = list(traffic.requests(CHAIN, until_s=1000.0, seed=5))
    far = sum(terms.source == "n0" for terms in drawn) / len(drawn)
    assert abs(far - 0.75) < 4 * math.sqrt(0.75 * 0.25 / len(drawn))
    assert abs(sum(terms.tenant == "b" for terms in drawn) / len(drawn) - 0.8) < 4 * math.sqrt(0.16 / len(drawn))


def test_numbers_stay_in_their_ranges_and_use_them() -> None:
    traffic = Traffic(requests_hz=1.0, pairs=(2, 4), min_fidelity=(0.8, 0.9), duration_s=(1.0, 2.0))
    drawn = list(traffic.requests(CHAIN, until_s=300.0, seed=1))
    assert {terms.pairs for terms in drawn} == {2, 3, 4}
    assert 0.8 <= min(terms.min_fidelity for terms in drawn) < 0.82
    assert all(1.0 <= terms.deadline_s - terms.start_s <= 2.0 for terms in drawn)
    assert {terms.tenant for terms in drawn} == set(CHAIN.nodes)


def test_sources_that_ask_in_turn_are_never_idle_and_do_not_move_each_other() -> None:
    traffic = Traffic(requests_hz=None, duration_s=(10.0, 20.0))
    drawn = list(traffic.requests(CHAIN, until_s=100.0, seed=2))
    mine = [terms for terms in drawn if terms.source == "n1"]
    assert all(a.deadline_s == b.start_s for a, b in pairwise(mine))
    longer = Network.chain([20, 20, 20, 20])
    ends = {(a, b): 1.0 for a in CHAIN.nodes for b in CHAIN.nodes if a != b}
    again = Traffic(requests_hz=None, duration_s=(10.0, 20.0), demand=ends).requests(longer, until_s=100.0, seed=2)
    assert [terms for terms in again if terms.source == "n1"] == mine


@pytest.mark.parametrize(
    ("arguments", "says"),
    [({"requests_hz": 0.0}, "requests_hz"), ({"requests_hz": None}, "duration_s"),
     ({"requests_hz": 1.0, "pairs": (5, 2)}, "pairs"),
     ({"requests_hz": 1.0, "min_fidelity": (0.5, 1.5)}, "min_fidelity"),
     ({"requests_hz": 1.0, "tenants": {"a": -1.0}}, "weight of a")],
)  # fmt: skip
def test_traffic_that_makes_no_sense_is_refused(arguments, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidArgument, match=says):
        Traffic(**arguments)


def test_demand_must_name_nodes() -> None:
    with pytest.raises(UnknownName, match="n9"):
        list(Traffic(requests_hz=1.0, demand={("n0", "n9"): 1.0}).requests(CHAIN, until_s=1.0, seed=0))
