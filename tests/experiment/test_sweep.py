import pytest

from qnet.errors import InvalidArgument
from qnet.experiment import Sweep

from .rows import sweep


def test_exponentials_cross_where_they_are_equal():
    (crossing,) = sweep((1e4, 1e2), (1e0, 1e1)).crossings  # four decades and one per 100 km
    assert (crossing.winner, crossing.loser) == ("repeater-bbm92", "direct-bb84")
    assert crossing.length_km == pytest.approx(100 + 100 * 2 / 3)


def test_one_that_falls_to_zero_is_overtaken():
    (crossing,) = sweep((3.0, 1.0), (0.0, 1.0)).crossings
    assert crossing.length_km == pytest.approx(100 + 100 * 2 / 3)


@pytest.mark.parametrize("rates", [[(0.0, 0.0), (0.0, 0.0)], [(2.0, 1.0), (1.0, 0.5), (0.0, 0.0)], [(1.0, 2.0)]])
def test_nothing_crosses(rates):
    assert sweep(*rates).crossings == ()


def test_a_tie_is_passed_through_once():
    (crossing,) = sweep((2.0, 1.0), (1.0, 1.0), (0.5, 1.0)).crossings
    assert crossing.length_km == pytest.approx(200.0)


def test_the_rate_at_a_crossing_is_the_same_for_both():
    result = sweep((1e4, 1e2), (1e0, 1e1))
    (crossing,) = result.crossings
    winner, loser = (result.rate_at(name, crossing.length_km) for name in crossing[:2])
    assert winner == pytest.approx(loser)


def test_lengths_must_grow_and_strategies_stay():
    points = sweep((1.0, 1.0), (1.0, 1.0)).points
    with pytest.raises(InvalidArgument, match="growing length"):
        Sweep(points=points[::-1])
    with pytest.raises(InvalidArgument, match="growing length"):
        Sweep(points=())


def test_a_sweep_prints_as_a_table_that_explains_k():
    shown = str(sweep((1e4, 1e2), (1e0, 1e1)))
    assert "100 km  10 kbit/s    100 bit/s       3\n200 km  1 bit/s      10 bit/s        –\n" in shown
    words = " ".join(shown.split())
    assert "repeater-bbm92 overtakes direct-bb84 at 167 km" in words
    assert "T1 and T2 become k times longer" in words
    assert max(map(len, shown.splitlines())) <= 100
