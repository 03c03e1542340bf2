import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.keys import ParityOracle, binary_entropy, cascade, cascade_questions
from qnet.rng import Purpose, Stream

FEW = settings(max_examples=25)
NAMES = st.integers(0, 9).map(str)
ERROR_RATES = st.floats(1e-6, 0.499)
KEYS = st.builds(lambda *given: noisy(*given), st.integers(1, 200), st.floats(0, 1), NAMES)


def stream(name: object = "cascade") -> Stream:
    return Stream(7, Purpose.POLICY, str(name))


def noisy(bits: int, error_rate: float, name: str = "keys"):
    generator = stream(name).generator
    alice = generator.integers(0, 2, bits, dtype=np.uint8)
    return alice, alice ^ (generator.random(bits) < error_rate)


def converse(alice, bob, error_rate, draws):
    """Play both sides by hand; give Bob's key, Alice's oracle, and the questions with their answers."""
    oracle, questions, said = ParityOracle(alice), cascade_questions(bob, error_rate, draws), []
    answer = None
    while True:
        try:
            question = questions.send(answer)
        except StopIteration as done:
            return done.value, oracle, said
        answer = oracle.answer(question)
        said.append((question, answer))


@FEW
@given(KEYS, ERROR_RATES)
def test_both_ends_hold_the_key_of_alice_whatever_the_errors(keys, error_rate) -> None:
    alice, bob = keys
    reconciled = cascade(alice, bob, error_rate, stream())
    assert reconciled.key.tolist() == alice.tolist()
    assert reconciled.corrected == np.count_nonzero(alice != bob)


@FEW
@given(KEYS, ERROR_RATES)
def test_what_leaked_is_what_crossed(keys, error_rate) -> None:
    key, oracle, said = converse(*keys, error_rate, stream())
    reconciled = cascade(*keys, error_rate, stream())
    assert key.tolist() == reconciled.key.tolist()
    assert oracle.revealed_bits == sum(answer.size for _, answer in said)
    assert reconciled.alice_bits == reconciled.bob_bits == oracle.revealed_bits
    assert reconciled.leaked_bits == 2 * oracle.revealed_bits
    assert reconciled.rounds == len(said)


@FEW
@given(KEYS, ERROR_RATES)
def test_no_parity_is_asked_for_twice(keys, error_rate) -> None:
    _, _, said = converse(*keys, error_rate, stream())
    asked = [(question.pass_number, node) for question, _ in said for node in question.nodes.tolist()]
    assert len(asked) == len(set(asked))
    assert 0 not in [question.nodes.size for question, _ in said]


@FEW
@given(KEYS, ERROR_RATES)
def test_of_two_halves_one_is_asked_for_at_most(keys, error_rate) -> None:
    _, _, said = converse(*keys, error_rate, stream())
    halves = [
        (question.pass_number, node // 2)
        for question, _ in said
        for node in question.nodes.tolist()
        if node >= 2 * question.shuffle.count
    ]
    assert len(halves) == len(set(halves))


def test_bob_learns_from_answers_alone() -> None:
    alice, bob = noisy(500, 0.05)
    _, _, said = converse(alice, bob, 0.05, stream())
    questions, (*answers, last) = cascade_questions(bob, 0.05, stream()), [answer for _, answer in said]
    for answer in (None, *answers):
        questions.send(answer)
    with pytest.raises(StopIteration) as done:
        questions.send(last)
    assert done.value.value.tolist() == alice.tolist()


def test_equal_keys_cost_block_parities_only() -> None:
    alice, _ = noisy(4096, 0.0)
    reconciled = cascade(alice, alice, 1 / 64, stream())
    # 64, 512 and 2048 bits a block, then 13 halvings; the last block of each later pass follows.
    assert reconciled.alice_bits == 64 + (8 - 1) + (2 - 1) + 13
    assert (reconciled.corrected, reconciled.rounds) == (0, 16)


@pytest.mark.parametrize("error_rate", [0.01, 0.02, 0.03, 0.05, 0.08])
def test_little_more_is_said_than_must_be(error_rate: float) -> None:
    runs = (cascade(*noisy(20_000, error_rate, f"keys {i}"), error_rate, stream(i)) for i in range(5))
    assert np.mean([run.efficiency(error_rate) for run in runs]) < 1.10


def test_nothing_can_be_cheaper_than_shannon_allows() -> None:
    alice, bob = noisy(20_000, 0.05)
    actual = float(np.mean(alice != bob))
    reconciled = cascade(alice, bob, 0.05, stream())
    assert reconciled.alice_bits > 20_000 * binary_entropy(actual)
    assert reconciled.efficiency(0.05) == reconciled.alice_bits / (20_000 * binary_entropy(0.05))


@pytest.mark.parametrize("expected", [1e-3, 0.4])
def test_a_wrong_error_rate_costs_bits_and_nothing_else(expected: float) -> None:
    alice, bob = noisy(10_000, 0.03)
    fitting, wrong = (cascade(alice, bob, rate, stream()) for rate in (0.03, expected))
    assert wrong.key.tolist() == alice.tolist()
    assert wrong.alice_bits > 1.02 * fitting.alice_bits


def test_errors_in_a_burst_cost_no_more() -> None:
    alice, bob = noisy(10_000, 0.03)
    errors = int(np.count_nonzero(alice != bob))
    burst = alice ^ (np.arange(10_000) < errors)
    spread, together = (cascade(alice, other, 0.03, stream()) for other in (bob, burst))
    assert together.key.tolist() == alice.tolist()
    assert abs(together.alice_bits / spread.alice_bits - 1) < 0.05


def test_the_same_stream_gives_the_same_conversation() -> None:
    keys = noisy(1000, 0.05)
    runs = [cascade(*keys, 0.05, stream(name)).alice_bits for name in ("a", "a", "b")]
    assert runs[0] == runs[1] != runs[2]


def test_the_keys_given_stay_as_they_are() -> None:
    alice, bob = noisy(100, 0.1)
    before = bob.copy()
    reconciled = cascade(alice, bob, 0.1, stream())
    assert bob.tolist() == before.tolist() != reconciled.key.tolist()
    assert not reconciled.key.flags.writeable


@pytest.mark.parametrize(
    ("alice", "bob", "error_rate", "message"),
    [
        ([], [], 0.1, "`alice` must hold at least one bit"),
        ([0, 1], [0], 0.1, "`bob` must have 2 bits, but is 1"),
        ([0, 2], [0, 1], 0.1, "`alice` must be a one-dimensional array of 0 and 1"),
        ([0, 1], [0, 1], 0.0, "`error_rate` must be greater than 0, but is 0.0"),
        ([0, 1], [0, 1], 0.5, "`error_rate` must be less than 0.5, but is 0.5"),
        ([0, 1], [0, 1], float("nan"), "`error_rate` must be a number"),
    ],
)
def test_bad_input_is_refused(alice, bob, error_rate, message) -> None:
    with pytest.raises(InvalidArgument, match=message):
        cascade(alice, bob, error_rate, stream())


def test_without_bits_there_is_nothing_to_ask() -> None:
    with pytest.raises(InvalidArgument, match="`key` must hold at least one bit"):
        cascade_questions([], 0.1, stream())


def test_a_bare_generator_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="`stream` must be a Stream, such as"):
        cascade([0, 1], [0, 1], 0.1, np.random.default_rng(7))  # type: ignore[arg-type]
