import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.keys import EpsilonBudget, Reconciled, SinglePhotonSession, distil
from qnet.rng import Purpose, Stream

BUDGET = EpsilonBudget(secrecy=1e-6, correctness=1e-6)
NATURE = Stream(1, Purpose.DEVICE, "errors").generator
ALICE = NATURE.integers(0, 2, 4000, dtype=np.uint8)
BOB = ALICE ^ (NATURE.random(4000) < 0.02)
SESSION = SinglePhotonSession(key_bits=4000, test_bits=4000, tolerated_error=0.03, epsilon=BUDGET)


def run(alice=ALICE, bob=BOB, **changes):
    given = {"length": SESSION.key_length, "leak_limit": SESSION.leak_limit, "expected_error": 0.02, "epsilon": BUDGET}
    return distil(alice, bob, **{**given, "stream": Stream(7, Purpose.POLICY, "test"), **changes})


def test_both_ends_hold_one_key_of_the_declared_length() -> None:
    key = run()
    assert key.reason is None
    assert key.alice.size == SESSION.key_length > 900
    assert np.array_equal(key.alice, key.bob)
    assert key.corrected == np.count_nonzero(ALICE != BOB)
    assert (key.tag_bits, key.aborted) == (20, False)


def test_it_aborts_if_reconciliation_says_too_much() -> None:
    said = run().leaked_bits
    assert run(leak_limit=said).reason is None
    key = run(leak_limit=said - 1)
    assert f"leaked {said} bits, above the declared {said - 1}" in key.reason
    assert (key.alice.size, key.tag_bits) == (0, 0)


def test_a_proof_that_charges_both_ends_counts_twice() -> None:
    assert run(counted="both", leak_limit=1e4).leaked_bits == 2 * run().leaked_bits


def test_it_aborts_if_the_code_failed() -> None:
    def useless(alice, bob, error_rate, stream):
        return Reconciled(key=np.array(bob), alice_bits=0, bob_bits=0, corrected=0, rounds=1)

    key = run(reconciler=useless)
    assert "differed" in key.reason
    assert key.alice.size == key.bob.size == 0
    assert key.tag_bits == 20


def test_no_length_is_no_key() -> None:
    assert "no secret bit" in run(length=0).reason


@pytest.mark.parametrize("changes", [{"length": 4001}, {"leak_limit": -1.0}, {"alice": []}, {"bob": [2] * 4000}])
def test_bad_input_is_refused(changes) -> None:
    with pytest.raises(InvalidArgument):
        run(**changes)


@pytest.mark.parametrize("errors", [0, 4000])
def test_the_extremes_do_not_break_it(errors: int) -> None:
    key = run(bob=ALICE ^ (np.arange(4000) < errors), expected_error=errors / 4000, leak_limit=100.0)
    assert key.aborted is bool(errors)
