"""BBM92 from pairs to a key: of the length that was declared, the same at both ends, and none where none may be."""

import math
import signal
from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qnet_protocols import bbm92
from werner import AT_ONCE, SLOT_S, chain, link, qber_of

from qnet import Device, InvalidArgument, Link, Network, Pairs, Seconds
from qnet.attacks import InterceptResend, MessageForgery
from qnet.keys import EpsilonBudget, SinglePhotonSession
from qnet.quantum import Noise, Operation, Readout, State
from qnet.rng import Purpose, Stream

FEW = {"stop": Pairs(3500), "epsilon": 1e-3}


def declared(run) -> SinglePhotonSession:
    """The session that a run says it declared."""
    names = "key_bits", "test_bits", "tolerated_error", "key_error", "error_correction_efficiency"
    return SinglePhotonSession(**{name: run.declared[name] for name in names}, epsilon=EpsilonBudget.even(run.epsilon))


def test_the_key_has_the_length_that_the_formula_gives_for_what_was_declared() -> None:
    run = bbm92.make_key(chain(1, 0.998), seed=1, **FEW)
    assert (run.reason, run.keys_match, run.finite) == (None, True, True)
    assert run.secret_bits == declared(run).key_length > 50
    assert run.leaked_bits <= declared(run).leak_limit
    assert run.epsilon == pytest.approx(1e-3)
    assert run.declared["expected_error_z"] == pytest.approx(qber_of(0.998))


def random_run(seed: int):
    """A chain, with devices and numbers of pairs as chance has it."""
    chance = Stream(seed, Purpose.TRAFFIC, "random runs")
    hops, pairs = 1 + int(2 * chance.uniform()), int(2500 + 1500 * chance.uniform())
    misread = 0.001 * chance.uniform()
    device = Device(noise=Noise.from_numbers(readout=Readout(error_0=misread, error_1=misread)))
    network = chain(hops, 1 - 0.003 * chance.uniform(), hardware=device)
    return bbm92.make_key(network, stop=Pairs(pairs), epsilon=1e-3, seed=seed, keep=chance.uniform() < 0.1)


@pytest.mark.parametrize("seed", range(20))
def test_whoever_does_not_abort_holds_the_other_s_key(seed: int) -> None:
    run = random_run(seed)
    if run.aborted:
        assert "too small" in run.reason
    else:
        assert run.keys_match
        assert run.secret_bits == declared(run).key_length


@pytest.mark.validate
def test_in_a_thousand_random_runs_whoever_does_not_abort_holds_the_other_s_key() -> None:
    made = [random_run(seed) for seed in range(1000)]
    keys = [run for run in made if not run.aborted]
    assert len(keys) > 500
    assert all(run.keys_match for run in keys)
    assert all(run.secret_bits == declared(run).key_length for run in keys)
    assert not [run.reason for run in made if run.aborted and "too small" not in run.reason]


def uneven_run(seed: int, **declared: float):
    """A key of a chain whose pairs have 0.2 % of errors in Z, and 2.3 % in X."""
    pairs = Link.from_numbers(1.0, SLOT_S, State.bell_diagonal([0.988, 0.011, 0.0005, 0.0005]))
    return bbm92.make_key(Network.chain([10.0] * 2, link=pairs), stop=Pairs(4000), epsilon=1e-3, seed=seed, **declared)


@pytest.mark.parametrize("seed", range(2))
def test_the_basis_with_few_errors_does_not_pay_for_the_other(seed: int) -> None:
    run = uneven_run(seed)
    assert (run.reason, run.keys_match) == (None, True)
    assert run.secret_bits == declared(run).key_length > 100
    assert run.declared["key_error"] < 0.3 * run.declared["tolerated_error"]
    assert run.secret_bits > 2 * replace(declared(run), key_error=None).key_length


def test_a_tolerance_that_is_given_is_declared_of_both_bases_unless_the_key_s_is_too() -> None:
    both, apart = (uneven_run(1, tolerated_error=0.07, **more) for more in ({}, {"key_error": 0.012}))
    assert both.declared["key_error"] == 0.07
    assert (apart.declared["tolerated_error"], apart.declared["key_error"]) == (0.07, 0.012)
    assert apart.secret_bits > both.secret_bits


@pytest.mark.validate
def test_no_honest_run_over_an_uneven_chain_aborts() -> None:
    made = [uneven_run(seed) for seed in range(50)]
    assert not [run.reason for run in made if run.aborted]
    assert all(run.keys_match for run in made)


def test_more_errors_than_declared_abort() -> None:
    run = bbm92.make_key(chain(1, 0.97), tolerated_error=0.01, seed=1, **FEW)
    assert run.aborted
    assert "above the tolerated 0.01" in run.reason
    assert (run.secret_bits, run.leaked_bits, run.keys_match) == (0, 0, None)


def quarter_intercepted() -> Operation:
    """Measure in Z, with probability 1/4: a coin lets a probe copy the bit, and both are read."""
    circuit = QuantumCircuit(3, 2)
    circuit.ry(math.pi / 3, 1)
    circuit.ccx(1, 0, 2)
    circuit.measure([1, 2], [0, 1])
    return Operation(circuit, inputs=(0,), outputs=(0,))


