import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from qnet_protocols import e91
from qnet_protocols.entanglement import PairCounts
from werner import AT_ONCE, agrees, chain, half_width, link, near, qber_of, w_of
from zscores import record_z

from qnet import Network, Pairs
from qnet.experiment import DeliveryCounts, OutcomeCounts
from qnet.quantum import State

REFERENCE = json.loads((Path(__file__).parents[1] / "analytic" / "reference.json").read_text(encoding="utf-8"))
BELL_LIMIT = 2 * math.sqrt(2)
PAIRS_OF_SETTINGS = list(itertools.product(("0", "45", "90"), ("45", "90", "135")))
CHSH = [("90", "45"), ("90", "135"), ("0", "45"), ("0", "135")]


def result_of(correlators: dict[tuple[str, str], float], each: int = 10**6, f: float = 1.0) -> e91.E91Result:
    """A result whose counts show exactly these correlators, so many outcomes for each pair of settings."""
    outcomes, deliveries = OutcomeCounts(), DeliveryCounts()
    for (a, b), correlator in correlators.items():
        wrong = round(each * (1 - correlator) / 2)
        outcomes.add(a, b, 0, 1, wrong)
        outcomes.add(a, b, 1, 1, each - wrong)
    for k in range(1, 101):
        deliveries.add(k * 10**9, 1.0)
    deliveries.stop(100 * 10**9)
    facts = {"attempts_hz": 1e4, "propagation_s": 0.0, "untrusted_stations": 0, "epoch": "given"}
    counts = PairCounts(outcomes=outcomes, deliveries=deliveries, stopped_by="pairs", **facts)
    return e91.E91Result(counts=counts, error_correction_efficiency=f)


def correlators_for(qber: float, s: float) -> dict[tuple[str, str], float]:
    chosen = dict.fromkeys(PAIRS_OF_SETTINGS, 0.0)
    chosen |= {("45", "45"): 1 - 2 * qber, ("90", "90"): 1 - 2 * qber}
    return chosen | {pair: s / 4 * (-1 if pair == CHSH[3] else 1) for pair in CHSH}


@pytest.mark.parametrize("labels", [(0,), (1,), (2,), (3,), (1, 2), (3, 2)])
def test_perfect_pairs_of_any_label_violate_fully_and_key_agrees(labels: tuple[int, ...]) -> None:
    network = Network.chain([10.0] * len(labels), link=[link(label=label) for label in labels])
    result = e91.run(network, stop=Pairs(400), seed=2)
    assert result.key_errors[0] == 0
    assert set(result.counts.outcomes.settings) == set(PAIRS_OF_SETTINGS)
    for a, b in PAIRS_OF_SETTINGS:
        wrong, total = result.counts.outcomes.errors(a, b)
        expected = (1 - math.cos(math.radians(float(a) - float(b)))) / 2
        assert agrees(wrong, total, expected)
    assert abs(result.chsh.value - BELL_LIMIT) < 4 * result.chsh.standard_error


def test_two_ninths_of_the_rounds_give_key_and_four_ninths_the_bell_test() -> None:
    result = e91.run(chain(1), stop=Pairs(2000), seed=1)
    assert agrees(result.key_errors[1], 2000, 2 / 9)
    assert agrees(sum(sum(result.counts.outcomes.of(*pair)) for pair in CHSH), 2000, 4 / 9)


def test_werner_chain_has_its_s_and_its_error_rates() -> None:
    result = e91.run(chain(2, 0.95), stop=Pairs(2000), seed=4, **AT_ONCE)
    assert abs(result.chsh.value - BELL_LIMIT * w_of(0.95, 2)) < 4 * result.chsh.standard_error
    assert agrees(*result.key_errors, qber_of(0.95, 2))
    assert near(result.qber_z, qber_of(0.95, 2))
    assert near(result.qber_x, qber_of(0.95, 2))


@pytest.mark.validate
@pytest.mark.parametrize("hops", [1, 2])
def test_werner_chain_to_a_percent(hops: int) -> None:
    result = e91.run(chain(hops, 0.95), stop=Pairs(60_000), seed=4, **AT_ONCE)
    s = BELL_LIMIT * w_of(0.95, hops)
    assert result.chsh.standard_error < 0.01 * s
    assert abs(record_z("S", result.chsh.value, result.chsh.standard_error, s)) < 4
    assert agrees(*result.key_errors, qber_of(0.95, hops), "error rate of the key")


