import math

import pytest

from qnet.errors import InvalidArgument
from qnet.keys import EpsilonBudget

PARTS = ("secrecy", "correctness", "authentication")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("epsilon", [0.0, 0, -1e-10, 1.0, math.nan, None])
def test_perfection_and_nonsense_are_refused(part: str, epsilon: object) -> None:
    with pytest.raises(InvalidArgument, match=f"`{part}` must"):
        EpsilonBudget(**{part: epsilon})


def test_the_total_is_the_sum_of_the_parts() -> None:
    assert EpsilonBudget(secrecy=1e-3, correctness=2e-3, authentication=4e-3).total == pytest.approx(7e-3, rel=1e-12)


def test_an_even_split_spends_the_total_and_no_more() -> None:
    budget = EpsilonBudget.even(6e-10)
    assert {getattr(budget, part) for part in PARTS} == {2e-10}
    assert budget.total == pytest.approx(6e-10, rel=1e-12)
    with pytest.raises(InvalidArgument, match="`epsilon` must be greater than 0"):
        EpsilonBudget.even(0.0)


def test_a_trusted_chain_adds_the_epsilons_of_its_hops() -> None:
    hops = [EpsilonBudget(secrecy=1e-10, correctness=1e-15), EpsilonBudget(secrecy=3e-10, correctness=1e-12)]
    chain = EpsilonBudget.of_chain(iter(hops))
    assert chain == hops[0] + hops[1]
    assert (chain.secrecy, chain.correctness) == (4e-10, 1e-15 + 1e-12)
    assert chain.total == pytest.approx(sum(hop.total for hop in hops), rel=1e-12)


def test_a_chain_has_hops() -> None:
    with pytest.raises(InvalidArgument, match="hops"):
        EpsilonBudget.of_chain(iter(()))


def test_a_chain_too_long_to_promise_anything_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="less than 1"):
        EpsilonBudget.of_chain([EpsilonBudget(secrecy=0.4)] * 3)