@pytest.mark.parametrize("tolerated_error", [None, 0.1])
def test_a_quarter_intercepted_aborts_or_gives_no_more_than_is_declared(tolerated_error: float | None) -> None:
    tapped = Network.chain([10.0], link=link().with_taps(quarter_intercepted()))
    run = bbm92.make_key(tapped, stop=Pairs(3000), epsilon=1e-2, tolerated_error=tolerated_error, seed=1)
    assert run.declared["expected_error_x"] < 1e-9  # nobody told the ends
    assert run.qber_x.low < 0.125 < run.qber_x.high
    assert run.aborted or run.secret_bits <= declared(run).key_length
    assert tolerated_error is not None or "above the tolerated" in run.reason


def test_a_block_too_small_for_any_key_says_how_many_rounds_are_missing() -> None:
    run = bbm92.make_key(chain(1, 0.998), stop=Pairs(1000), epsilon=1e-3, seed=1)
    more = int(run.reason.removesuffix(" more rounds are needed").rsplit(maxsplit=1)[-1].replace(",", ""))
    assert 500 < more < 3000
    assert bbm92.make_key(chain(1, 0.998), stop=Pairs(1200 + more), epsilon=1e-3, seed=1).secret_bits > 0
    assert run.qber_z is not None  # the rounds took place all the same


def test_a_hopeless_channel_says_that_no_number_of_rounds_would_do() -> None:
    run = bbm92.make_key(chain(1, 0.8), stop=Pairs(500), seed=1)
    assert "however many the rounds" in run.reason
    assert run.asymptotic_rate_bps.value == 0


def test_a_session_of_seconds_fills_the_block_that_the_predicted_rate_allows() -> None:
    run = bbm92.make_key(chain(1, 0.998, 0.5), stop=Seconds(0.8), epsilon=1e-3, seed=2)
    assert run.keys_match
    assert run.elapsed_s < 0.8
    assert run.raw > 0.8 * 0.8 / 2e-4
    assert run.secret_key_rate_bps.value == pytest.approx(run.secret_bits / run.elapsed_s)


@pytest.mark.parametrize("stop", [Seconds(0.1), Pairs(6000, seconds=0.1)])
def test_a_run_cut_short_has_no_key_but_says_what_it_saw(stop) -> None:
    run = bbm92.make_key(chain(1, 0.998), stop=stop, epsilon=1e-6, seed=2, tolerated_error=0.01)
    assert run.aborted
    assert run.raw > 300
    assert run.elapsed_s <= 0.1


def test_equal_seeds_give_equal_keys_and_others_give_others() -> None:
    first, again, other = (bbm92.make_key(chain(1, 0.998), seed=seed, **FEW) for seed in (1, 1, 2))
    assert np.array_equal(first.alice_key, again.alice_key)
    assert first.to_json() == again.to_json()
    assert not np.array_equal(first.alice_key[:100], other.alice_key[:100])
    assert 0.35 < first.alice_key.mean() < 0.65


def test_it_runs_as_a_tenant_beside_the_counting_protocol() -> None:
    simulation = chain(2, 0.998).simulate(seed=3, **AT_ONCE)
    key, counted = (simulation.start(each, "n0", "n2") for each in (bbm92.key_protocol, bbm92.protocol))
    key.pair_limit, counted.pair_limit = 1500, 500
    assert simulation.run() == "done"
    assert key.result.raw == 1500
    assert counted.result.counts.deliveries.pairs == 500


def test_a_session_needs_an_end() -> None:
    simulation = chain(1).simulate()
    simulation.start(bbm92.key_protocol, "n0", "n1")
    with pytest.raises(InvalidArgument, match="stop"):
        simulation.run()


@pytest.mark.parametrize("epsilon", [0.0, 1.0, -1e-9])
def test_an_epsilon_that_promises_all_or_nothing_is_refused(epsilon: float) -> None:
    with pytest.raises(InvalidArgument):
        bbm92.make_key(chain(1), stop=Pairs(100), epsilon=epsilon)


@pytest.mark.parametrize("message", [1, 4, 6, 8])
def test_a_forged_message_leaves_no_key_although_the_keys_agree(message: int) -> None:
    run = bbm92.make_key(chain(1, 0.998), seed=1, attack=MessageForgery(message=message), **FEW)
    assert "a message was forged" in run.reason
    assert (run.secret_bits, run.attack.noticed, run.attack.eve_secret_bits) == (0, True, 0)


def test_an_attack_is_noticed_by_what_the_ends_did_not_expect() -> None:
    honest = bbm92.make_key(chain(1, 0.998), seed=1, attack=InterceptResend(fraction=0.0), **FEW)
    tapped = bbm92.make_key(chain(1, 0.998), seed=1, attack=InterceptResend(fraction=0.25), **FEW)
    assert not honest.attack.noticed
    assert honest.secret_bits == declared(honest).key_length > 0
    assert tapped.attack.noticed
    assert 0 < tapped.attack.after_s < tapped.elapsed_s
    assert tapped.aborted


def test_an_eavesdropper_within_the_tolerance_is_paid_for_by_the_length() -> None:
    attack = InterceptResend(fraction=0.02)
    run = bbm92.make_key(chain(1), seed=1, tolerated_error=0.02, attack=attack, stop=Pairs(4000), epsilon=1e-2)
    assert run.qber_z.value > 0
    assert run.secret_bits == declared(run).key_length > 100
    assert run.keys_match
    assert run.attack.noticed  # an ideal channel makes no errors


def test_ctrl_c_leaves_what_was_counted() -> None:
    def press(share: float) -> None:
        if share > 0.5:
            signal.raise_signal(signal.SIGINT)

    run = bbm92.make_key(chain(1, 0.998), seed=1, progress=press, **FEW)
    assert run.reason == "interrupted"
    assert 1500 < run.raw < 2500
    assert run.secret_bits == 0
