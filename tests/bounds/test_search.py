import math

import pytest

from qnet.bounds import (
    LinearReceiver,
    infinite_decoy_key_per_pulse,
    long_fibre_intensity,
    maximal_distance_km,
    optimal_intensity,
    optimal_spacing_km,
    optimal_vacuum_weak,
    vacuum_weak_key_per_pulse,
)
from qnet.errors import InvalidArgument

LINK = LinearReceiver(transmission=0.02, background_yield=2e-6, misalignment=0.01)


def test_the_optimum_beats_its_neighbours() -> None:
    best = optimal_intensity(lambda mu: infinite_decoy_key_per_pulse(LINK, mu))
    keys = [infinite_decoy_key_per_pulse(LINK, mu) for mu in (best * 0.99, best, best * 1.01)]
    assert max(keys) == keys[1]


def test_the_signal_is_optimal_for_the_weakest_decoy() -> None:
    signal, weak = optimal_vacuum_weak(LINK, weakest=0.1)
    keys = [vacuum_weak_key_per_pulse(LINK, mu, weak) for mu in (signal * 0.99, signal, signal * 1.01)]
    assert weak == 0.1
    assert max(keys) == keys[1]


def test_far_from_the_ends_the_optimum_depends_on_errors_only() -> None:
    faint = LinearReceiver(transmission=1e-7, background_yield=0.0, misalignment=0.033)
    best = optimal_intensity(lambda mu: infinite_decoy_key_per_pulse(faint, mu))
    assert best == pytest.approx(long_fibre_intensity(0.033), abs=1e-5)


def test_errors_beyond_any_key_leave_no_intensity() -> None:
    assert long_fibre_intensity(0.2) == 0.0


def test_reach_of_a_link_without_key_and_of_one_without_end() -> None:
    assert maximal_distance_km(lambda length_km: -1.0) == 0.0
    assert maximal_distance_km(lambda length_km: 1.0) == math.inf


def test_a_search_over_nothing_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="faintest"):
        optimal_intensity(lambda mu: mu, faintest=2.0)
    with pytest.raises(InvalidArgument, match="shortest_km"):
        optimal_spacing_km(lambda length_km: 1.0, shortest_km=50.0, limit_km=10.0)
