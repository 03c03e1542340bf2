"""What the outcomes of E91 prove of its key: a violation of Bell's inequality, and the length that follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qnet.experiment import Observed
from qnet.keys import EpsilonBudget, binary_entropy, device_independent_fraction, verification_bits
from qnet_protocols.entanglement import PairCounts
from qnet_protocols.pair_rounds import Taken, leak_bound, missing
from qnet_protocols.post_processing import Declared, Rounds

__all__ = ["BellTest", "observed", "rounds"]


@dataclass(frozen=True, kw_only=True)
class BellTest:
    """What the compared outcomes of E91 say of its key.

    Args:
        pairs, key_bits: how many there were, and how many of them give key.
        chsh: S as observed.
        chsh_margin: S - margin exceeds the true S with the probability of the budget's secrecy at most, whatever the
            state, if rounds are independent (Hoeffding, J. Am. Stat. Assoc. 58, 13, 1963).
        error: the share of wrong key bits that the ends expect, from what they were told of their pairs: half of the
            key is in X, half between X and Z.
        efficiency: bits that both ends disclose together, per bit of the Shannon limit of one.
        budget: of the session.
    """

    pairs: int
    key_bits: int
    chsh: float
    chsh_margin: float
    error: float
    efficiency: float
    budget: EpsilonBudget

    @classmethod
    def of(
        cls, counts: PairCounts, *, expected_error: float, error_correction_efficiency: float, budget: EpsilonBudget
    ) -> BellTest | None:
        """Take it from the counts; None before all settings were seen."""
        outcomes = counts.outcomes
        trials = [sum(outcomes.of(a, b)) for a in ("0", "90") for b in ("45", "135")]
        key_bits = sum(sum(outcomes.of(setting, setting)) for setting in ("45", "90"))
        chsh = outcomes.chsh(("90", "0"), ("45", "135"))
        if chsh is None or not key_bits:
            return None
        return cls(
            pairs=counts.deliveries.pairs,
            key_bits=key_bits,
            chsh=chsh.value,
            chsh_margin=math.sqrt(-2.0 * math.log(budget.secrecy) * sum(1.0 / count for count in trials)),
            error=expected_error,
            efficiency=2.0 * error_correction_efficiency,
            budget=budget,
        )

    @classmethod
    def hoped(
        cls, pairs: int, errors: tuple[float, float], *, error_correction_efficiency: float, budget: EpsilonBudget
    ) -> BellTest:
        """Give what so many pairs will say on average if they are as the ends expect: error rates in Z and X."""
        e_z, e_x = errors
        each = max(1, pairs) / 9.0
        return cls(
            pairs=max(1, pairs),
            key_bits=round(2.0 * each),
            chsh=math.sqrt(8.0) * (1.0 - e_z - e_x),
            chsh_margin=math.sqrt(-2.0 * math.log(budget.secrecy) * 4.0 / each),
            error=(3.0 * e_x + e_z) / 4.0,
            efficiency=2.0 * error_correction_efficiency,
            budget=budget,
        )

    @property
    def needed(self) -> str:
        """How many more pairs make a key."""
        return missing(self.pairs, lambda factor: self._times(factor).declared.key_length)

    @property
    def lowest_chsh(self) -> float:
        """The observed S less its margin."""
        return self.chsh - self.chsh_margin

    @property
    def declared(self) -> Declared:
        """The key: ``1 - f h(Q) - h((1 + sqrt((S/2)^2 - 1)) / 2)`` for each bit, S and Q at their expected worst."""
        highest = leak_bound(self.error, self.key_bits)
        fraction = device_independent_fraction(highest, self.lowest_chsh, self.efficiency)
        return Declared(
            key_length=max(0, int(self.key_bits * fraction) - verification_bits(self.budget.correctness)),
            leak_limit=self.efficiency * self.key_bits * binary_entropy(highest),
            expected_error=self.error,
            epsilon=self.budget,
            counted="both",
        )

    @property
    def reason(self) -> str | None:
        """Why there can be no key, and how many more pairs would change that; None if there can."""
        if self.lowest_chsh <= 2.0:
            seen = f"S = {self.chsh:.3f}, less {self.chsh_margin:.3f} for chance, does not exceed 2"
        elif not self.declared.key_length:
            errors = f"{100 * self.error:.2f} % of wrong key bits"
            seen = f"S = {self.chsh:.3f} and {errors} leave no secret bit of {self.key_bits}"
        else:
            return None
        return f"{seen}; {self.needed}"

    def _times(self, factor: float) -> BellTest:
        """Give what so many times as many pairs would say if they look the same, with no fewer errors than S allows."""
        return replace(
            self,
            error=min(0.5, max(self.error, (1.0 - (self.chsh + self.chsh_margin) / math.sqrt(8.0)) / 2.0)),
            key_bits=round(self.key_bits * factor),
            chsh_margin=self.chsh_margin / math.sqrt(factor),
        )


def _settings(taken: Taken) -> NDArray[np.uint8]:
    return np.array([(o.source_setting, o.target_setting) for o in taken.outcomes], np.uint8).reshape(-1, 2)


def observed(taken: Taken) -> Observed:
    """Give what may betray an eavesdropper: of settings 45 degrees apart, 15 % differ of honest bits (135: agree)."""
    settings, bits = _settings(taken), taken.bits
    equal, in_z, in_x = settings[:, 0] == settings[:, 1], settings[:, 0] == 0, settings[:, 0] == 90
    kinds = np.select([equal, in_z & (settings[:, 1] != 90), in_x], [0, 1, 2], default=3)
    wrong = (bits[:, 0] != bits[:, 1]) ^ (in_z & (settings[:, 1] == 135))
    e_z, e_x = taken.expected
    used = kinds < 3
    return Observed(
        wrong=wrong[used],
        kinds=kinds[used],
        names=("key", "z", "x"),
        expected=(
            (3.0 * e_x + e_z) / 4.0,
            *((1.0 - (1.0 - 2.0 * error) / math.sqrt(2.0)) / 2.0 for error in (e_z, e_x)),
        ),
        at_s=taken.at_s[used],
        key_bits=int(np.count_nonzero(equal)),
        key_bases={45.0: 0.5, "x": 0.5},
    )


def rounds(taken: Taken) -> Rounds:
    """Sort what both ends saw: bits at equal settings are key, all others are compared."""
    settings, bits = _settings(taken), taken.bits
    equal = settings[:, 0] == settings[:, 1]
    return Rounds(
        announced=(settings[:, 0].tobytes(), settings[:, 1].tobytes()),
        tested=(bits[~equal, 0], bits[~equal, 1]),
        kept=(bits[equal, 0], bits[equal, 1]),
    )
