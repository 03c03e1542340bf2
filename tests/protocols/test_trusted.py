import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from qnet_protocols import bbm92, decoy_bb84, trusted_bb84, trusted_bbm92
from qnet_protocols.relay import RelayResult
from werner import AT_ONCE, SLOT_S, chain, half_width, link, mean_longest_wait, near, qber_of
from zscores import record_z

from qnet import Device, Network, Pairs, Seconds
from qnet.experiment import Quantity
from qnet.keys import relay

REFERENCE = json.loads((Path(__file__).parents[1] / "analytic" / "reference.json").read_text(encoding="utf-8"))
PRICES = [case for case in REFERENCE if case["id"].startswith("F-price") and case["inputs"]["p_gen"]["value"] == 0.1]
NODES = (("a", "b"), ("b", "c"), ("c", "d"))


def uneven(**hardware: object) -> Network:
    """Three hops: the first fast and good, the second fast and noisy, the third slow."""
    links = [link(0.99, 0.5), link(0.9, 0.5), link(0.99, 0.1)]
    return Network.chain([10.0, 20.0, 30.0], link=links, **hardware)


@pytest.fixture(scope="module")
def result() -> RelayResult:
    return trusted_bbm92.run(uneven(), stop=Pairs(500), seed=2)


def test_the_slowest_hop_sets_the_rate_and_every_hop_pays(result: RelayResult) -> None:
    rates = [hop.secret_key_rate_bps.value for hop in result.hops]
    row = result.row("trusted-bbm92")
    assert result.secret_key_rate_bps.value == row.secret_key_rate_bps.value == min(rates)
    assert rates[2] < rates[0] / 3  # by its pair rate alone
    assert result.key_consumed_bps.value == pytest.approx(3 * min(rates))
    assert (result.trusted_nodes, row.trusted_nodes, row.untrusted_stations) == (2, 2, 0)
    assert row.pairs == 500
    assert result.propagation_s == pytest.approx(60 / 2e5)
    assert row.time_to_256_bits_s is None or row.time_to_256_bits_s.value == pytest.approx(256 / min(rates) + 60 / 2e5)


def test_each_hop_has_the_rate_and_errors_of_its_own_link(result: RelayResult) -> None:
    for hop, p, fidelity in zip(result.hops, (0.5, 0.5, 0.1), (0.99, 0.9, 0.99), strict=True):
        assert near(hop.counts.deliveries.rate_hz(), p / SLOT_S)
        assert hop.counts.deliveries.fidelity().value == pytest.approx(fidelity)
        wrong, total = (
            sum(counts) for counts in zip(*(hop.counts.outcomes.errors(b, b) for b in ("0", "90")), strict=True)
        )
        assert abs(wrong - total * qber_of(fidelity)) < 4 * math.sqrt(total * qber_of(fidelity)) + 1


def test_the_first_bit_waits_for_the_last_hop() -> None:
    result = trusted_bbm92.run(uneven(), stop=Pairs(1), seed=2)
    assert result.first_pair_s == max(hop.first_pair_s for hop in result.hops)
    assert result.row("x").first_pair_s.value == result.first_pair_s


def test_a_hop_without_a_pair_leaves_no_key_and_no_first_pair() -> None:
    network = Network.chain([10.0] * 2, link=[link(0.99, 0.5), link(0.99, 1e-9)])
    result = trusted_bbm92.run(network, stop=Seconds(0.05), seed=2)
    assert result.secret_key_rate_bps.value == 0
    assert 0 < result.secret_key_rate_bps.high < 100
    assert result.first_pair_s is None
    assert (result.row("x").pairs, result.row("x").stopped_by) == (0, "sim-time")


def test_one_interface_is_shared_by_the_hops_of_its_node() -> None:
    # The middle node makes its two links in turn, so each comes once in two waits.
    for interfaces, turns in ((1, 2), (2, 1)):
        network = chain(2, probability=0.2, hardware=Device(optical_interfaces=interfaces))
        result = trusted_bbm92.run(network, stop=Pairs(700), seed=3, classical_delay="zero")
        for hop in result.hops:
            assert near(hop.counts.deliveries.rate_hz(), 0.2 / turns / SLOT_S, 0.05)


