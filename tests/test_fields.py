import math

import pytest

from qnet.errors import InvalidArgument
from qnet.fields import Count, check


@pytest.mark.parametrize("value", [math.inf, -math.inf, 0.5])
def test_what_is_not_whole_is_refused_in_our_grammar(value):
    with pytest.raises(InvalidArgument, match="Argument `n` must be a whole number"):
        check("n", value, Count)


def test_whole_numbers_pass():
    check("n", 3, Count)
    check("n", 3.0, Count)