@pytest.mark.parametrize("case", [case for case in REFERENCE if case["id"].startswith("A-di-0")], ids=lambda c: c["id"])
def test_device_independent_rate_at_a_reference_point(case: dict) -> None:
    q, s = (case["inputs"][name]["value"] for name in "QS")
    row = result_of(correlators_for(q, s), each=10**9).row()
    assert row.secret_fraction.value == pytest.approx(case["expected"]["key_fraction"], abs=1e-6)  # counts are whole
    assert row.secret_key_rate_bps.value == pytest.approx(1000 * row.secret_fraction.value)
    assert row.chsh.value == pytest.approx(s, abs=1e-5)


def test_ordinary_rate_stands_beside_the_device_independent_one() -> None:
    w = 0.8  # S = 2.26: device-independent key is far away, ordinary key with e = 0.1 is not
    correlators = {(a, b): w * math.cos(math.radians(float(a) - float(b))) for a, b in PAIRS_OF_SETTINGS}
    row = result_of(correlators).row()
    h = -0.1 * math.log2(0.1) - 0.9 * math.log2(0.9)
    assert row.secret_key_rate_bps.value == 0
    assert row.ordinary_key_rate_bps.value == pytest.approx(1000 * (1 - 2 * h), rel=1e-3)


@pytest.mark.parametrize("correlator", [0.9, 1.0])
def test_an_s_that_nature_cannot_give_counts_as_the_most_it_can(correlator: float) -> None:
    row = result_of(correlators_for(0.01, 4 * correlator), each=50).row()
    at_limit = result_of(correlators_for(0.01, BELL_LIMIT), each=10**7).row()
    assert row.chsh.value > BELL_LIMIT
    assert 0 < row.secret_fraction.value <= 1
    assert at_limit.secret_fraction.value < 1
    assert math.isfinite(row.secret_key_rate_bps.high)


def test_below_s_of_two_there_is_no_key() -> None:
    row = result_of(correlators_for(0.0, 1.9)).row()
    assert row.secret_key_rate_bps.value == row.secret_key_rate_bps.high == 0
    assert row.time_to_256_bits_s is None


def state_with_cross_terms() -> State:
    """A state that is not Bell-diagonal: XZ, ZX and local terms are all there."""
    a, b = 0.3, 0.9
    first, second = (np.array([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]]) for t in (a / 2, b / 2))
    phi = np.kron(first, second) @ np.array([math.cos(0.6), 0, 0, math.sin(0.6)])
    return State.from_density_matrix(0.9 * np.outer(phi, phi) + 0.1 * np.diag([0.4, 0.3, 0.2, 0.1]))


@pytest.mark.parametrize(
    "state", [State.bell_diagonal([0.85, 0.02, 0.1, 0.03]), state_with_cross_terms()], ids=["diagonal", "crossed"]
)
def test_error_rate_in_z_is_inferred_without_bias(state: State) -> None:
    exact = {(a, b): state.correlation(math.radians(float(a)), math.radians(float(b))) for a, b in PAIRS_OF_SETTINGS}
    rho = state.density_matrix()
    e_z = float((rho[1, 1] + rho[2, 2]).real)
    assert result_of(exact).qber_z.value == pytest.approx(e_z, abs=2e-6)
    generator = np.random.default_rng(5)
    each = 400
    drawn = [
        {pair: 1 - 2 * generator.binomial(each, (1 - value) / 2) / each for pair, value in exact.items()}
        for _ in range(400)
    ]
    seen = [result_of(correlators, each).qber_z for correlators in drawn]
    values = np.array([quantity.value for quantity in seen])
    assert abs(values.mean() - e_z) < 4 * values.std() / math.sqrt(len(values))
    if e_z > 0.1:  # else the interval is cut at zero
        assert half_width(seen[0]) == pytest.approx(values.std(), rel=0.15)


def test_before_all_settings_were_seen_nothing_is_claimed() -> None:
    row = e91.run(chain(1), stop=Pairs(3), seed=1).row()
    assert row.chsh is row.qber_z is row.secret_fraction is row.ordinary_key_rate_bps is None
    assert (row.secret_key_rate_bps.value, row.secret_key_rate_bps.low) == (0, 0)
    assert row.secret_key_rate_bps.high > 0
