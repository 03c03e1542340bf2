"""Asymptotic secret bits per sifted bit, from error rates alone.

No fraction is clamped: a negative one says how far the errors are from any key, and its sign change is where a root
finder or an interval looks. A rate is ``max(0, fraction)`` times the rate of sifted bits, which the caller knows.
Every formula charges ``error_correction_efficiency`` times the Shannon limit for reconciliation: 1.16 by default, as in
every row of a comparison; papers often quote 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qnet.fields import NonNegative, check
from qnet.keys.entropy import Real, binary_entropy, entropy

__all__ = [
    "ERROR_CORRECTION_EFFICIENCY",
    "bbm92_fraction",
    "chsh_value",
    "device_independent_fraction",
    "six_state_fraction",
    "tolerable_error_rate",
]

ERROR_CORRECTION_EFFICIENCY = 1.16
"""Bits disclosed by reconciliation over the Shannon limit; the convention of every comparison."""


def bbm92_fraction(e_z: Real, e_x: Real, error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY) -> Real:
    """Give the secret fraction of BB84 and BBM92 with the key in the Z basis (may be negative); arrays elementwise.

    r = 1 - h(e_x) - f h(e_z), with e_z the error rate of the key and e_x that of the other basis
    (Shor and Preskill, Phys. Rev. Lett. 85, 441 (2000), quant-ph/0003004).

    >>> round(bbm92_fraction(0.03, 0.03, 1.0), 6)
    0.611216
    """
    check("error_correction_efficiency", error_correction_efficiency, NonNegative)
    return 1.0 - binary_entropy(e_x) - error_correction_efficiency * binary_entropy(e_z)


def six_state_fraction(
    e_z: Real, e_x: Real, e_y: Real, error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY
) -> Real:
    """Give the secret fraction of the six-state protocol with the key in Z (may be negative); arrays elementwise.

    The three error rates fix the Bell-diagonal state p, and r = 1 - [H(p) - h(e_z)] - f h(e_z), which is the hashing
    bound 1 - H(p) for f = 1 (Lo, Quantum Inf. Comput. 1, 81 (2001), quant-ph/0102138). A probability that
    sampled rates make negative (e_x + e_y < e_z and the like) counts as zero.

    >>> round(six_state_fraction(0.02, 0.02, 0.02, 1.0), 6)
    0.758059
    """
    check("error_correction_efficiency", error_correction_efficiency, NonNegative)
    phase_error = (e_x + e_y - e_z) / 2.0
    bit_error = (e_z + e_y - e_x) / 2.0
    both = (e_z + e_x - e_y) / 2.0
    state = entropy([1.0 - phase_error - bit_error - both, phase_error, bit_error, both])
    return 1.0 - state + (1.0 - error_correction_efficiency) * binary_entropy(e_z)


def tolerable_error_rate(fraction: Callable[[float], float]) -> float:
    """Give the error rate, the same in every basis, at which a secret fraction falls to zero.

    `fraction` gives the secret fraction at an error rate; it must fall on its way from 0 to 1/2. With ideal
    reconciliation 11.0 % for BB84 and 12.6 % for six states. Zero if there is no key even without errors.

    >>> round(tolerable_error_rate(lambda q: bbm92_fraction(q, q, 1.0)), 5)
    0.11003
    >>> round(tolerable_error_rate(lambda q: six_state_fraction(q, q, q, 1.0)), 5)
    0.12619
    """
    from scipy.optimize import brentq

    if fraction(0.0) <= 0.0:
        return 0.0
    return float(brentq(fraction, 0.0, 0.5, xtol=1e-14))


def chsh_value(e_00: float, e_01: float, e_10: float, e_11: float) -> float:
    """Give S = E(a0,b0) + E(a0,b1) + E(a1,b0) - E(a1,b1) from four correlators in [-1, 1].

    No local model exceeds 2, no quantum state 2 sqrt(2) (Clauser, Horne, Shimony and Holt, Phys. Rev. Lett. 23, 880
    (1969)). The caller orders and signs its settings; the largest of several S would be a biased estimate.

    >>> chsh_value(0.5, 0.5, 0.5, -0.5)
    2.0
    """
    return e_00 + e_01 + e_10 - e_11


def device_independent_fraction(
    qber: Real, chsh: Real, error_correction_efficiency: float = ERROR_CORRECTION_EFFICIENCY
) -> Real:
    """Give the device-independent secret fraction against collective attacks (may be negative); arrays elementwise.

    r = 1 - f h(Q) - h((1 + sqrt((S/2)^2 - 1)) / 2) (Acin et al., Phys. Rev. Lett. 98, 230501 (2007), quant-ph/0702152,
    where f = 1). A value S of at most 2 leaves the eavesdropper everything; an estimate above 2 sqrt(2), which chance
    can give and nature cannot, counts as 2 sqrt(2).

    >>> round(device_independent_fraction(0.0144, 2.677, 1.0), 6)
    0.583414
    """
    check("error_correction_efficiency", error_correction_efficiency, NonNegative)
    violation = np.clip((np.maximum(chsh, 0.0) / 2.0) ** 2 - 1.0, 0.0, 1.0)
    guess = (1.0 + np.sqrt(violation)) / 2.0
    known_to_eve = binary_entropy(guess if isinstance(chsh, np.ndarray) else float(guess))
    return 1.0 - error_correction_efficiency * binary_entropy(qber) - known_to_eve