def ratio_of(hops: int, p: float, pairs: int) -> tuple[float, float]:
    """Raw rate of trusted hops over that of a repeater chain with the same links, and its standard error."""
    trusted = trusted_bbm92.run(chain(hops, probability=p), stop=Pairs(pairs), seed=1, **AT_ONCE)
    repeater = bbm92.run(chain(hops, probability=p), stop=Pairs(pairs), seed=2, **AT_ONCE)
    rates = [hop.counts.deliveries.rate_hz() for hop in trusted.hops]
    mean = sum(rate.value for rate in rates) / hops  # equal hops: the least of several estimates would be too low
    below = repeater.counts.deliveries.rate_hz()
    share = math.hypot(half_width(rates[0]) / rates[0].value / math.sqrt(hops), half_width(below) / below.value)
    return mean / below.value, share * mean / below.value


@pytest.mark.parametrize("hops", [2, 4, 8])
def test_price_of_removing_trust(hops: int) -> None:
    ratio, error = ratio_of(hops, 0.1, 2400 // hops)
    assert abs(ratio - 0.1 * mean_longest_wait(hops, 0.1)) < 4 * error
    assert error < 0.08 * ratio


@pytest.mark.validate
@pytest.mark.parametrize("case", PRICES, ids=lambda case: case["id"])
def test_price_of_removing_trust_to_a_percent(case: dict) -> None:
    expected = case["expected"]["trusted_over_repeater_rate"]
    ratio, error = ratio_of(case["inputs"]["n_links"]["value"], 0.1, 12_000)
    assert error < 0.01 * ratio
    assert abs(record_z("trusted over repeater rate", ratio, error, expected)) < 4
    assert expected == pytest.approx(0.1 * mean_longest_wait(case["inputs"]["n_links"]["value"], 0.1), rel=1e-8)


def test_the_bits_of_the_hops_relay_the_first_hop_s_key() -> None:
    def sifting(session):
        """Keep the bits both ends measured in Z."""
        first, last = [], []
        session.request()
        while len(first) < 64 and (pair := (yield session.next_pair())) is not None:
            outcome = session.measure(pair, 0.0, 0.0)
            first.append(outcome.source_bit)
            last.append(outcome.target_bit)
        session.finish((np.array(first, dtype=np.uint8), np.array(last, dtype=np.uint8)))

    network = chain(3)
    simulation = network.simulate(seed=5)
    sessions = [simulation.start(sifting, route=span) for span in network.route().spans()]
    assert simulation.run() == "done"
    near_ends, far_ends = zip(*(session.result for session in sessions), strict=True)
    relayed = relay(far_ends)
    assert np.array_equal(relayed.key, near_ends[0])
    assert (relayed.trusted_nodes, relayed.consumed) == (2, 3 * 64)
    assert len({key.tobytes() for key in near_ends}) == 3  # or the announcements would hide nothing


def test_trusted_bb84_is_decoy_bb84_on_every_hop() -> None:
    network = Network.chain([10.0, 40.0])
    result = trusted_bb84.run(network, stop=Pairs(10**7), seed=2)
    alone = decoy_bb84.run(Network.chain([40.0]), stop=Pairs(10**7), seed=3)
    assert result.secret_key_rate_bps.value == result.hops[1].secret_key_rate_bps.value
    error = math.hypot(half_width(result.secret_key_rate_bps), half_width(alone.secret_key_rate_bps))
    assert abs(result.secret_key_rate_bps.value - alone.secret_key_rate_bps.value) < 4 * error
    row = result.row("trusted-bb84")
    assert (row.trusted_nodes, row.untrusted_stations, row.first_pair_s) == (1, 0, None)


def test_inserted_stations_must_be_trusted_too() -> None:
    result = trusted_bb84.run(Network.chain([50.0]), stop=Pairs(10**5), seed=2, max_span_km=20.0)
    assert (len(result.hops), result.trusted_nodes) == (3, 2)


@dataclass(frozen=True)
class Hop:
    secret_key_rate_bps: Quantity


def test_the_interval_spans_all_hops_that_may_be_the_slowest() -> None:
    near, rival, fast = Quantity(100.0, 90.0, 110.0), Quantity(105.0, 95.0, 115.0), Quantity(300.0, 290.0, 310.0)
    both = RelayResult(hops=(Hop(rival), Hop(near), Hop(fast)), nodes=NODES, propagation_s=0.0)
    assert both.secret_key_rate_bps == Quantity(100.0, 90.0, 115.0)
    assert RelayResult(hops=(Hop(near), Hop(fast)), nodes=NODES[1:], propagation_s=0.0).secret_key_rate_bps == near
