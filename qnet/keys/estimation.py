"""What a sample says about the rest: exact bounds on error rates, none of them asymptotic.

Two questions differ. *Which error probability* may have produced these errors, round by round independently, is
answered by `clopper_pearson`. *How many errors the other bits hold*, if the sample was chosen at random among all and
nothing else is known (so an eavesdropper may have placed them), is answered by `hypergeometric_upper`, exactly, and by
`serfling_deviation`, in closed form and a little looser; finite keys need this second kind.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qnet.errors import InvalidArgument
from qnet.fields import Count, Positive, check
from qnet.keys.entropy import Real
from qnet.keys.epsilon import Epsilon

__all__ = ["clopper_pearson", "hypergeometric_upper", "serfling_deviation"]


def clopper_pearson(errors: ArrayLike, sample: ArrayLike, epsilon: float) -> tuple[Any, Any]:
    """Bound an error probability from independent rounds: an interval that fails with at most `epsilon`.

    Each side fails with at most epsilon/2: P(X >= errors | low) = P(X <= errors | high) = epsilon/2, solved by
    quantiles of the beta distribution (Clopper and Pearson, Biometrika 26, 404 (1934)); no errors give low = 0, nothing
    but errors high = 1. Returns (low, high), floats or arrays, elementwise over `errors` of `sample` rounds.

    >>> low, high = clopper_pearson(3, 100, 0.05)
    >>> round(low, 4), round(high, 4)
    (0.0062, 0.0852)
    """
    from scipy.special import betainccinv, betaincinv

    check("epsilon", epsilon, Epsilon)
    wrong, rounds = np.broadcast_arrays(np.asarray(errors, dtype=float), np.asarray(sample, dtype=float))
    if np.any(rounds < 1) or np.any(wrong < 0) or np.any(wrong > rounds) or not np.array_equal(wrong, np.floor(wrong)):
        raise InvalidArgument.of("errors", "be counts between 0 and the size of a sample of at least 1", errors)
    # Where a side is known beforehand the quantile is undefined; its place holder is never used.
    some, right = np.maximum(wrong, 1.0), np.maximum(rounds - wrong, 1.0)
    low = np.where(wrong == 0, 0.0, betaincinv(some, rounds - some + 1.0, epsilon / 2.0))
    high = np.where(wrong == rounds, 1.0, betainccinv(rounds - right + 1.0, right, epsilon / 2.0))
    return (low, high) if low.ndim else (float(low), float(high))


def serfling_deviation(sample: Real, rest: Real, epsilon: float) -> Real:
    """Give by how much the error rate of `rest` bits may exceed that of a random `sample`, but for `epsilon`.

    With k = sample and n = rest, P(rate of rest >= rate of sample + delta) <= exp(-2 n k^2 delta^2 / [(n+k) (k+1)])
    (Serfling, Ann. Stat. 2, 39 (1974), as used in Tomamichel, Lim, Gisin and Renner, Nat. Commun. 3, 634 (2012),
    arXiv:1103.4130), solved for delta. Elementwise for arrays.

    >>> round(serfling_deviation(5_000, 10_000, 1e-10), 4)
    0.0588
    """
    check("epsilon", epsilon, Epsilon)
    for name, bits in (("sample", sample), ("rest", rest)):
        check(name, np.min(bits), Positive)
    square: Real = (rest + sample) * (sample + 1.0) / (rest * sample * sample) * (-0.5 * math.log(epsilon))
    deviation: Real = square**0.5
    return deviation


def hypergeometric_upper(errors: int, sample: int, rest: int, epsilon: float) -> int:
    """Give the most errors among `rest` bits that a random `sample` with so many errors leaves possible.

    Exact: with one error more in the rest, a sample drawn from all bits would have shown at most `errors` with a
    probability below `epsilon` (the hypergeometric tail). Costs time in proportion to `errors`.

    >>> hypergeometric_upper(50, 5_000, 10_000, 1e-10)
    246
    """
    for name, count in (("errors", errors), ("sample", sample), ("rest", rest)):
        check(name, count, Count)
    check("epsilon", epsilon, Epsilon)
    if errors > sample:
        raise InvalidArgument.of("errors", f"be at most the size of the sample, {sample}", errors)
    possible, excluded = 0, rest + 1
    while excluded - possible > 1:
        tried = (possible + excluded) // 2
        if _at_most(errors, sample, rest, errors + tried) >= epsilon:
            possible = tried
        else:
            excluded = tried
    return possible


def _at_most(errors: int, sample: int, rest: int, all_errors: int) -> float:
    """Probability that a sample shows at most `errors` of `all_errors` among sample and rest."""
    from scipy.special import gammaln, logsumexp

    def log_choose(total: Any, chosen: Any) -> Any:
        return gammaln(total + 1.0) - gammaln(chosen + 1.0) - gammaln(total - chosen + 1.0)

    seen = np.arange(max(0, all_errors - rest), errors + 1, dtype=float)
    ways = log_choose(sample, seen) + log_choose(rest, all_errors - seen)
    return float(np.exp(logsumexp(ways) - log_choose(sample + rest, all_errors)))
