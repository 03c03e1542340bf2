import itertools
import math

import pytest
from qnet_protocols import bbm92, e91
from werner import AT_ONCE, SLOT_S, agrees, chain, entropy, half_width, link, mean_longest_wait, near, qber_of, w_of

from qnet import Device, Edge, InvalidArgument, Link, Network, Pairs, Seconds
from qnet.quantum import State, Waiting

F_EC = 1.16


def errors(result, *bases: str) -> tuple[int, int]:
    """Bits that differ, and bits, over the bases named."""
    counted = [result.counts.outcomes.errors(basis, basis) for basis in bases]
    return sum(wrong for wrong, _ in counted), sum(total for _, total in counted)


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_error_rates_of_werner_chains(hops: int) -> None:
    result = bbm92.run(chain(hops, 0.92), stop=Pairs(1000), seed=hops, **AT_ONCE)
    assert agrees(*errors(result, "0"), qber_of(0.92, hops))
    assert agrees(*errors(result, "90"), qber_of(0.92, hops))
    assert result.counts.deliveries.fidelity().value == pytest.approx((1 + 3 * w_of(0.92, hops)) / 4, abs=1e-12)


def key_rate_and_error(hops: int, fidelity: float, p: float, pairs: int, z_share: float) -> tuple[float, float]:
    """The closed form of the key rate, and its standard error by the delta method."""
    e, slots = qber_of(fidelity, hops), mean_longest_wait(hops, p)
    fraction = 1 - entropy(e) - F_EC * entropy(e)
    slope = math.log2((1 - e) / e)
    of_z, of_x = (e * (1 - e) / (pairs * share**2) for share in (z_share, 1 - z_share))
    of_fraction = math.hypot(F_EC * slope * math.sqrt(of_z), slope * math.sqrt(of_x))
    of_rate = deviation(hops, p) / slots / math.sqrt(pairs)
    rate = fraction / (slots * SLOT_S)
    return rate, rate * math.hypot(of_rate, of_fraction / fraction)


def deviation(hops: int, p: float) -> float:
    """Standard deviation of the longest of some geometric waits, from its tail sums."""
    tail = [1 - (1 - (1 - p) ** m) ** hops for m in range(2000)]
    mean, square = sum(tail), sum((2 * m + 1) * t for m, t in enumerate(tail))
    return math.sqrt(square - mean**2)


@pytest.mark.parametrize("hops", [1, 2])
def test_key_rate_and_its_joint_interval(hops: int) -> None:
    result = bbm92.run(chain(hops, 0.98, 0.5), stop=Pairs(2000), seed=5 + hops, **AT_ONCE)
    expected, error = key_rate_and_error(hops, 0.98, 0.5, 2000, 0.5)
    key = result.secret_key_rate_bps
    assert abs(key.value - expected) < 4 * error
    assert half_width(key) == pytest.approx(error, rel=0.35)  # the observed error rates set it, and they scatter
    assert result.row().key_per_channel_use.value == pytest.approx(key.value * SLOT_S)
    assert result.row().time_to_256_bits_s.value == pytest.approx(256 / key.value + hops * 10 / 2e5)


@pytest.mark.validate
@pytest.mark.parametrize(("hops", "fidelity"), [(1, 0.85), (2, 0.92), (3, 0.95)])
def test_werner_chains_to_a_percent(hops: int, fidelity: float) -> None:
    result = bbm92.run(chain(hops, fidelity, 0.5), stop=Pairs(400_000), seed=7, **AT_ONCE)
    for what, qber in (("error rate in Z", result.qber_z), ("error rate in X", result.qber_x)):
        assert near(qber, qber_of(fidelity, hops), 0.011, what)
    rate_hz = 1 / (mean_longest_wait(hops, 0.5) * SLOT_S)
    assert near(result.counts.deliveries.rate_hz(), rate_hz, 0.01, "pairs per second")
    better = 1 - 0.02 / hops
    expected, error = key_rate_and_error(hops, better, 0.5, 150_000, 0.5)
    good = bbm92.run(chain(hops, better, 0.5), stop=Pairs(150_000), seed=8, **AT_ONCE)
    assert near(good.secret_key_rate_bps, expected, 0.01, "key, bit/s")
    assert half_width(good.secret_key_rate_bps) == pytest.approx(error, rel=0.1)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("labels", [(0,), (1,), (2,), (3,), *itertools.product(range(4), repeat=2), (1, 2, 3)])
