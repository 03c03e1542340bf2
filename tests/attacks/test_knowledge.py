"""What the eavesdropper knows: against closed forms, plain matrices, and counting."""

import itertools
import math

import numpy as np
import pytest
from werner import entropy, link

from qnet import Link
from qnet.attacks import (
    DishonestRepeater,
    EntanglingProbe,
    InterceptResend,
    Knowledge,
    along,
    holevo_bits,
    link_branches,
)
from qnet.link.photons import PhotonLink
from qnet.quantum import State
from qnet.quantum.pauli import PAULIS

PERFECT = link()
FRACTIONS = pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])


def told(*taps, basis="z", of=PERFECT) -> Knowledge:
    return along([link_branches(of, taps)], basis)


def chi(z: float) -> float:
    """Fuchs and Peres: the information of a probe, ``((1 + z) log2(1 + z) + (1 - z) log2(1 - z)) / 2``."""
    return sum((1 + s * z) * math.log2(1 + s * z) for s in (1, -1) if 1 + s * z > 0) / 2


@FRACTIONS
def test_intercept_and_resend_in_z_or_x_tells_half_a_bit(fraction: float) -> None:
    for basis in ("z", "x"):
        known = told(InterceptResend(fraction=fraction).tap, basis=basis)
        assert known.information_bits == pytest.approx(fraction / 2, abs=1e-9)
        assert known.guess_probability == pytest.approx(0.5 + fraction / 4, abs=1e-9)


@FRACTIONS
def test_at_breidbarts_angle_it_guesses_better_and_knows_less(fraction: float) -> None:
    known = told(InterceptResend(fraction=fraction, angle_deg=45.0).tap)
    right = (2 + math.sqrt(2)) / 4
    assert known.guess_probability == pytest.approx(0.5 + fraction * (right - 0.5), abs=1e-9)
    assert known.information_bits == pytest.approx(fraction * (1 - entropy(right)), abs=1e-9)


@pytest.mark.parametrize("disturbance", [0.0, 0.01, 0.15, 0.5])
def test_the_probe_tells_what_fuchs_and_peres_allow(disturbance: float) -> None:
    attack, root = EntanglingProbe(disturbance=disturbance), math.sqrt(disturbance * (1 - disturbance))
    known = told(attack.tap)
    assert known.guess_probability == pytest.approx(0.5 + root, abs=1e-9)  # Helstrom
    assert known.information_bits == pytest.approx(chi(2 * root), abs=1e-9)
    assert attack.holevo_bits == pytest.approx(entropy(disturbance), abs=1e-6)
    assert told(attack.tap, basis="x").information_bits == pytest.approx(0.0, abs=1e-9)


def test_the_holevo_bound_is_what_privacy_amplification_pays() -> None:
    """Shor and Preskill take off h(e_x); an intercepted qubit gives away no less to one who keeps everything."""
    for attack in (InterceptResend(fraction=0.3), InterceptResend(fraction=0.3, angle_deg=45.0)):
        assert told(attack.tap).information_bits < holevo_bits([attack.tap]) <= entropy(attack.error_rate("x")) + 1e-9


def brute(kraus: dict[int, list[np.ndarray]], basis: np.ndarray) -> np.ndarray:
    """P(bit of Alice, record), from the vector of Phi+ and the Kraus operators on its second qubit."""
    phi = np.array([1, 0, 0, 1], dtype=complex) / math.sqrt(2)
    joint = np.zeros((2, len(kraus)))
    for record, operators in kraus.items():
        for operator in operators:
            vector = np.kron(np.eye(2), operator) @ phi
            for bit in (0, 1):
                found = np.kron(basis[:, bit].conj()[None, :], np.eye(2)) @ vector
                joint[bit, record] += np.vdot(found, found).real
    return joint


def information(joint: np.ndarray) -> float:
    def h(p):
        return -sum(x * math.log2(x) for x in np.ravel(p) if x > 1e-15)

    return h(joint.sum(axis=0)) + h(joint.sum(axis=1)) - h(joint)


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 45.0, 120.0])
@pytest.mark.parametrize("key", ["z", "x", "y", 45.0])
def test_a_tap_tells_what_plain_matrices_say(angle_deg: float, key) -> None:
    fraction, half = 0.6, math.radians(angle_deg) / 2
    vectors = [np.array([math.cos(half), math.sin(half)]), np.array([-math.sin(half), math.cos(half)])]
    kraus = {0: [math.sqrt(1 - fraction) * np.eye(2)]}
    kraus |= {1 + k: [math.sqrt(fraction) * np.outer(v, v)] for k, v in enumerate(vectors)}
    turn = math.radians(key) / 2 if isinstance(key, float) else 0.0
    bases = {
        "z": np.eye(2),
        "x": np.array([[1, 1], [1, -1]]) / math.sqrt(2),
        "y": np.array([[1, 1], [1j, -1j]]) / math.sqrt(2),
        45.0: np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]),
    }
    joint = brute(kraus, bases[key])
    known = told(InterceptResend(fraction=fraction, angle_deg=angle_deg).tap, basis=key)
    assert known.information_bits == pytest.approx(information(joint), abs=1e-9)
    assert known.guess_probability == pytest.approx(joint.max(axis=0).sum(), abs=1e-9)


