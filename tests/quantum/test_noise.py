import math

import pytest

from qnet.errors import InvalidArgument, UnknownName
from qnet.quantum import NOISELESS, GateNoise, Noise, Readout


def test_plain_numbers_reach_every_gate_of_their_kind() -> None:
    noise = Noise.from_numbers(one_qubit_depolarising=0.1, two_qubit_depolarising=0.2, initialisation_s=3.0)
    assert {noise.gates[name].depolarising for name in ("h", "ry", "x")} == {0.1}
    assert {noise.gates[name].depolarising for name in ("cx", "cz", "swap")} == {0.2}
    assert noise.gates["reset"] == GateNoise(duration_s=3.0)


def test_time_of_gates_adds_up() -> None:
    noise = Noise.from_numbers(one_qubit_gate_s=1.0, two_qubit_gate_s=10.0)
    assert noise.duration_s(["h", "cx", "measure", "h"]) == 12.0


def test_readout_matrix_has_the_recorded_value_by_row() -> None:
    assert Readout(error_0=0.1, error_1=0.3).matrix == ((0.9, 0.3), (0.1, 0.7))


def test_equality_is_that_of_the_content() -> None:
    one, same, other = (Noise.from_numbers(one_qubit_depolarising=p) for p in (0.1, 0.1, 0.2))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert len({one.digest, other.digest, NOISELESS.digest}) == 3


def test_only_what_is_stated_is_known() -> None:
    noise = Noise(gates={"cz": GateNoise()}, ideal=frozenset({"barrier_free"}))
    assert noise.knows("cz")
    assert noise.knows("barrier_free")
    assert not noise.knows("cx")


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_each_field_is_held_to_its_rule(bad: float) -> None:
    with pytest.raises(InvalidArgument, match="`depolarising` must be"):
        GateNoise(depolarising=bad)
    with pytest.raises(InvalidArgument, match="`error_1` must be"):
        Readout(error_1=bad)
    with pytest.raises(InvalidArgument, match="`excited_population` must be"):
        Noise(excited_population=bad)


def test_t2_is_at_most_twice_t1() -> None:
    assert Noise(t1_s=1.0, t2_s=2.0).t2_s == 2.0
    with pytest.raises(InvalidArgument, match=r"`t2_s` must be at most 2 \* t1_s = 2\.0, but is 2\.5"):
        Noise(t1_s=1.0, t2_s=2.5)


def test_a_misspelt_gate_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="Unknown gate 'cxx'; the nearest is 'cx'"):
        Noise(gates={"cxx": GateNoise()})
