from dataclasses import replace

import numpy as np
import pytest

from qnet.keys import DecoyCounts, DecoySession, cautious_session

ONE = DecoySession(
    intensities=(0.45, 0.15),
    probabilities=(0.4, 0.6),
    counts=DecoyCounts(
        key_clicks=(60_000.0, 40_000.0),
        key_errors=(720.0, 600.0),
        test_clicks=(15_000.0, 10_000.0),
        test_errors=(180.0, 150.0),
    ),
)
TWO = DecoySession(
    intensities=(0.5, 0.2, 2e-4),
    probabilities=(0.3, 0.5, 0.2),
    counts=DecoyCounts(
        key_clicks=(600_000.0, 400_000.0, 100.0),
        key_errors=(6_000.0, 4_500.0, 45.0),
        test_clicks=(40_000.0, 27_000.0, 10.0),
        test_errors=(400.0, 300.0, 5.0),
    ),
)


def drawn(session: DecoySession, generator: np.random.Generator) -> DecoyCounts:
    """Blocks of the same sizes, each click of a random kind."""
    counts, columns = session.counts, []
    for clicks, errors in ((counts.key_clicks, counts.key_errors), (counts.test_clicks, counts.test_errors)):
        kinds = np.concatenate([np.subtract(clicks, errors), errors])
        right, wrong = generator.multinomial(round(kinds.sum()), kinds / kinds.sum()).reshape(2, -1)
        columns += [tuple((right + wrong).tolist()), tuple(wrong.tolist())]
    return DecoyCounts(key_clicks=columns[0], key_errors=columns[1], test_clicks=columns[2], test_errors=columns[3])


@pytest.mark.parametrize("session", [ONE, TWO], ids=["one decoy", "two decoys"])
def test_two_deviations_are_what_one_session_in_44_lacks(session: DecoySession) -> None:
    careful, generator = cautious_session(session, deviations=2.0), np.random.default_rng(3)
    short = sum(replace(session, counts=drawn(session, generator)).key_length < careful.key_length for _ in range(1000))
    assert 6 <= short <= 45  # 23 expected; skew and discreteness move it by a few


@pytest.mark.parametrize("session", [ONE, TWO], ids=["one decoy", "two decoys"])
def test_blocks_keep_their_sizes_and_the_key_gets_shorter(session: DecoySession) -> None:
    lengths = []
    for deviations in (0.0, 1.0, 5.0):
        careful = cautious_session(session, deviations=deviations)
        assert careful.counts.block == pytest.approx(session.counts.block, rel=1e-12)
        assert sum(careful.counts.test_clicks) == pytest.approx(sum(session.counts.test_clicks), rel=1e-12)
        lengths.append(careful.key_length)
    assert lengths[0] == pytest.approx(session.key_length, abs=1)
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[2] > 0


def test_a_session_without_a_finite_length_is_left_alone() -> None:
    columns = {name: (4.0, 3.0, 2.0, 1.0) for name in ("key_clicks", "test_clicks")}
    nothing = {name: (0.0,) * 4 for name in ("key_errors", "test_errors")}
    session = DecoySession(
        intensities=(0.5, 0.2, 0.1, 0.0), probabilities=(0.25,) * 4, counts=DecoyCounts(**columns, **nothing)
    )
    assert cautious_session(session) is session
