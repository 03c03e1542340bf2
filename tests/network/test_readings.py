import math

import numpy as np
import pytest
from werner import agrees, chain, link

from qnet import Device, Network
from qnet.network.readings import joint_outcomes, joint_probabilities
from qnet.quantum import Aer, Noise, Readout, State, measurement
from qnet.rng import Purpose, Stream

MISREADS = Device(noise=Noise.from_numbers(readout=Readout(error_0=0.2, error_1=0.0)))


def measured(network: Network, wanted: int, read, **options):
    """Let a protocol take so many pairs; give what it made of them."""

    def protocol(session):
        session.request(pairs=wanted)
        pairs = []
        while len(pairs) < wanted:
            pairs.append((yield session.next_pair()))
        session.finish(read(session, pairs))

    simulation = network.simulate(seed=3, **options)
    session = simulation.start(protocol, "n0", network.nodes[-1])
    simulation.run()
    return session.result


def all_at(source, target):
    return lambda session, pairs: session.measure_all(pairs, [source] * len(pairs), [target] * len(pairs))


@pytest.mark.parametrize("label", range(4))
@pytest.mark.parametrize("setting", [0.0, 90.0, "y"])
def test_perfect_pairs_of_any_label_read_as_phi_plus(label: int, setting) -> None:
    outcomes = measured(Network.chain([10.0], link=link(label=label)), 40, all_at(setting, setting))
    assert {outcome.source_bit ^ outcome.target_bit for outcome in outcomes} == {int(setting == "y")}
    assert {outcome.source_bit for outcome in outcomes} == {0, 1}
    assert {(outcome.source_setting, outcome.target_setting) for outcome in outcomes} == {(setting, setting)}


def test_each_pair_is_measured_at_its_own_settings() -> None:
    def read(session, pairs):
        return session.measure_all(pairs, [0.0, 90.0] * 600, [0.0, 0.0, 90.0, 90.0] * 300)

    outcomes = measured(chain(1), 1200, read)
    assert all(o.source_bit == o.target_bit for o in outcomes if o.source_setting == o.target_setting)
    others = [o.source_bit ^ o.target_bit for o in outcomes if o.source_setting != o.target_setting]
    assert agrees(sum(others), len(others), 0.5)


def test_misreadings_of_both_devices_count() -> None:
    outcomes = measured(chain(1, hardware=MISREADS), 1500, all_at(0.0, 0.0))
    ones = [sum(bits) for bits in zip(*((o.source_bit, o.target_bit) for o in outcomes), strict=True)]
    assert all(agrees(count, 1500, 0.6) for count in ones)  # one half, and a fifth of the other half
    assert agrees(sum(o.source_bit != o.target_bit for o in outcomes), 1500, 0.16)  # 00 misread once


def test_the_referee_measures_one_by_one() -> None:
    outcomes = measured(chain(1), 3, all_at(0.0, 0.0), engine=Aer())
    assert [o.source_bit for o in outcomes] == [o.target_bit for o in outcomes]


@pytest.mark.parametrize(("label", "setting", "expected"), [(0, 0.0, 0.02), (3, 90.0, 0.02), (1, "y", 0.98)])
def test_the_ends_expect_what_their_belief_says(label: int, setting, expected: float) -> None:
    def read(session, pairs):
        return session.expected_difference(pairs[0], setting)

    assert measured(Network.chain([10.0], link=link(0.97, label=label)), 1, read) == pytest.approx(expected)
    assert measured(
        chain(1, hardware=MISREADS), 1, lambda session, pairs: session.expected_difference(pairs[0], 0.0)
    ) == (pytest.approx(0.16))


def test_draws_follow_the_probabilities() -> None:
    state, operations = State.werner(0.9), (measurement(0.0), measurement(math.pi / 4))
    probabilities = joint_probabilities([state.tensor] * 4000, *operations)
    correlator = (4 * 0.9 - 1) / 3 / math.sqrt(2)  # E(0, 45) of a Werner state is w / sqrt(2)
    equal, unequal = (1 + correlator) / 4, (1 - correlator) / 4
    assert probabilities[0] == pytest.approx([equal, unequal, unequal, equal])
    drawn = joint_outcomes(probabilities, Stream(1, Purpose.MEASUREMENT, "test").generator.random(4000))
    for outcome, count in enumerate(np.bincount(drawn, minlength=4)):
        assert agrees(int(count), 4000, probabilities[0, outcome])
