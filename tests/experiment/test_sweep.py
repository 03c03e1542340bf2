from dataclasses import replace

import pytest

from qnet.errors import InvalidArgument
from qnet.experiment import Quantity, Sweep

from .rows import bb84, near, sweep


def test_a_crossing_is_a_bracket_of_two_lengths():
    (crossing,) = sweep((1e4, 1e2), (1e0, 1e1)).crossings
    assert crossing == ("repeater-bbm92", "direct-bb84", 100.0, 200.0)
    assert crossing.to_json()["length_km"] == 200.0
    assert str(crossing) == "repeater-bbm92 overtakes direct-bb84 between 100 and 200 km"


def test_one_that_falls_to_zero_is_overtaken():
    (crossing,) = sweep((3.0, 1.0), (0.0, 1.0)).crossings
    assert (crossing.from_km, crossing.to_km) == (100.0, 200.0)


def with_rates(names, *rates_of_points):
    """Sweep two strategies whose rates come with their intervals."""
    points = [
        replace(point, strategies=tuple(bb84(name, rate) for name, rate in zip(names, rates, strict=True)))
        for point, rates in zip(sweep(*[(1, 1)] * len(rates_of_points)).points, rates_of_points, strict=True)
    ]
    return Sweep(points=tuple(points))


def test_what_intervals_do_not_tell_apart_is_no_crossing():
    ahead, behind = (near(9.0), near(1.0)), (near(1.0), Quantity(2.0, 0.5, 4.0))
    zero = (Quantity(0.0, 0.0, 3.0), near(2.0))
    names = ("direct-bb84", "repeater-bbm92")
    assert with_rates(names, ahead, behind, zero).crossings == ()
    (crossing,) = with_rates(names, ahead, behind, zero, (Quantity(0.0, 0.0, 1.0), near(2.0))).crossings
    assert (crossing.from_km, crossing.to_km) == (100.0, 400.0)


def test_bbm92_and_e91_of_the_same_pairs_are_not_compared():
    rates = ((near(9.0), near(1.0)), (near(1.0), near(9.0)))
    assert with_rates(("repeater-bbm92", "repeater-e91"), *rates).crossings == ()
    assert len(with_rates(("trusted-bbm92", "repeater-e91"), *rates).crossings) == 1


@pytest.mark.parametrize("rates", [[(0.0, 0.0), (0.0, 0.0)], [(2.0, 1.0), (1.0, 0.5), (0.0, 0.0)], [(1.0, 2.0)]])
def test_nothing_crosses(rates):
    assert sweep(*rates).crossings == ()


def test_a_tie_widens_the_bracket():
    (crossing,) = sweep((2.0, 1.0), (1.0, 1.0), (0.5, 1.0)).crossings
    assert (crossing.from_km, crossing.to_km) == (100.0, 300.0)


def test_lengths_must_grow_and_strategies_stay():
    points = sweep((1.0, 1.0), (1.0, 1.0)).points
    with pytest.raises(InvalidArgument, match="growing length"):
        Sweep(points=points[::-1])
    with pytest.raises(InvalidArgument, match="growing length"):
        Sweep(points=())


def test_a_sweep_prints_as_a_table_that_explains_k():
    shown = str(sweep((1e4, 1e2), (1e0, 1e1)))
    assert "100  10.0" in shown
    assert "100±1           3\n200  1.00±0.01" in shown
    words = " ".join(shown.split())
    assert "repeater-bbm92 overtakes direct-bb84 between 100 and 200 km" in words
    assert "T1 and T2 become k times longer" in words
    assert "get any key" in words
    assert max(map(len, shown.splitlines())) <= 100


def test_many_strategies_stand_in_two_tables():
    few = sweep((1e4, 1e2), (1e0, 1e1))
    names = [f"strategy-{letter}-of-a-long-name" for letter in "abcdef"]
    many = [
        replace(point, strategies=tuple(replace(point.strategies[0], name=name) for name in names))
        for point in few.points
    ]
    shown = str(Sweep(points=tuple(many))).splitlines()
    assert max(map(len, shown)) <= 100
    assert [line.split()[0] for line in shown[:9] if line] == ["km", "---", "100", "200"] * 2
    assert all(any(name in line for line in shown) for name in names)


def test_without_any_factor_the_table_says_so():
    result = sweep((1e4, 1e2), (1e0, 1e1))
    shown = str(Sweep(points=tuple(replace(point, improvement_factor=None) for point in result.points)))
    assert "No improvement factor" in shown
    assert "k-th root" not in shown
