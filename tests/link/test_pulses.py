import ast
import inspect
import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnet.bounds import ThresholdReceiver
from qnet.errors import InvalidArgument
from qnet.link import pulses
from qnet.link.pulses import PulseCounts, PulseLink

EXAMPLE = {
    "clock_hz": 1e9,
    "transmission": 0.1,
    "receiver_efficiency": 0.5,
    "dark_count_probability": 1e-6,
    "misalignment": 0.015,
    "dead_time_s": 20e-9,
}
INTENSITIES = {"intensities": [0.6, 0.1, 0.0], "intensity_probabilities": [0.5, 0.25, 0.25]}


def block(live_pulses: int, seed: int = 7, z: float = 0.6, **changes: float) -> PulseCounts:
    link = PulseLink(**EXAMPLE | changes)
    return link.sample(live_pulses, **INTENSITIES, basis_probability_z=z, generator=np.random.default_rng(seed))


def standard_errors(count: int, of: int, probability: float) -> float:
    return (count - of * probability) / math.sqrt(of * probability * (1 - probability))


@pytest.mark.parametrize(
    "channel",
    [
        {"transmission": 1.0, "receiver_efficiency": 0.9, "dark_count_probability": 1e-7, "misalignment": 0.02},
        {"transmission": 1.0, "receiver_efficiency": 1.0, "dark_count_probability": 0.2, "misalignment": 0.3},
        {"transmission": 0.1, "receiver_efficiency": 0.2, "dark_count_probability": 1e-5, "misalignment": 0.015},
        {"transmission": 1e-4, "receiver_efficiency": 0.5, "dark_count_probability": 1e-6, "misalignment": 0.01},
    ],
)
def test_gains_and_errors_are_those_of_the_exact_closed_form(channel: dict[str, float]) -> None:
    counts = block(10**12, **channel)
    model = ThresholdReceiver(
        transmission=channel["transmission"] * channel["receiver_efficiency"],
        dark_count_probability=channel["dark_count_probability"],
        misalignment=channel["misalignment"],
    )
    for seen in (counts.z, counts.x):
        for intensity, basis in zip(counts.intensities, seen, strict=True):
            assert abs(standard_errors(basis.clicks, basis.pulses, model.gain(intensity))) < 4
            assert abs(standard_errors(basis.errors, basis.clicks, model.error_rate(intensity))) < 4


def test_bright_single_gain_and_error_of_the_reference() -> None:
    """D-wcp-0.9-0-0.9: double clicks lift the error rate from 2.00 to 2.10 %."""
    bright = {"transmission": 1.0, "receiver_efficiency": 0.9, "dark_count_probability": 1e-7, "misalignment": 0.02}
    counts = PulseLink(**EXAMPLE | bright).sample(10**10, [0.9], [1.0], 1.0, np.random.default_rng(3))
    assert counts.z[0].gain == pytest.approx(0.5551420227, rel=1e-4)
    assert abs(standard_errors(counts.z[0].errors, counts.z[0].clicks, 0.02101716171)) < 4


def test_the_sampler_does_not_know_the_formulas() -> None:
    imported = [
        name
        for node in ast.walk(ast.parse(inspect.getsource(pulses)))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [getattr(node, "module", ""), *(alias.name for alias in node.names)]
    ]
    assert not [name for name in imported if "bounds" in (name or "")]


def test_pulses_fall_into_intensities_and_bases() -> None:
    counts = block(10**8, z=0.8)
    shares = [0.5 * 0.64, 0.5 * 0.04, 0.25 * 0.64, 0.25 * 0.04]
    sent = [basis[k].pulses for k, basis in product((0, 1), (counts.z, counts.x))]
    assert all(abs(standard_errors(n, 10**8, share)) < 4 for n, share in zip(sent, shares, strict=True))


def test_dead_time_is_that_of_a_detector_watched_pulse_by_pulse() -> None:
    rng, live, clicks, elapsed = np.random.default_rng(5), 0, 0, 40_000
    photons, lit, dark = rng.poisson(0.8, elapsed), 0.7, 0.01
    fires = rng.random(elapsed) < 1 - (1 - lit) ** photons * (1 - dark) ** 2
    blind_until = 0
    for pulse in range(elapsed):
        if pulse >= blind_until:
            live += 1
            clicks += fires[pulse]
            blind_until = pulse + 1 + 3 * fires[pulse]
    same = {"transmission": 0.7, "receiver_efficiency": 1.0, "dark_count_probability": 0.01, "dead_time_s": 3e-9}
    counts = PulseLink(**EXAMPLE | same).sample(10**9, [0.8], [1.0], 0.5, rng)
    assert clicks / elapsed == pytest.approx(counts.clicks / (counts.elapsed_s * 1e9), abs=4 * 0.5 / math.sqrt(elapsed))