def test_perfect_pairs_of_any_label_make_no_errors(labels: tuple[int, ...], keep: bool) -> None:
    network = Network.chain([10.0] * len(labels), link=[link(label=label) for label in labels])
    result = bbm92.run(network, stop=Pairs(60), seed=3, keep=keep)
    wrong, total = errors(result, "0", "90")
    assert wrong == 0
    assert total > 15
    assert set(result.counts.outcomes.settings) == set(itertools.product(("0", "90"), repeat=2))
    assert result.counts.deliveries.fidelity().value == pytest.approx(1)


def test_bases_are_chosen_independently_with_their_probability() -> None:
    result = bbm92.run(chain(1), stop=Pairs(3000), seed=2, z_probability=0.8)
    for (a, p), (b, q) in itertools.product((("0", 0.8), ("90", 0.2)), repeat=2):
        assert agrees(sum(result.counts.outcomes.of(a, b)), 3000, p * q)
    ones = result.counts.outcomes.of("0", "90")
    assert agrees(ones[1] + ones[3], sum(ones), 0.5)  # unequal bases tell nothing


@pytest.mark.parametrize("share", [1.2, -0.1, math.nan])
def test_a_share_of_z_outside_0_1_is_refused(share: float) -> None:
    with pytest.raises(InvalidArgument, match="z_probability"):
        bbm92.run(chain(1), stop=Pairs(1), z_probability=share)


def test_without_one_basis_there_is_no_key_but_an_upper_bound() -> None:
    result = bbm92.run(chain(1, 0.95), stop=Pairs(100), seed=1, z_probability=1.0)
    assert result.qber_x is None
    assert result.secret_fraction is None
    assert result.secret_key_rate_bps.value == 0
    assert result.secret_key_rate_bps.high == result.counts.deliveries.rate_hz().high


def test_zero_pairs_are_a_rate_of_zero_with_an_upper_bound() -> None:
    row = bbm92.run(chain(1, probability=1e-9), stop=Seconds(1.0), seed=1).row()
    assert (row.pairs, row.stopped_by, row.pair_rate_hz.value, row.secret_key_rate_bps.value) == (0, "sim-time", 0, 0)
    assert row.pair_rate_hz.high == row.secret_key_rate_bps.high == pytest.approx(3.689, abs=1e-3)  # -ln 0.025
    assert row.fidelity is row.qber_z is row.first_pair_s is row.time_to_256_bits_s is None


def test_min_fidelity_above_one_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="min_fidelity"):
        bbm92.run(chain(1), stop=Pairs(1), min_fidelity=1.2)


@pytest.mark.parametrize("fidelity", [0.7, 0.8, 0.9, 0.95, 0.99])
def test_a_pair_meets_a_threshold_of_its_own_fidelity(fidelity: float) -> None:
    result = bbm92.run(chain(1, fidelity), stop=Pairs(3, seconds=1.0), min_fidelity=fidelity)
    assert result.counts.stopped_by == "pairs"


@pytest.mark.parametrize("keep", [False, True])
def test_min_fidelity_binds_every_pair(keep: bool) -> None:
    network = chain(2, probability=0.2, hardware=Device(memory=Waiting.from_t1_t2(t2_s=20 * SLOT_S)))
    anything, fidelities = threshold_run(network, keep, 0.0)
    good, better = threshold_run(network, keep, 0.8)
    assert min(better) >= 0.8 > min(fidelities)
    assert good.refused > anything.refused == 0
    # which pairs are made does not depend on which are wanted
    assert better[:50] == [fidelity for fidelity in fidelities if fidelity >= 0.8][:50]


def threshold_run(network: Network, keep: bool, least: float):
    """The request and the fidelities of its pairs."""
    seen: list[float] = []
    requests = []

    def protocol(session):
        requests.append(session.request(keep=keep, min_fidelity=least))
        while len(seen) < 200:
            pair = yield session.next_pair()
            pair.release()
            seen.append(pair.fidelity())

    simulation = network.simulate(seed=4, cutoff_s=1.0, **AT_ONCE)  # a cut-off of ours: no other plan is looked for
    simulation.start(protocol, "n0", "n2")
    assert simulation.run() == "done"
    return requests[0], seen


