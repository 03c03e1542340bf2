"""Taps: the circuits against plain matrices, and how they show."""

import math

import numpy as np
import pytest
from qnet_protocols import bbm92
from werner import agrees, chain

from qnet import Network, Pairs
from qnet.attacks import EntanglingProbe, InterceptResend
from qnet.quantum.pauli import PAULIS

FRACTIONS = pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])


def projectors(angle: float) -> list[np.ndarray]:
    axis = math.cos(angle) * PAULIS[3] + math.sin(angle) * PAULIS[1]
    return [(PAULIS[0] + sign * axis) / 2 for sign in (1, -1)]


def transfer(kraus: np.ndarray) -> np.ndarray:
    """The Pauli transfer matrix of one Kraus operator, straight from its definition."""
    return np.array([[np.trace(out @ kraus @ into @ kraus.conj().T).real / 2 for into in PAULIS] for out in PAULIS])


@FRACTIONS
@pytest.mark.parametrize("angle_deg", [0.0, 45.0, 90.0, -130.0])
def test_intercept_and_resend_is_a_mixture_of_passing_and_projecting(fraction: float, angle_deg: float) -> None:
    tensor = InterceptResend(fraction=fraction, angle_deg=angle_deg).tap.instrument.tensor
    expected = [(1 - fraction) * np.eye(4)]
    expected += [fraction * transfer(projector) for projector in projectors(math.radians(angle_deg))]
    np.testing.assert_allclose(tensor, expected, atol=1e-9)


@FRACTIONS
def test_in_z_or_x_the_coin_is_part_of_the_record(fraction: float) -> None:
    tensor = InterceptResend(fraction=fraction).tap.instrument.tensor
    expected = [(1 - fraction) * np.eye(4)]
    expected += [fraction / 2 * transfer(p) for angle in (0.0, math.pi / 2) for p in projectors(angle)]
    np.testing.assert_allclose(tensor, expected, atol=1e-9)


@FRACTIONS
def test_error_rates_are_those_of_the_textbook(fraction: float) -> None:
    for angle_deg, z, x in ((None, 0.25, 0.25), (0.0, 0.0, 0.5), (90.0, 0.5, 0.0), (45.0, 0.25, 0.25)):
        attack = InterceptResend(fraction=fraction, angle_deg=angle_deg)
        assert attack.error_rate("z") == pytest.approx(z * fraction, abs=1e-9)
        assert attack.error_rate("x") == pytest.approx(x * fraction, abs=1e-9)


@pytest.mark.parametrize("disturbance", [0.0, 0.01, 0.15, 0.5])
def test_the_probe_disturbs_the_other_basis_alone(disturbance: float) -> None:
    attack = EntanglingProbe(disturbance=disturbance)
    assert attack.error_rate("x") == pytest.approx(disturbance, abs=1e-9)
    assert attack.error_rate("z") == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("attack", "e_z", "e_x"),
    [
        (InterceptResend(fraction=0.4, links=[("n1", "n0")]), 0.1, 0.1),
        (InterceptResend(fraction=0.4), (1 - 0.8**2) / 2, (1 - 0.8**2) / 2),
        (EntanglingProbe(disturbance=0.1, links=[("n2", "n1")]), 0.0, 0.1),
    ],
)
def test_they_show_in_a_simulation_as_they_should(attack, e_z: float, e_x: float) -> None:
    network = chain(2)
    options = attack.options(network.route())
    options.pop("pulse_attack")
    result = bbm92.run(network, stop=Pairs(800), seed=4, **options)
    for basis, expected in (("0", e_z), ("90", e_x)):
        wrong, total = result.counts.outcomes.errors(basis, basis)
        assert wrong == 0 if expected == 0 else agrees(wrong, total, expected)


def test_links_are_named_in_whatever_order_and_must_be_on_the_route() -> None:
    route = Network.chain([10.0, 10.0]).route()
    taps = InterceptResend(links=[("n2", "n1")]).options(route)["taps"]
    assert list(taps) == [("n1", "n2")]
    with pytest.raises(LookupError, match="n0~n2"):
        InterceptResend(links=[("n0", "n2")]).options(route)


@pytest.mark.parametrize(
    ("kind", "numbers", "named"),
    [
        (InterceptResend, {"fraction": 1.5}, "fraction"),
        (InterceptResend, {"angle_deg": math.inf}, "angle_deg"),
        (EntanglingProbe, {"disturbance": 0.6}, "disturbance"),
        (EntanglingProbe, {"disturbance": math.nan}, "disturbance"),
    ],
)
def test_numbers_out_of_range_are_refused(kind: type, numbers: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        kind(**numbers)
