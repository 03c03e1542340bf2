"""Photon-number splitting: the clicks it keeps, the ones it cannot, and what it tells."""

import math
from dataclasses import replace

import numpy as np
import pytest

from qnet import Network
from qnet.attacks import InterceptResend, PhotonNumberSplitting
from qnet.link.pulses import PulseLink


def laser(loss_db: float, *, efficiency: float = 0.2, dark: float = 1e-6) -> PulseLink:
    return PulseLink(
        clock_hz=1e9,
        transmission=10 ** (-loss_db / 10),
        receiver_efficiency=efficiency,
        dark_count_probability=dark,
        misalignment=0.01,
        dead_time_s=0.0,
    )


def sampled(link: PulseLink, intensities: list[float], pulses: int = 10**9):
    shares = [1 / len(intensities)] * len(intensities)
    return link.sample(pulses, intensities, shares, 0.5, np.random.default_rng(11)).z


def poisson_sum(link: PulseLink, attack, mean: float) -> tuple[float, float]:
    """Gain, and the share of it from several photons, term by term."""
    quiet, gain, several = (1 - link.dark_count_probability) ** 2, 0.0, 0.0
    for n in range(60):
        weight = math.exp(-mean) * mean**n / math.factorial(n)
        left, passed = n - (n >= 2), attack.yield_of[min(n, 2)]
        click = 1 - quiet * (1 - passed * (1 - (1 - link.receiver_efficiency) ** left))
        gain += weight * click
        several += weight * click * (n >= 2)
    return gain, several / gain


@pytest.mark.parametrize("loss_db", [3.0, 10.0, 20.0, 40.0])
@pytest.mark.parametrize("efficiency", [0.2, 1.0])
def test_the_gain_of_the_signal_is_the_honest_one(loss_db: float, efficiency: float) -> None:
    link, mean = laser(loss_db, efficiency=efficiency), 0.5
    attack = PhotonNumberSplitting()
    gain, share = poisson_sum(link, attack.on(link), mean)
    quiet = (1 - link.dark_count_probability) ** 2
    honest = 1 - quiet * math.exp(-mean * link.transmission * efficiency)
    assert gain == pytest.approx(honest, rel=1e-9)
    assert attack.known_share(link) == pytest.approx(share, rel=1e-9)


def test_where_little_is_lost_clicks_are_missing() -> None:
    link = laser(0.1)
    gain, _ = poisson_sum(link, PhotonNumberSplitting(intensity=2.0).on(link), 2.0)
    assert gain < 1 - math.exp(-2.0 * link.transmission * link.receiver_efficiency) - 0.01


def test_at_great_loss_she_knows_every_bit() -> None:
    shares = [PhotonNumberSplitting().known_share(laser(db, dark=0.0)) for db in (3.0, 6.0, 10.0, 30.0)]
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    assert shares[-1] == pytest.approx(1.0)


def test_counting_pulses_shows_the_same_gain_but_for_decoys() -> None:
    link = laser(10.0)
    tapped = replace(link, attack=PhotonNumberSplitting().on(link))
    honest, split = (sampled(each, [0.5, 0.1]) for each in (link, tapped))
    error = math.sqrt(2 * honest[0].gain / honest[0].pulses)
    assert abs(split[0].gain - honest[0].gain) < 4 * error
    assert split[0].error_rate == pytest.approx(honest[0].error_rate, abs=1e-3)
    assert split[1].gain < 0.5 * honest[1].gain  # few weak pulses have several photons


def test_pulses_of_another_intensity_tell_their_own_share() -> None:
    link, attack = laser(10.0), PhotonNumberSplitting(intensity=0.5)
    _, share = poisson_sum(link, attack.on(link), 0.1)
    assert attack.known_share(link, 0.1) == pytest.approx(share, rel=1e-9)
    with pytest.raises(ValueError, match="intensity"):
        PhotonNumberSplitting(intensity=-1.0)


@pytest.mark.parametrize(("angle_deg", "z", "x"), [(None, 0.1, 0.1), (0.0, 0.0, 0.2)])
def test_pulses_that_are_measured_and_sent_again_show_as_photons_do(angle_deg, z: float, x: float) -> None:
    route = Network.chain([10.0, 10.0]).route()
    attack = InterceptResend(fraction=0.4, angle_deg=angle_deg, links=[("n0", "n1")])
    pulse_attack = attack.options(route)["pulse_attack"](laser(5.0), route)
    assert pulse_attack.error_z_of[-1] == pytest.approx(z)
    assert pulse_attack.error_x_of[-1] == pytest.approx(x)


def test_a_hop_without_a_tapped_link_is_left_alone() -> None:
    route = Network.chain([10.0, 10.0]).route()
    attack = InterceptResend(links=[("n0", "n1")])
    assert attack.options(route)["pulse_attack"](laser(5.0), route.spans()[1]) is None