@pytest.mark.parametrize(("dead_time_s", "pulses_lost"), [(0.0, 0), (20e-9, 20), (20.5e-9, 21), (0.1e-9, 1)])
def test_dead_time_is_whole_clock_periods(dead_time_s: float, pulses_lost: int) -> None:
    counts = block(10**6, dead_time_s=dead_time_s)
    assert counts.blanked_pulses == pulses_lost * counts.clicks
    assert counts.elapsed_s == pytest.approx((10**6 + counts.blanked_pulses) / 1e9)


def test_clicks_in_unequal_bases_are_counted_but_not_kept() -> None:
    counts = block(10**8, z=0.5)
    kept = sum(basis.clicks for basis in counts.z + counts.x)
    assert kept == pytest.approx(counts.clicks / 2, rel=0.01)


def test_blocks_add_like_one_block() -> None:
    total = block(10**6, seed=1) + block(3 * 10**6, seed=2)
    assert total.live_pulses == 4 * 10**6
    assert total.clicks == block(10**6, seed=1).clicks + block(3 * 10**6, seed=2).clicks
    assert total.z[0].pulses == block(10**6, seed=1).z[0].pulses + block(3 * 10**6, seed=2).z[0].pulses


def test_blocks_of_other_intensities_do_not_add() -> None:
    other = PulseLink(**EXAMPLE).sample(10, [0.5], [1.0], 0.5, np.random.default_rng(0))
    with pytest.raises(InvalidArgument, match="intensities"):
        block(10) + other


def test_same_seed_same_counts() -> None:
    assert block(10**6, seed=3) == block(10**6, seed=3) != block(10**6, seed=4)


@settings(max_examples=25, deadline=None)
@given(
    live=st.integers(0, 10**12),
    eta=st.floats(0, 1),
    dark=st.floats(0, 1),
    wrong=st.floats(0, 1),
    z=st.floats(0, 1),
)
def test_no_count_exceeds_what_it_is_a_part_of(live: int, eta: float, dark: float, wrong: float, z: float) -> None:
    counts = block(live, z=z, transmission=eta, dark_count_probability=dark, misalignment=wrong)
    seen = counts.z + counts.x
    assert all(0 <= basis.errors <= basis.clicks <= basis.pulses for basis in seen)
    assert sum(basis.clicks for basis in seen) <= counts.clicks <= counts.live_pulses == live
    assert sum(basis.pulses for basis in seen) <= live


def test_extremes_are_certain() -> None:
    nothing = block(10**6, transmission=0.0, dark_count_probability=0.0)
    assert (nothing.clicks, nothing.elapsed_s) == (0, 1e-3)
    assert math.isnan(nothing.z[0].error_rate)
    perfect = block(10**6, transmission=1.0, dark_count_probability=0.0, misalignment=0.0)
    assert (perfect.z[0].errors, perfect.x[2].clicks) == (0, 0)
    assert block(10**6, dark_count_probability=1.0).clicks == 10**6


@pytest.mark.parametrize("field", ["clock_hz", "transmission", "receiver_efficiency", "misalignment", "dead_time_s"])
@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_a_link_refuses_what_is_no_quantity(field: str, value: float) -> None:
    with pytest.raises(InvalidArgument, match=field):
        PulseLink(**EXAMPLE | {field: value})


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"live_pulses": -1}, "live_pulses"),
        ({"intensities": [0.5]}, "intensities"),
        ({"intensities": [0.5, -0.1]}, "intensities"),
        ({"intensities": [0.5, 50.0]}, "intensities"),
        ({"intensity_probabilities": [0.5, 0.4]}, "intensity_probabilities"),
        ({"basis_probability_z": 1.2}, "basis_probability_z"),
    ],
)
def test_a_block_refuses_what_is_no_choice(change: dict[str, object], name: str) -> None:
    good = {"live_pulses": 10, "intensities": [0.5, 0.1], "intensity_probabilities": [0.5, 0.5]}
    with pytest.raises(InvalidArgument, match=name):
        PulseLink(**EXAMPLE).sample(
            **{**good, "basis_probability_z": 0.5, **change}, generator=np.random.default_rng(0)
        )
