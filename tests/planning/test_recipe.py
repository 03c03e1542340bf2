"""Recipes: trees of spans, swaps and purifications."""

import pytest

from qnet.errors import InvalidArgument
from qnet.planning import Generate, Purify, Swap, in_order, nested, purified, sequential
from qnet.planning.recipe import leaves
from qnet.quantum.library import dejmps, double_selection


@pytest.mark.parametrize("hops", range(1, 9))
def test_every_order_joins_the_ends_by_all_spans(hops: int) -> None:
    for recipe in (nested(hops), sequential(hops), in_order(list(range(hops - 1, 0, -1)))):
        assert recipe.ends == (0, hops)
        assert [leaf.span for leaf in leaves(recipe)] == list(range(hops))


def test_doubling_sets_its_cutoffs_by_level() -> None:
    recipe = nested(4, cutoffs_s=[0.1, 0.2])
    assert isinstance(recipe, Swap)
    assert isinstance(recipe.left, Swap)
    assert (recipe.cutoff_s, recipe.left.cutoff_s) == (0.2, 0.1)


def test_purified_copies_use_memories_of_their_own() -> None:
    recipe = purified(purified(nested(2), dejmps()), double_selection())
    copies = [leaf.copy for leaf in leaves(recipe) if leaf.span == 0]
    assert sorted(copies) == list(range(6))
    assert recipe.ends == (0, 2)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Swap(left=Generate(span=0), right=Generate(span=2)), "`right` must start at position 1"),
        (lambda: Swap(left=Generate(span=0), right=Generate(span=1), cutoff_s=0.0), "`cutoff_s` must be greater"),
        (lambda: Purify(pairs=(Generate(span=0),), purification=dejmps()), "`pairs` must be the 2"),
        (lambda: Purify(pairs=(Generate(span=0), Generate(span=1)), purification=dejmps()), "join the same positions"),
        (lambda: in_order([1, 1]), "`order` must name each position"),
        (lambda: nested(0), "`hops` must be a whole number"),
        (lambda: Generate(span=-1), "`span` must be a whole number"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidArgument, match=says):
        make()
