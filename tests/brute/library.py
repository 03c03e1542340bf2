"""Protocols of the literature on the full register, written from their papers: gate by gate, reading by reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .devices import Device
from .registers import CNOT, ID, H, Matrix, X, Y, Z, kron, qubits_of

Bits = tuple[tuple[str, int], ...]


class Register:
    """Named qubits, and one unnormalised matrix for each history of readings."""

    def __init__(self, rho: Matrix, names: str) -> None:
        self.names = list(names)
        self.histories: dict[Bits, Matrix] = {(): rho}

    def gate(self, device: Device, unitary: Matrix, names: str, when: str | None = None) -> None:
        """Do a gate; with `when`, only in the histories where that bit was read as 1."""
        places = [self.names.index(name) for name in names]
        for bits, rho in self.histories.items():
            if when is None or dict(bits)[when]:
                self.histories[bits] = device.gate(rho, unitary, places)

    def read(self, device: Device, name: str) -> None:
        """Measure a qubit in Z; it leaves, and its name is now that of the bit."""
        place = self.names.index(name)
        self.histories = {
            (*bits, (name, bit)): rest
            for bits, rho in self.histories.items()
            for bit, rest in enumerate(device.read(rho, place))
        }
        del self.names[place]

    def where(self, accept) -> Matrix:
        """Sum the histories whose bits (a dict) are accepted."""
        return sum(rho for bits, rho in self.histories.items() if accept(dict(bits)))

    def by(self, order: str) -> list[Matrix]:
        """List the histories by the number that the bits make, the first of `order` counting least."""
        listed = {
            sum(dict(bits)[name] << k for k, name in enumerate(order)): rho for bits, rho in self.histories.items()
        }
        return [listed[number] for number in sorted(listed)]


def rotation(axis: Sequence[float], angle: float) -> Matrix:
    """exp(-i angle/2 (n . sigma)), n the direction of `axis`."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    return np.cos(angle / 2) * ID - 1j * np.sin(angle / 2) * (x * X + y * Y + z * Z)


def dejmps(rho: Matrix, alice: Device, bob: Device) -> Matrix:
    """Pairs aB... are a0 b0 a1 b1, here named a A c C: capitals are Bob's."""
    register = Register(rho, "aAcC")
    for device, kept, spent, sign in ((alice, "a", "c", 1), (bob, "A", "C", -1)):
        for name in (kept, spent):
            register.gate(device, rotation((1, 0, 0), sign * np.pi / 2), name)
        register.gate(device, CNOT, kept + spent)
        register.read(device, spent)
    return register.where(lambda bits: bits["c"] == bits["C"])


def bilateral_cnot(rho: Matrix, alice: Device, bob: Device, accept) -> Matrix:
    register = Register(rho, "aAcC")
    for device, kept, spent in ((alice, "a", "c"), (bob, "A", "C")):
        register.gate(device, CNOT, kept + spent)
        register.read(device, spent)
    return register.where(lambda bits: accept(bits["c"], bits["C"]))


def epl(rho: Matrix, alice: Device, bob: Device) -> Matrix:
    return bilateral_cnot(rho, alice, bob, lambda a, b: a == b == 1)


def bbpssw(rho: Matrix, alice: Device, bob: Device) -> Matrix:
    return twirl(bilateral_cnot(rho, alice, bob, lambda a, b: a == b), alice, bob)


def twirl(rho: Matrix, alice: Device, bob: Device) -> Matrix:
    """The rotations of a tetrahedron: none, halves about x, y, z, thirds both ways about the four diagonals."""
    diagonals = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    turns = [rotation(axis, np.pi) for axis in np.eye(3)]
    turns += [rotation(axis, sign * 2 * np.pi / 3) for axis in diagonals for sign in (1, -1)]
    total = rho.copy()
    for turn in turns:
        total += bob.gate(alice.gate(rho, turn, [0]), turn.conj(), [1])
    return total / 12


def double_selection(rho: Matrix, alice: Device, bob: Device) -> Matrix:
    """Fujii and Yamamoto: the kept pair a, checked by c, which d checks."""
    register = Register(rho, "aAcCdD")
    for device, kept, first, second in ((alice, "a", "c", "d"), (bob, "A", "C", "D")):
        register.gate(device, CNOT, kept + first)
        register.gate(device, CNOT, second + first)
        register.gate(device, H, second)
        register.read(device, first)
        register.read(device, second)
    return register.where(lambda bits: bits["c"] == bits["C"] and bits["d"] == bits["D"])


