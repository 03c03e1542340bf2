import math
from dataclasses import replace

import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.link.pulse_attack import PulseAttack
from qnet.link.pulses import PulseCounts, PulseLink

LINK = PulseLink(
    clock_hz=1e9,
    transmission=0.05,
    receiver_efficiency=0.5,
    dark_count_probability=1e-6,
    misalignment=0.01,
    dead_time_s=0.0,
)


def seen(attack: PulseAttack | None, intensity: float = 0.5, pulses: int = 10**9) -> PulseCounts:
    return replace(LINK, attack=attack).sample(pulses, [intensity], [1.0], 0.5, np.random.default_rng(3))


def near(count: int, of: int, probability: float) -> bool:
    return abs(count - of * probability) < 4 * math.sqrt(of * probability * (1 - probability))


def test_to_do_nothing_is_no_attack() -> None:
    idle = PulseAttack(yield_of=(1.0,), kept_of=(0,), transmission=0.05, error_z_of=(0.0,), error_x_of=(0.0,))
    honest = seen(None)
    for counts in (seen(idle), seen(PulseAttack())):
        assert near(counts.z[0].clicks, counts.z[0].pulses, honest.z[0].gain)
        assert near(counts.z[0].errors, counts.z[0].clicks, honest.z[0].error_rate)


def test_photon_number_splitting_has_the_gain_of_its_photons() -> None:
    """Single photons pass with 0.1, of n > 1 photons n - 1 reach the receiver: summed here over Poisson's law."""
    attack = PulseAttack(yield_of=(1.0, 0.1, 1.0), kept_of=(0, 0, 1), transmission=1.0)
    mu, dark = 0.5, 1e-6
    missed = [1.0, 1.0 - 0.1 * 0.5, *(0.5 ** (n - 1) for n in range(2, 40))]
    silent = sum(math.exp(-mu) * mu**n / math.factorial(n) * missed[n] for n in range(40)) * (1 - dark) ** 2
    counts = seen(attack)
    assert near(counts.z[0].clicks, counts.z[0].pulses, 1 - silent)


def test_blocked_pulses_leave_dark_counts_alone() -> None:
    counts = seen(PulseAttack(yield_of=(0.0,)))
    assert near(counts.x[0].clicks, counts.x[0].pulses, 1 - (1 - 1e-6) ** 2)


@pytest.mark.parametrize(("z", "x"), [(0.0, 0.5), (0.25, 0.25), (0.125, 0.0)])
def test_resent_pulses_show_errors_basis_by_basis(z: float, x: float) -> None:
    counts = seen(PulseAttack(error_z_of=(0.0, z), error_x_of=(0.0, x)))
    for basis, turned in ((counts.z[0], z), (counts.x[0], x)):
        honest = seen(None).z[0].error_rate
        assert near(basis.errors, basis.clicks, honest * (1 - turned) + (1 - honest) * turned)


def test_errors_may_depend_on_the_photon_number() -> None:
    """Only pulses of several photons are turned: faint pulses hardly show it."""
    attack = PulseAttack(error_z_of=(0.0, 0.0, 0.5))
    faint = seen(attack, intensity=0.002), seen(None, intensity=0.002)
    assert faint[0].z[0].error_rate == pytest.approx(faint[1].z[0].error_rate, abs=0.01)
    assert seen(attack, intensity=1.0).z[0].error_rate > 0.15


@pytest.mark.parametrize(
    "change",
    [
        {"yield_of": (1.0, 1.2)},
        {"yield_of": ()},
        {"error_z_of": (0.0, -0.1)},
        {"error_x_of": (math.nan,)},
        {"kept_of": (1,)},
        {"kept_of": (0, 0, -1)},
        {"transmission": 1.5},
    ],
)
def test_impossible_attacks_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument, match=next(iter(change))):
        PulseAttack(**change)
