"""Two published repeaters with two links and memories only in the middle: their numbers, and what these must give.

All is in closed form. Let a be exp(-T/T2) with T the time of a trial, q = 1 - p, N and M the trials of the two links.
Loaded at once, the one that is first waits |N - M| trials, and a chain takes max(N, M):
E[a^|N-M|] = p/(2-p) (1+qa)/(1-qa), E[max] = (3-2p)/(p(2-p)). Loaded one after the other, the first waits M trials and
the chain takes N + M: E[a^M] = pa/(1-qa), 2/p. Besides, both halves in the middle wait for their photons' heralds.
Every noise here is diagonal in the Bell basis, so it multiplies the correlations xx, yy, zz of Phi+.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from chains import chain

from qnet.link import Device, Link
from qnet.network.topology import Network
from qnet.quantum import Noise, State, Waiting, bell_measurement

_KM_PER_S = 2e5


def entropy(error: float) -> float:
    return 0.0 if error in (0.0, 1.0) else -error * math.log2(error) - (1 - error) * math.log2(1 - error)


@dataclass(frozen=True, kw_only=True)
class TwoLinks:
    """`length_km` from end to end; a trial takes `preparation_s` and the flight to the end and back."""

    length_km: float
    efficiency: float
    preparation_s: float
    t2_s: float
    ideality: float
    misalignment: float = 0.0
    dark_count_probability: float = 0.0
    correction: float = 1.0
    attenuation_km: float = 22.0
    sequential: bool = False

    @property
    def flight_s(self) -> float:
        return self.length_km / _KM_PER_S

    @property
    def trial_s(self) -> float:
        return self.preparation_s + self.flight_s

    @property
    def photon(self) -> float:
        return self.efficiency * math.exp(-self.length_km / 2 / self.attenuation_km)

    @property
    def probability(self) -> float:
        """One of two detectors clicks, for the photon or for a dark count."""
        return 1 - (1 - self.photon) * (1 - self.dark_count_probability) ** 2

    @property
    def signal(self) -> float:
        """The share of clicks that are not white noise: the photon's, no dark count in the other detector."""
        return self.photon * (1 - self.dark_count_probability) / self.probability

    def correlations(self) -> tuple[float, float, float]:
        """Mean xx, -yy and zz of the delivered pairs, in the frame of Phi+."""
        p, q, a = self.probability, 1 - self.probability, math.exp(-self.trial_s / self.t2_s)
        waited = p * a / (1 - q * a) if self.sequential else p / (2 - p) * (1 + q * a) / (1 - q * a)
        white = self.signal**2 * self.ideality
        turned = white * (1 - 2 * self.misalignment) ** 2  # Y errors spare yy
        dephased = waited * math.exp(-2 * self.flight_s / self.t2_s)
        return turned * dephased, white * dephased, turned

    @property
    def fidelity(self) -> float:
        return (1 + sum(self.correlations())) / 4

    @property
    def trials(self) -> float:
        p = self.probability
        return 2 / p if self.sequential else (3 - 2 * p) / (p * (2 - p))

    @property
    def rate_hz(self) -> float:
        return 1 / (self.trials * self.trial_s)

    @property
    def key_fraction(self) -> float:
        xx, _, zz = self.correlations()
        return 1 - entropy((1 - xx) / 2) - self.correction * entropy((1 - zz) / 2)

    @property
    def key_hz(self) -> float:
        return self.rate_hz * self.key_fraction

    def network(self) -> Network:
        """The same for the simulator: an end measures its photon, so its link is from memory to detector."""
        x = z = self.signal * (1 - 2 * self.misalignment)
        y = self.signal
        weights = [(1 + x + y + z) / 4, (1 - x - y + z) / 4, (1 + x - y - z) / 4, (1 - x + y - z) / 4]
        numbers = {"emission_s": self.preparation_s}
        herald = Link.from_numbers(self.probability, self.trial_s, State.bell_diagonal(weights)).heralds
        links = [
            Link(
                success_probability=self.probability,
                cycle_s=self.trial_s,
                heralds=herald,
                measured=frozenset([end]),
                **numbers,
            )
            for end in ("source", "target")
        ]
        device = Device(
            memory=Waiting.from_t1_t2(t2_s=self.t2_s),
            swap=bell_measurement(Noise.from_numbers(two_qubit_depolarising=1 - self.ideality)),
            optical_interfaces=1 if self.sequential else 2,
        )
        return chain(links, device, self.length_km / 2)


def luong(*, sequential: bool) -> TwoLinks:
    """Luong, Jiang, Kim, Lutkenhaus, Appl. Phys. B 122, 96 (2016), at 22 km; as in Wallnoefer et al., 2212.03896."""
    return TwoLinks(
        length_km=22.0,
        efficiency=0.66 * 0.04 * 0.3 * 0.3,
        preparation_s=2e-6,
        t2_s=1.0,
        ideality=0.97,
        misalignment=0.01,
        dark_count_probability=1e-8,
        correction=1.16,
        sequential=sequential,
    )


def simple_repeater(length_km: float) -> TwoLinks:
    """The example of the package ReQuSim: perfect pairs, dephasing memories in the middle, no wait for the outcome."""
    return TwoLinks(length_km=length_km, efficiency=0.8, preparation_s=0.0, t2_s=0.1, ideality=0.99)