def test_t1_sets_apart_the_error_rates_of_z_and_x() -> None:
    # Both halves wait one slot: with g = 1 - exp(-t/T1) their bits differ with g (1 - g), and XX falls by exp(-2t/T2).
    t1_s, t2_s = 2 * SLOT_S, 3 * SLOT_S
    device = Device(memory=Waiting.from_t1_t2(t1_s=t1_s, t2_s=t2_s))
    result = bbm92.run(chain(1, hardware=device), stop=Pairs(2000), seed=6, classical_delay="zero")
    g = 1 - math.exp(-SLOT_S / t1_s)
    assert agrees(*errors(result, "0"), g * (1 - g))
    assert agrees(*errors(result, "90"), (1 - math.exp(-2 * SLOT_S / t2_s)) / 2)


def test_psi_pairs_decay_otherwise_under_t1() -> None:
    # Of |01> + |10> either may fall to |00>: bits that should differ agree with g.
    device = Device(memory=Waiting.from_t1_t2(t1_s=2 * SLOT_S, t2_s=3 * SLOT_S))
    network = Network.chain([10.0], link=link(label=2), hardware=device)
    result = bbm92.run(network, stop=Pairs(2000), seed=6)
    assert agrees(*errors(result, "0"), 1 - math.exp(-0.5))
    assert agrees(*errors(result, "90"), (1 - math.exp(-2 / 3)) / 2)


def test_two_protocols_share_one_route() -> None:
    network = chain(2, 0.95, 0.5)
    simulation = network.simulate(seed=3, **AT_ONCE)
    keys, bell = (simulation.start(module.protocol, "n0", "n2") for module in (bbm92, e91))
    simulation.run(until_s=3000 * SLOT_S * mean_longest_wait(2, 0.5))
    simulation.close("sim-time")
    pairs = [session.result.counts.deliveries.pairs for session in (keys, bell)]
    assert abs(pairs[0] - pairs[1]) <= 1
    assert sum(pairs) == pytest.approx(3000, abs=4 * math.sqrt(3000) * deviation(2, 0.5) / mean_longest_wait(2, 0.5))
    assert agrees(*errors(keys.result, "0", "90"), qber_of(0.95, 2))
    assert agrees(*bell.result.key_errors, qber_of(0.95, 2))


@pytest.mark.parametrize("interfaces", [2, 4])
def test_two_routes_share_a_node(interfaces: int) -> None:
    names = ("a", "b"), ("c", "d")
    edges = [Edge(end, "hub", 10.0, link(0.95, 0.5)) for end in "abcd"]
    star = Network(
        name="star", nodes=("hub", *"abcd"), edges=tuple(edges), repeater=Device(optical_interfaces=interfaces)
    )
    simulation = star.simulate(seed=3)
    sessions = [simulation.start(bbm92.protocol, *ends) for ends in names]
    simulation.run(until_s=0.2)
    simulation.close("sim-time")
    alone = bbm92.run(star, "a", "b", stop=Seconds(0.2), seed=3).counts.deliveries
    shared = [session.result.counts.deliveries for session in sessions]
    for session in sessions:
        assert agrees(*errors(session.result, "0", "90"), qber_of(0.95, 2))
    if interfaces == 4:  # a tenant on other links and interfaces moves no one's numbers
        assert shared[0] == alone
    else:
        assert 0.3 < sum(counts.pairs for counts in shared) / (2 * alone.pairs) < 0.9


def test_sessions_that_keep_and_that_do_not_take_turns() -> None:
    simulation = chain(1).simulate(seed=1)
    sessions = [
        simulation.start(lambda session, keep=keep: bbm92.protocol(session, keep=keep), "n0", "n1", name=f"keep-{keep}")
        for keep in (False, True)
    ]
    for session in sessions:
        session.pair_limit = 200
    assert simulation.run() == "done"
    assert [session.result.counts.deliveries.pairs for session in sessions] == [200, 200]


def test_the_printed_result_names_what_stopped_it() -> None:
    network = Network.chain([10.0], link=Link.from_numbers(0.5, SLOT_S, State.werner(0.97)))
    assert "stopped by pairs" in str(bbm92.run(network, stop=Pairs(50), seed=1))
