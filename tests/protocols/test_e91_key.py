"""Keys made with E91: when there is one, how long it is, and when there is none."""

import math

import pytest
from qnet_protocols import e91
from qnet_protocols.bell_test import BellTest
from werner import AT_ONCE, SLOT_S, chain, half_width, link, near, qber_of, w_of

from qnet import Device, Network, Pairs
from qnet.experiment import KeyRun
from qnet.keys import EpsilonBudget
from qnet.quantum import Noise, Readout, intercept_resend

LOOSE = 0.03
"""An epsilon for runs that a test can afford."""
BUDGET = EpsilonBudget.even(LOOSE)
BELL_LIMIT = 2 * math.sqrt(2)


def made(network: Network, pairs: int = 3000, seed: int = 1, **options: object) -> KeyRun:
    return e91.make_key(network, stop=Pairs(pairs), seed=seed, epsilon=LOOSE, **options)


def seen(chsh: float, error: float, *, pairs: int = 9000, margin: float = 0.1) -> BellTest:
    facts = {"efficiency": 2.0, "budget": BUDGET}
    return BellTest(pairs=pairs, key_bits=2 * pairs // 9, chsh=chsh, chsh_margin=margin, error=error, **facts)


@pytest.mark.parametrize("labels", [(0,), (3,), (1, 2), (3, 2, 1)])
def test_both_ends_hold_one_key_whatever_the_frames(labels: tuple[int, ...]) -> None:
    """The ends measure when their own link is heralded, and hear of the swaps, which relabel settings, later."""
    run = made(Network.chain([50.0] * len(labels), link=[link(label=label) for label in labels]))
    assert run.keys_match
    assert run.secret_bits > 100
    assert not run.finite
    assert run.epsilon is None
    assert abs(run.chsh.value - BELL_LIMIT) < 4 * half_width(run.chsh)
    assert run.elapsed_s > 3000 * SLOT_S + 4 * len(labels) * 50 / 2e5  # four exchanges, at the pace of light


def test_the_key_has_the_length_of_the_formula_at_the_worst_to_be_expected() -> None:
    test = seen(2.7, 0.02, margin=0.1)
    q = (40 + 3 * math.sqrt(40) + 4) / 2000
    guess = (1 + math.sqrt(1.3**2 - 1)) / 2
    h_q, h_s = (-p * math.log2(p) - (1 - p) * math.log2(1 - p) for p in (q, guess))
    assert test.declared.key_length == int(2000 * (1 - 2 * h_q - h_s)) - math.ceil(math.log2(3 / LOOSE))
    assert test.declared.leak_limit == pytest.approx(2000 * 2 * h_q)
    assert test.declared.counted == "both"
    run = made(chain(1), pairs=3000)
    assert 0 < run.leaked_bits < 0.1 * run.sifted
    assert run.secret_bits < run.sifted * (1 - 0.5 * math.log2(BELL_LIMIT / run.declared["lowest_chsh"]))


def test_margin_of_s_follows_from_epsilon_and_the_rounds() -> None:
    result = e91.run(chain(1), stop=Pairs(900), seed=1)
    test = BellTest.of(result.counts, expected_error=0.01, error_correction_efficiency=1.0, budget=BUDGET)
    trials = [sum(result.counts.outcomes.of(a, b)) for a, b in (("0", "45"), ("0", "135"), ("90", "45"), ("90", "135"))]
    # Hoeffding: sums of m outcomes of +-1/m each, over four settings
    assert math.exp(-(test.chsh_margin**2) / (2 * sum(1 / m for m in trials))) == pytest.approx(LOOSE / 3)
    assert test.lowest_chsh < result.chsh.value < test.lowest_chsh + 1


@pytest.mark.parametrize("fidelity", [0.75, 0.79])
def test_without_violation_there_is_no_key(fidelity: float) -> None:
    """Below 0.780 a Werner state violates nothing; just above it, no run as short as this can tell."""
    run = made(chain(1, fidelity))
    assert run.aborted
    assert "does not exceed 2" in run.reason
    assert run.secret_bits == run.leaked_bits == 0
    assert run.keys_match is None


@pytest.mark.parametrize("angle", [0.0, math.pi / 4])
def test_who_measures_and_resends_leaves_no_violation(angle: float) -> None:
    run = made(Network.chain([10.0], link=link().with_taps(intercept_resend(angle))))
    assert run.chsh.value < 2
    assert run.aborted
    assert run.alice_key.size == run.bob_key.size == 0


def test_more_errors_than_expected_leak_too_much() -> None:
    """A tap that flips a few qubits leaves a violation, but the ends expect no errors."""
    noisy = made(Network.chain([10.0], link=link().with_taps(flip(0.03))), pairs=4000)
    assert noisy.aborted
    assert "reconciliation leaked" in noisy.reason


def flip(probability: float):
    from qiskit import QuantumCircuit

    from qnet.quantum import Operation

    circuit = QuantumCircuit(2, 1)
    circuit.ry(2 * math.asin(math.sqrt(probability)), 1)
    circuit.cy(1, 0)
    circuit.measure(1, 0)
    return Operation(circuit, inputs=(0,), outputs=(0,))


def test_how_many_more_pairs_are_needed_is_said_and_right() -> None:
    short = made(chain(1), pairs=700)
    more = int(short.reason.split("about ")[1].split()[0].replace(",", ""))
    assert 0 < more < 5000
    assert made(chain(1), pairs=int(1.5 * (700 + more))).secret_bits > 0
    assert "a longer run would not help" in seen(2.4, 0.1).reason
    assert "too few to see all settings; about" in made(chain(1), pairs=3).reason


def test_expected_errors_include_those_of_the_readout() -> None:
    device = Device(noise=Noise.from_numbers(readout=Readout(error_0=0.01, error_1=0.01)))
    run = made(chain(1, 0.99, hardware=device), pairs=300)
    w = w_of(0.99) * 0.98**2
    assert run.declared["expected_error"] == pytest.approx((1 - w) / 2)


def test_kept_pairs_make_a_key_too() -> None:
    assert made(chain(1), pairs=2500, keep=True).keys_match


@pytest.mark.parametrize("pairs", [3000, pytest.param(1_600_000, marks=pytest.mark.validate)])
def test_asymptotic_rate_is_the_formula_at_the_exact_state(pairs: int) -> None:
    rate = e91.run(chain(1, 0.985), stop=Pairs(pairs), seed=3, **AT_ONCE).row().secret_key_rate_bps
    q, s = qber_of(0.985), BELL_LIMIT * w_of(0.985)
    guess = (1 + math.sqrt((s / 2) ** 2 - 1)) / 2
    h_q, h_s = (-p * math.log2(p) - (1 - p) * math.log2(1 - p) for p in (q, guess))
    expected = (1 - 1.16 * h_q - h_s) / SLOT_S
    assert near(rate, expected, 0.01 if pairs > 10_000 else 0.3, "key, bit/s")


def test_what_is_hoped_for_is_what_so_many_pairs_show_on_average() -> None:
    hoped = BellTest.hoped(90_000, (0.01, 0.03), error_correction_efficiency=1.16, budget=BUDGET)
    assert hoped.chsh == pytest.approx(math.sqrt(2) * (0.98 + 0.94))
    assert hoped.chsh_margin == pytest.approx(math.sqrt(2 * math.log(1 / BUDGET.secrecy) * 4 / 10_000))
    assert (hoped.key_bits, hoped.error) == (20_000, pytest.approx(0.025))
    assert hoped.declared.key_length > 0