def three_to_one(rho: Matrix, alice: Device, bob: Device) -> Matrix:
    """The kept pair a, checked for flips by c and for phases by d."""
    register = Register(rho, "aAcCdD")
    for device, kept, flips, phases in ((alice, "a", "c", "d"), (bob, "A", "C", "D")):
        register.gate(device, CNOT, kept + flips)
        register.read(device, flips)
        register.gate(device, CNOT, phases + kept)
        register.gate(device, H, phases)
        register.read(device, phases)
    return register.where(lambda bits: bits["c"] == bits["C"] and bits["d"] == bits["D"])


def teleport(rho: Matrix, device: Device) -> list[Matrix]:
    """Qubit m through the pair s, t, by record 2 parity + phase; of four qubits the first, w, only watches."""
    register = Register(rho, "wmst"[-qubits_of(rho) :])
    register.gate(device, CNOT, "ms")
    register.gate(device, H, "m")
    register.read(device, "m")
    register.read(device, "s")
    register.gate(device, X, "t", when="s")
    register.gate(device, Z, "t", when="m")
    return register.by("ms")


def remote_cnot(rho: Matrix, device: Device) -> list[Matrix]:
    """Control c, target t, pair s (with the control) and r (with the target)."""
    register = Register(rho, "csrt")
    register.gate(device, CNOT, "cs")
    register.read(device, "s")
    register.gate(device, X, "r", when="s")
    register.gate(device, CNOT, "rt")
    register.gate(device, H, "r")
    register.read(device, "r")
    register.gate(device, Z, "c", when="r")
    return register.by("sr")


def ghz_meeting(rho: Matrix, pairs: int, device: Device, *, project: bool) -> list[Matrix]:
    """Halves at the node a b c d, far ends A B C D in turns. All halves join a, which is measured if `project`."""
    near, far = "abcd"[:pairs], "ABCD"[:pairs]
    register = Register(rho, "".join(one + two for one, two in zip(near, far, strict=True)))
    for other in near[1:]:
        register.gate(device, CNOT, "a" + other)
    if project:
        register.gate(device, H, "a")
    read = near if project else near[1:]
    for name in read:
        register.read(device, name)
    return register.by(read)


def pauli(rho: Matrix, qubit: int, basis: str, device: Device) -> list[Matrix]:
    """h turns X into Z; h after the inverse of S turns Y into Z."""
    gates = {"x": [H], "y": [np.diag([1, -1j]), H], "z": []}[basis]
    for unitary in gates:
        rho = device.gate(rho, unitary, [qubit])
    return device.read(rho, qubit)


def intercepted(rho: Matrix, qubit: int, angle: float) -> list[Matrix]:
    """Project on the eigenvectors of cos(angle) Z + sin(angle) X and send what was found, by bit."""
    observable = np.cos(angle) * Z + np.sin(angle) * X
    return [acting(rho, (ID + sign * observable) / 2, qubit) for sign in (1, -1)]


def probed(rho: Matrix, qubit: int, disturbance: float, angle: float) -> list[Matrix]:
    """Weak measurement by its Kraus operators: square roots of the two outcomes' effects."""
    observable = np.cos(angle) * Z + np.sin(angle) * X
    plus, minus = (ID + observable) / 2, (ID - observable) / 2
    right = 0.5 + np.sqrt(disturbance * (1 - disturbance))
    strong, weak = np.sqrt(right), np.sqrt(1 - right)
    return [acting(rho, strong * one + weak * two, qubit) for one, two in ((plus, minus), (minus, plus))]


def acting(rho: Matrix, operator: Matrix, qubit: int) -> Matrix:
    whole = kron(*(operator if k == qubit else ID for k in range(qubits_of(rho))))
    return whole @ rho @ whole.conj().T


def linear_optics(rho: Matrix, first: int, efficiency: float, visibility: float) -> dict[int, Matrix]:
    """Qubits `first` and the next are photons, polarised H = 0, V = 1: overlaps with Psi+ and Psi-, else failure.

    Written as effects: two photons that overlap by V interfere with that weight, else they only show their
    polarisations, which both Psi share. Failure is what is left of the trace.
    """
    n = qubits_of(rho)
    vectors = {2: np.array([0, 1, 1, 0]) / np.sqrt(2), 3: np.array([0, 1, -1, 0]) / np.sqrt(2)}
    projectors = {label: np.outer(v, v) for label, v in vectors.items()}
    both = np.diag([0.0, 1, 1, 0])
    effects = {k: efficiency**2 * (visibility * p + (1 - visibility) * both / 2) for k, p in projectors.items()}
    effects[4] = np.eye(4) - effects[2] - effects[3]
    traced = rho.reshape((2**first, 4, 2 ** (n - first - 2)) * 2)
    return {
        label: np.einsum("iajkbl,ba->ijkl", traced, effect).reshape(2 ** (n - 2), -1)
        for label, effect in effects.items()
    }


def product(states: Iterable[Matrix]) -> Matrix:
    return kron(*states)
