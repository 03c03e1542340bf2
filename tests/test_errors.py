import pytest

from qnet import errors
from qnet.errors import InvalidArgument, QnetError, UnknownName


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name not in ("QnetError", "UnitWarning")])
def test_each_error_is_ours_and_a_built_in_one(name):
    error = getattr(errors, name)
    assert issubclass(error, QnetError)
    assert issubclass(error, (ValueError, LookupError))


def test_an_argument_is_refused_with_name_rule_and_value():
    assert str(InvalidArgument.of("p", "be a number", "0.5")) == "Argument `p` must be a number, but is '0.5'."


@pytest.mark.parametrize("typed", ["Trapped-Ion", "traped-ion", "trapped_ion"])
def test_the_nearest_name_is_the_hint_in_its_own_spelling(typed):
    message = str(UnknownName.of("preset", typed, ["colour-centre", "trapped-ion", "rb-atom-today"]))
    assert message == f"Unknown preset {typed!r}; the nearest is 'trapped-ion'."


def test_without_a_near_name_all_are_listed_in_order():
    assert str(UnknownName.of("preset", "xyz", ["b", "a"])) == "Unknown preset 'xyz'; known are 'a', 'b'."
    assert str(UnknownName.of("preset", "xyz", [])) == "Unknown preset 'xyz'; known are none."
