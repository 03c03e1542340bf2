import math
from dataclasses import replace

import numpy as np
import pytest
from qnet_protocols import direct_bbm92
from werner import near

from qnet import Network, Pairs, Seconds
from qnet.bounds import plob_bits_per_use
from qnet.hardware import QkdHardware, qkd_hardware
from qnet.keys import bbm92_fraction
from qnet.quantum import pair_detection

SNSPD = qkd_hardware("decoy-bb84-1ghz")


def run(length_km: float, hardware: QkdHardware = SNSPD, stop: object = None) -> direct_bbm92.DirectBbm92Result:
    return direct_bbm92.run(Network.chain([length_km], qkd_hardware=hardware), stop=stop or Pairs(10**7), seed=3)


def test_rate_and_errors_are_those_of_the_light() -> None:
    result = run(100.0, replace(SNSPD, dead_time_s=0.0))
    efficiency = SNSPD.fibre.transmission(50.0) * SNSPD.receiver_efficiency
    light = pair_detection(
        mean_pairs=result.mean_pairs, statistics="thermal", efficiency_a=efficiency, efficiency_b=efficiency,
        dark_count_probability_a=1.3e-7, dark_count_probability_b=1.3e-7, misalignment=0.01,
    )  # fmt: skip
    row = result.row()
    assert near(row.pair_rate_hz, 1e9 * light.coincidence_probability, 0.01)
    assert near(row.qber_z, light.error_rate_z, 0.01)
    assert near(row.qber_x, light.error_rate_x, 0.01)
    key = 1e9 * light.coincidence_probability * bbm92_fraction(light.error_rate_z, light.error_rate_x)
    assert near(row.secret_key_rate_bps, key, 0.01)


def test_the_pump_is_the_best_one() -> None:
    result = run(100.0, stop=Pairs(1))
    values = [direct_bbm92._key_per_pulse(SNSPD, 100.0, factor * result.mean_pairs, 1.16) for factor in (0.9, 1.0, 1.1)]
    assert max(values) == values[1]


@pytest.mark.parametrize("length_km", [1.0, 50.0, 150.0, 250.0])
def test_bare_fibre_never_beats_its_bound(length_km: float) -> None:
    per_use = run(length_km).row().key_per_channel_use
    assert 0 < per_use.value < plob_bits_per_use(SNSPD.fibre.transmission(length_km))


def test_dead_time_slows_both_ends() -> None:
    """Drawn pulse by pulse, beside the solution of the Markov chain."""
    light, blanked = direct_bbm92._light(SNSPD, 20.0, 0.2), 7
    generator, pulses = np.random.default_rng(5), 400_000
    both = light.coincidence_probability
    only = light.click_probability_a - both
    kinds = generator.choice(4, size=pulses, p=[1 - both - 2 * only, only, only, both])
    ready, seen = [0, 0], 0
    for pulse in np.flatnonzero(kinds):
        clicks = [bool(kinds[pulse] & end) and pulse >= ready[place] for place, end in enumerate((1, 2))]
        seen += all(clicks)
        ready = [pulse + blanked + 1 if click else at for click, at in zip(clicks, ready, strict=True)]
    expected = direct_bbm92._coincidence_probability(light, SNSPD) * pulses
    assert abs(seen - expected) < 4 * math.sqrt(expected)
    assert expected < 0.8 * both * pulses


def test_time_ends_a_run_and_is_counted() -> None:
    result = run(250.0, stop=Seconds(10.0))
    assert result.stopped_by == "sim-time"
    assert result.counts.pulses == pytest.approx(10.0 * SNSPD.clock_hz, rel=1e-5)
    nothing = run(2000.0, stop=Seconds(10.0)).row()
    assert (nothing.pairs, nothing.secret_key_rate_bps.value, nothing.qber_z) == (0, 0.0, None)
    assert 0 < nothing.secret_key_rate_bps.high < 1


def test_blocks_add() -> None:
    once = direct_bbm92.Coincidences(pulses=10, z=(2, 1), x=(3, 0), mixed=4)
    assert (once + once).pairs == 2 * once.pairs == 18
    assert (once + once).z == (4, 2)
