"""The result of a run that makes a key: what was seen, what was said in public, and what is secret in the end."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qnet.errors import InvalidArgument
from qnet.experiment.observed import Observed
from qnet.experiment.quantity import Quantity, quantity_to_json
from qnet.experiment.rows import RouteRecord
from qnet.experiment.text import duration, with_unit
from qnet.fields import Count, NonNegative, check_fields

__all__ = ["AttackReport", "KeyRun"]

SCHEMA = "qnet.run/1"
_LEAST_CHANCE = 1e-15
"""What is left of a confidence in floating-point numbers."""
_WIDTH = 100
_NOTHING_KNOWN = 0.5
"""An error rate that is a default, not an expectation."""


def _no_bits() -> NDArray[np.uint8]:
    return np.zeros(0, np.uint8)


@dataclass(frozen=True, kw_only=True)
class AttackReport:
    """What became of an attack.

    Args:
        name: of the attack, as on the command line.
        parameters: its numbers.
        noticed: whether the protocol took the channel for worse than an honest one.
        confidence: 1 minus the probability that an honest channel looks so bad; None where nothing was tested.
        after_bits: sifted bits that it took to notice; None where it was not noticed.
        after_s: simulated seconds that it took, likewise.
        eve_bits_per_sifted_bit: what Eve knows of a sifted key bit before privacy amplification; None if not modelled.
        eve_secret_bits: bits of the final key that Eve knows: none where a proof holds.
        explanation: one sentence.
        applies: whether there was anything to attack so; if not, it cannot be noticed either.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    noticed: bool
    confidence: float | None = None
    after_bits: int | None = None
    after_s: float | None = None
    eve_bits_per_sifted_bit: float | None = None
    eve_secret_bits: Count = 0
    explanation: str = ""
    applies: bool = True

    def __post_init__(self) -> None:
        check_fields(self)

    def to_json(self) -> dict[str, Any]:
        """Give the report as the schema has it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"parameters": dict(self.parameters)}

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        what = f"{self.name} ({given})" if given else self.name
        return f"{what}: {self._verdict}. {self.explanation}".rstrip()

    @property
    def _verdict(self) -> str:
        if not self.applies:
            return "does not apply"
        if not self.noticed:
            return "not noticed"
        after = "" if self.after_bits is None else f" after {self.after_bits:,} sifted bits"
        when = "" if self.after_s is None else f", {duration(Quantity.exact(self.after_s))}"
        chance = 1.0 if self.confidence is None else max(1.0 - self.confidence, _LEAST_CHANCE)
        sure = "" if chance == 1.0 else f"; an honest channel looks so bad with probability {chance:.0e} at most"
        return f"noticed{after}{when}{sure}"


@dataclass(frozen=True, kw_only=True, eq=False)
class KeyRun:
    """What a run that makes a key saw, said and made; print it, or take it as JSON.

    Args:
        protocol: which one.
        route: between which ends.
        seed: of all chance.
        raw: delivered pairs; of pulses, clicks before sifting.
        sifted: rounds in equal bases, test bits included.
        qber_z, qber_x, qber_y: share of differing bits in a basis; None where none was measured.
        chsh: the CHSH value S, where one is measured.
        leaked_bits: bits of the key that reconciliation made public. Of Cascade these are the parities of Alice: the
            proof grants the eavesdropper the positions of the errors, which is all that those of Bob add (Tupkary and
            Lutkenhaus, Phys. Rev. Appl. 20, 064040 (2023), arXiv:2307.00576), unless the protocol says otherwise.
        authentication_bits: key that both ends share and spent on authenticating their messages.
        epsilon: the key is at least this close to a perfect one; None where no finite-key proof exists, and the key is
            as long as the asymptotic formula allows for the error rates that were seen.
        asymptotic_rate_bps: what the formula for endless runs gives at these rates, secret bits per second.
        elapsed_s: simulated seconds, from the first attempt to the key.
        reason: why the run was aborted; None where it was not.
        trusted_nodes: nodes between the ends that learn the key.
        attack: what became of an attack, if there was one.
        declared: what was fixed before the rounds: `expected_error_z`, `expected_error_x`, `tolerated_error`,
            `key_error`, sizes.
        timings: wall-clock figures, the only thing that may differ between equal runs.
        alice_key, bob_key: the secret bits of both ends; empty if the run was aborted.
        observed: what the ends could compare, bit by bit, in the first session; not in JSON.
        sessions: how many declared sessions the run is of; their keys are joined, and their epsilons added.
        aborted_sessions: how many of them made no key.
        proved_bits: secret bits that what was counted proves, of which the key has those that were declared
            (`key_length`, of each session); None where the proof does not go by counts.
        rounds_s: the part of `elapsed_s` that rounds took, the rest being talk; None where they are not told apart.
    """

    protocol: str
    route: RouteRecord
    seed: int = 0
    raw: Count
    sifted: Count
    qber_z: Quantity | None
    qber_x: Quantity | None
    qber_y: Quantity | None = None
    chsh: Quantity | None = None
    leaked_bits: Count = 0
    authentication_bits: Count = 0
    epsilon: float | None
    asymptotic_rate_bps: Quantity
    elapsed_s: NonNegative
    reason: str | None = None
    trusted_nodes: Count = 0
    attack: AttackReport | None = None
    declared: Mapping[str, float] = field(default_factory=dict)
    timings: Mapping[str, Any] = field(default_factory=dict)
    alice_key: NDArray[np.uint8] = field(default_factory=_no_bits, repr=False)
    bob_key: NDArray[np.uint8] = field(default_factory=_no_bits, repr=False)
    observed: Observed | None = field(default=None, repr=False)
    sessions: Count = 1
    aborted_sessions: Count = 0
    proved_bits: Count | None = None
    rounds_s: NonNegative | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.bob_key.shape != self.alice_key.shape:
            raise InvalidArgument.of("bob_key", f"have {self.alice_key.size} bits, as Alice's has", self.bob_key.size)
        if self.aborted and self.alice_key.size:
            raise InvalidArgument.of("alice_key", "be empty in a run that was aborted", self.alice_key.size)
        for key in (self.alice_key, self.bob_key):
            key.flags.writeable = False

    @property
    def aborted(self) -> bool:
        """Whether the run ended without deciding for a key."""
        return self.reason is not None

    @property
    def finite(self) -> bool:
        """Whether a finite-key proof stands behind the key."""
        return self.epsilon is not None

    @property
    def secret_bits(self) -> int:
        """Length of the key."""
        return int(self.alice_key.size)

    @property
    def keys_match(self) -> bool | None:
        """Whether both ends hold the same key, as only the simulator can tell; None if no key was made."""
        return bool(np.array_equal(self.alice_key, self.bob_key)) if self.secret_bits else None

    @property
    def secret_key_rate_bps(self) -> Quantity:
        """Secret bits of this run over its simulated time."""
        return Quantity.exact(self.secret_bits / self.elapsed_s if self.elapsed_s else 0.0)

    def to_json(self) -> dict[str, Any]:
        """Give the object of ``docs/schema/qnet.run-1.json``; no bit of a key is in it."""
        qber = {"z": quantity_to_json(self.qber_z), "x": quantity_to_json(self.qber_x)}
        if self.qber_y is not None:
            qber["y"] = quantity_to_json(self.qber_y)
        return {
            "schema": SCHEMA,
            "protocol": self.protocol,
            "route": self.route.to_json(),
            "seed": self.seed,
            "raw": self.raw,
            "sifted": self.sifted,
            "qber": qber,
            "chsh": quantity_to_json(self.chsh),
            "leaked_bits": self.leaked_bits,
            "authentication_bits": self.authentication_bits,
            "secret_bits": self.secret_bits,
            "finite": self.finite,
            "epsilon": self.epsilon,
            "keys_match": self.keys_match,
            "secret_key_rate_bps": self.secret_key_rate_bps.to_json(),
            "asymptotic_rate_bps": self.asymptotic_rate_bps.to_json(),
            "elapsed_s": self.elapsed_s,
            "aborted": self.aborted,
            "reason": self.reason,
            "trusted_nodes": self.trusted_nodes,
            "sessions": self.sessions,
            "aborted_sessions": self.sessions if self.aborted else self.aborted_sessions,
            "rounds_s": self.rounds_s,
            "proved_bits": self.proved_bits,
            "attack": None if self.attack is None else self.attack.to_json(),
            "declared": dict(self.declared),
            "timings": dict(self.timings),
        }

    def __str__(self) -> str:
        lines = self._lines
        width = 4 + max(map(len, dict(lines)))
        rows = (_wrapped(f"  {head:{width - 2}}{text}", width) for head, text in lines)
        return "\n".join([_wrapped(self._title, 2), *rows])

    def _repr_html_(self) -> str:
        """Show a table in a notebook."""
        rows = "".join(f"<tr><th>{html.escape(h)}</th><td>{html.escape(t)}</td></tr>" for h, t in self._lines)
        return f"<table><caption>{html.escape(self._title)}</caption>{rows}</table>"

    @property
    def _title(self) -> str:
        nodes, spans = self.route.nodes, len(self.route.lengths_km)
        over = f"{self.route.total_km:.4g} km in {spans} span{'s' if spans > 1 else ''}"
        return f"{self.protocol} from {nodes[0]} to {nodes[-1]}: {over}, seed {self.seed}"

    @property
    def _lines(self) -> list[tuple[str, str]]:
        """Heads and texts of the printed table."""
        lines = [
            ("rounds", f"{self.raw:,} in {self._time}, {self.sifted:,} in equal bases"),
            ("error rates", self._errors),
        ]
        if self.chsh is not None:
            lines.append(("CHSH S", f"{self.chsh:±}"))
        lines += [
            ("reconciliation", f"{self.leaked_bits:,} bits leaked"),
            ("authentication", f"{self.authentication_bits:,} bits of shared key spent{self._eaten}"),
            ("key", self._key),
            (
                "key rate",
                f"{with_unit(self.secret_key_rate_bps, 'bit/s')} (asymptotic with these settings: {self._asymptotic})",
            ),
        ]
        if self.trusted_nodes:
            lines.append(("trusted nodes", f"{self.trusted_nodes}, all of which learn the key"))
        return lines if self.attack is None else [*lines, ("attack", str(self.attack))]

    @property
    def _time(self) -> str:
        whole = duration(Quantity.exact(self.elapsed_s))
        if self.rounds_s is None or not 0.0 < self.rounds_s < self.elapsed_s:
            return whole
        talk_s = self.elapsed_s - self.rounds_s
        return f"{whole} ({duration(Quantity.exact(self.rounds_s))} and {duration(Quantity.exact(talk_s))} of talk)"

    @property
    def _errors(self) -> str:
        rates = (("z", self.qber_z), ("x", self.qber_x), ("y", self.qber_y))
        seen = ", ".join(f"{basis} {rate.scaled(100.0):±} %" for basis, rate in rates if rate is not None)
        if "expected_error" in self.declared:  # of key bits, which E91 does not measure in Z
            seen += f" (z inferred), key bits {100 * self.declared['expected_error']:.2f} %"
        names = ("z", "expected_error_z"), ("x", "expected_error_x"), ("y", "expected_error_y")
        hoped = ", ".join(
            f"{basis} {self.declared[n]:.2%}"
            for basis, n in names
            if self.declared.get(n, _NOTHING_KNOWN) < _NOTHING_KNOWN
        )
        return (seen or "none measured") + (f" (expected {hoped}{self._limit})".replace("%", " %") if hoped else "")

    @property
    def _limit(self) -> str:
        if "key_length" in self.declared:  # it is the counts that decide
            declared = int(self.declared["key_length"]) * (self.sessions - self.aborted_sessions)
            proved = self.proved_bits
            return "" if proved is None else f"; {proved:,} secret bits proved, {declared:,} declared"
        if "tolerated_error" not in self.declared:
            return ""
        test, key = (self.declared.get(name) for name in ("tolerated_error", "key_error"))
        return f", tolerated {test:.2%}" if key in (None, test) else f", tolerated z {key:.2%}, x {test:.2%}"

    @property
    def _key(self) -> str:
        if self.aborted:
            return f"none: {self.reason}"
        if not self.secret_bits:
            return "none"
        same = "the same at both ends" if self.keys_match else "DIFFERENT at the two ends"
        proof = f"epsilon {self.epsilon:.2g}" if self.finite else "no finite-key proof"
        aborted = f", {self.aborted_sessions} of them aborted" if self.aborted_sessions else ""
        parts = f" of {self.sessions} sessions{aborted}" if self.sessions > 1 else ""
        return f"{self.secret_bits:,} bits{parts}, {same}, {proof}"

    @property
    def _eaten(self) -> str:
        more = self.authentication_bits - self.secret_bits
        return f", {more:,} more than the key has" if self.secret_bits and more > 0 else ""

    @property
    def _asymptotic(self) -> str:
        return with_unit(self.asymptotic_rate_bps, "bit/s")


def _wrapped(line: str, indent: int) -> str:
    """Break a long line, but not between a number and its unit."""
    text = line.replace(" %", "\xa0%").replace(" ± ", "\xa0±\xa0")
    filled = textwrap.fill(text, _WIDTH, subsequent_indent=indent * " ", break_on_hyphens=False)
    return filled.replace("\xa0", " ")
