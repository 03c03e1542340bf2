from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnet.errors import InvalidArgument
from qnet.keys import (
    EpsilonBudget,
    SinglePhotonSession,
    bbm92_fraction,
    binary_entropy,
    optimal_single_photon_session,
)

SESSION = SinglePhotonSession(key_bits=100_000, test_bits=20_000, tolerated_error=0.02)

sessions = st.builds(
    SinglePhotonSession,
    key_bits=st.integers(1, 10**9),
    test_bits=st.integers(1, 10**9),
    tolerated_error=st.floats(0, 0.12),
    epsilon=st.builds(EpsilonBudget, secrecy=st.floats(1e-20, 0.1), correctness=st.floats(1e-20, 0.1)),
)


@given(sessions)
def test_no_finite_key_exceeds_the_endless_one(session: SinglePhotonSession) -> None:
    assert session.secret_bits < session.asymptotic_fraction * session.key_bits
    assert session.asymptotic_fraction == pytest.approx(bbm92_fraction(*[session.tolerated_error] * 2), abs=1e-12)
    assert 0 <= session.key_length <= session.key_bits


def test_a_growing_block_comes_to_the_endless_limit() -> None:
    shares = []
    for size in (10**5, 10**7, 10**9, 10**12, 10**15):
        session = optimal_single_photon_session(size, tolerated_error=0.03)
        shares.append(session.key_length / size)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(bbm92_fraction(0.03, 0.03), rel=1e-3)


@pytest.mark.parametrize("part", ["secrecy", "correctness"])
def test_a_stricter_epsilon_costs_bits(part: str) -> None:
    stricter = replace(SESSION, epsilon=replace(SESSION.epsilon, **{part: 1e-20}))
    assert stricter.secret_bits < SESSION.secret_bits
    if part == "correctness":
        assert SESSION.secret_bits - stricter.secret_bits == pytest.approx(33.219, abs=1e-3)  # log2(1e10)


def test_worse_preparation_costs_its_share_of_the_block() -> None:
    worse = replace(SESSION, preparation_quality=0.9)
    assert SESSION.secret_bits - worse.secret_bits == pytest.approx(0.1 * SESSION.key_bits)


def test_the_session_aborts_above_its_tolerance_and_above_its_leak() -> None:
    assert SESSION.reason_to_abort(test_errors=400, leaked_bits=SESSION.leak_limit) is None
    assert "error rate of 0.02005, above" in (SESSION.reason_to_abort(test_errors=401) or "")
    assert "reconciliation leaked" in (SESSION.reason_to_abort(test_errors=0, leaked_bits=17_000) or "")


def test_what_was_seen_does_not_change_the_length() -> None:
    assert SESSION.key_length == replace(SESSION).key_length
    with pytest.raises(InvalidArgument, match="test_errors"):
        SESSION.reason_to_abort(test_errors=20_001)


def test_the_leak_is_that_of_the_key_and_the_phase_error_that_of_the_test() -> None:
    assert replace(SESSION, key_error=0.02).secret_bits == SESSION.secret_bits
    fewer = replace(SESSION, key_error=0.01)
    leaks = [1.16 * 100_000 * binary_entropy(error) for error in (0.02, 0.01)]
    assert fewer.secret_bits - SESSION.secret_bits == pytest.approx(leaks[0] - leaks[1])
    assert fewer.asymptotic_fraction == pytest.approx(bbm92_fraction(0.01, 0.02))
    assert fewer.reason_to_abort(test_errors=400) is None
    assert "above the declared 9372" in (fewer.reason_to_abort(test_errors=0, leaked_bits=9_373) or "")


def test_the_bias_fills_both_blocks_together() -> None:
    bias = SESSION.key_basis_probability
    assert SESSION.rounds * bias**2 == pytest.approx(SESSION.key_bits)
    assert SESSION.rounds * (1 - bias) ** 2 == pytest.approx(SESSION.test_bits)


def test_the_best_share_beats_its_neighbours() -> None:
    best = optimal_single_photon_session(50_000, tolerated_error=0.02)
    for share in (0.8, 0.95, 1.05, 1.2):
        tests = round(share * best.test_bits)
        assert replace(best, key_bits=50_000 - tests, test_bits=tests).secret_bits < best.secret_bits


def test_a_block_too_small_says_how_much_is_missing() -> None:
    small = SinglePhotonSession(key_bits=1_000, test_bits=500, tolerated_error=0.02)
    with pytest.raises(
        InvalidArgument, match=r"`key_bits` must be at least (\d+) for any key \(\d+ more rounds"
    ) as error:
        small.require_key()
    needed = int(str(error.value).split("at least ")[1].split()[0])
    replace(small, key_bits=needed, test_bits=round(needed / 2)).require_key()
    assert replace(small, key_bits=needed - 2, test_bits=round(needed / 2) - 1).key_length == 0


def test_too_many_errors_are_named_rather_than_rounds() -> None:
    for attempt in (
        lambda: replace(SESSION, tolerated_error=0.12).require_key(),
        lambda: optimal_single_photon_session(10_000, tolerated_error=0.12),
    ):
        with pytest.raises(InvalidArgument, match="`tolerated_error` must leave a key"):
            attempt()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key_bits", 0),
        ("test_bits", 0),
        ("test_bits", 1.5),
        ("tolerated_error", -0.01),
        ("tolerated_error", 0.51),
        ("key_error", 0.51),
        ("preparation_quality", 1.1),
        ("error_correction_efficiency", -1.0),
    ],
)
def test_what_cannot_be_declared_is_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidArgument, match=f"`{name}`"):
        replace(SESSION, **{name: value})


def test_no_epsilon_is_too_small_for_a_number() -> None:
    sizes = {"key_bits": 10**8, "test_bits": 10**7, "tolerated_error": 0.02}
    lengths = [
        SinglePhotonSession(**sizes, epsilon=EpsilonBudget(secrecy=epsilon)).key_length for epsilon in (1e-100, 1e-300)
    ]
    assert lengths[0] > lengths[1] > 0