@pytest.mark.parametrize("key", ["z", "x"])
def test_a_swap_between_two_taps_is_as_four_qubits_say(key: str) -> None:
    """Alice, two halves at the repeater, Bob: every record of both taps and of the Bell measurement, by matrices."""
    angles = (math.radians(30.0), math.radians(110.0))
    vectors = [
        [np.array([math.cos(a / 2), math.sin(a / 2)]), np.array([-math.sin(a / 2), math.cos(a / 2)])] for a in angles
    ]
    taps = [[math.sqrt(0.4) * np.eye(2), *(math.sqrt(0.6) * np.outer(v, v) for v in pair)] for pair in vectors]
    bells = [np.kron(np.eye(2), flip) @ np.array([1, 0, 0, 1]) / math.sqrt(2) for flip in (PAULIS[0], *PAULIS[1:])]
    start = np.kron(bells[0], bells[0]).reshape(2, 2, 2, 2)
    found = np.eye(2) if key == "z" else np.array([[1, 1], [1, -1]]) / math.sqrt(2)
    joint = np.zeros((2, 3 * 3 * 4))
    for record, (first, second, bell) in enumerate(itertools.product(taps[0], taps[1], bells)):
        state = np.einsum("ij,kl,ajml->aimk", first, second, start)  # on the repeater's first half, and on Bob's
        for bit in (0, 1):
            left = np.einsum("a,im,aimk->k", found[bit].conj(), bell.reshape(2, 2).conj(), state)
            joint[bit, record] = np.vdot(left, left).real
    links = [link_branches(PERFECT, [InterceptResend(fraction=0.6, angle_deg=angle).tap]) for angle in (30.0, 110.0)]
    assert along(links, key).information_bits == pytest.approx(information(joint), abs=1e-9)


@FRACTIONS
@pytest.mark.parametrize("hops", [1, 2, 5])
def test_over_many_links_she_needs_to_look_once(fraction: float, hops: int) -> None:
    """Looking in Z or X at each of n links, she knows a bit of Z if her first look at it was in Z."""
    tapped = link_branches(PERFECT, [InterceptResend(fraction=fraction).tap])
    assert along([tapped] * hops).information_bits == pytest.approx((1 - (1 - fraction) ** hops) / 2, abs=1e-9)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_swaps_between_hide_nothing_from_her(place: int) -> None:
    tap = EntanglingProbe(disturbance=0.1).tap
    links = [link_branches(PERFECT, [tap] if number == place else []) for number in range(3)]
    assert along(links).information_bits == pytest.approx(told(tap).information_bits, abs=1e-9)


@pytest.mark.parametrize("mode", ["measures", "lies"])
@pytest.mark.parametrize("fraction", [0.3, 1.0])
def test_a_dishonest_repeater_knows_what_it_measures_and_a_liar_nothing(mode: str, fraction: float) -> None:
    for basis, z in (("z", 1.0), ("x", 0.0), ("either", 0.5)):
        repeater = DishonestRepeater(node="n1", mode=mode, fraction=fraction, basis=basis)
        known = along([link_branches(PERFECT)] * 2, "z", swaps=[repeater._branches()])
        expected = z * fraction if mode == "measures" else 0.0
        assert known.information_bits == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("fidelity", [0.5, 0.9, 1.0])
def test_noise_before_her_tells_her_less(fidelity: float) -> None:
    tap = InterceptResend(fraction=1.0, angle_deg=0.0).tap
    flips = (1 - (4 * fidelity - 1) / 3) / 2
    assert told(tap, of=link(fidelity)).information_bits == pytest.approx(1 - entropy(flips), abs=1e-9)


def test_heralds_of_several_labels_are_no_secret() -> None:
    four = [link(label=label).heralds[0] for label in range(4)]
    mixed = Link(
        success_probability=1.0,
        cycle_s=1e-4,
        heralds=tuple(type(h)(probability=0.25, state=h.state, label=h.label) for h in four),
    )
    tap = EntanglingProbe(disturbance=0.2).tap
    assert told(tap, of=mixed).information_bits == pytest.approx(told(tap).information_bits)


@pytest.mark.parametrize(
    "attack",
    [InterceptResend(fraction=0.7), InterceptResend(angle_deg=45.0), EntanglingProbe(disturbance=0.1, angle_deg=90.0)],
)
def test_counting_her_records_gives_the_same(attack) -> None:
    """Photons carry her record with each bit: the share that she guesses right, and the information, by counting."""
    photons = PhotonLink(
        clock_hz=1e6,
        transmission=1.0,
        receiver_efficiency=1.0,
        dark_count_probability=0.0,
        misalignment=0.0,
        dead_time_s=0.0,
        taps=(attack.tap,),
    )
    bits = photons.sample_bits(400_000, 0.5, np.random.default_rng(3))
    for number, basis in enumerate("zx"):
        mine = bits.basis == number
        joint = np.zeros((2, attack.tap.records))
        np.add.at(joint, (bits.alice[mine], bits.eve[mine]), 1.0 / mine.sum())
        known = told(attack.tap, basis=basis)
        assert joint.max(axis=0).sum() == pytest.approx(known.guess_probability, abs=4e-3)
        assert information(joint) == pytest.approx(known.information_bits, abs=4e-3)


def test_a_basis_must_be_one() -> None:
    with pytest.raises(LookupError, match="basis"):
        told(basis="w")
    with pytest.raises(ValueError, match="basis"):
        told(basis=math.inf)


def test_a_state_of_no_use_tells_nothing() -> None:
    assert told(of=Link.from_numbers(1.0, 1e-4, State.werner(0.25))).information_bits == pytest.approx(0.0, abs=1e-12)
