"""The contract of every constructor: what each field takes at 0, at -1, at NaN, at infinity and at a wrong type."""

import math
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from qnet.errors import InvalidArgument
from qnet.hardware import (
    Detector,
    Fibre,
    Memory,
    PairSource,
    PhotonInterface,
    WeakCoherentSource,
    qkd_hardware,
    repeater_hardware,
)

COLOUR_CENTRE = repeater_hardware("colour-centre")
VALUES = {
    type(value).__name__: value
    for value in (
        Fibre(),
        Detector(dark_count_probability=0.1),
        PhotonInterface(efficiency=0.5, preparation_s=1e-6, visibility=0.9),
        PairSource(mean_pairs=0.1, clock_hz=1e6),
        WeakCoherentSource(clock_hz=1e9),
        Memory(t1_s=1.0, t2_s=1.0),
        COLOUR_CENTRE.processor,
        COLOUR_CENTRE.storage,
        COLOUR_CENTRE,
        qkd_hardware("decoy-bb84-1ghz"),
    )
}
NUMBERS = [
    (name, field.name)
    for name, value in VALUES.items()
    for field in fields(value)
    if isinstance(getattr(value, field.name), (int, float)) and not isinstance(getattr(value, field.name), bool)
]
FROM_ONE = {"error_correction_efficiency", "optical_interfaces", "modes", "slots"}
MAY_BE_INFINITE = {"t1_s", "splice_spacing_km", "window_s", "attempts_to_dephase"}
ABOVE_ZERO = {"group_velocity_km_s", "clock_hz", "t2_s"} | MAY_BE_INFINITE
COUNTS = {"optical_interfaces", "modes", "slots"}


@pytest.mark.parametrize(("name", "field"), NUMBERS)
@pytest.mark.parametrize("wrong", [-1, -1e-9, math.nan, "0.5", None, [0.5], True])
def test_no_number_takes_a_negative_or_something_else(name, field, wrong):
    with pytest.raises(InvalidArgument, match=rf"^Argument `{field}` must be .*, but is "):
        replace(VALUES[name], **{field: wrong})


@pytest.mark.parametrize(("name", "field"), NUMBERS)
def test_zero_is_refused_only_where_it_means_nothing(name, field):
    if field in ABOVE_ZERO | FROM_ONE:
        with pytest.raises(InvalidArgument, match=f"`{field}` must be"):
            replace(VALUES[name], **{field: 0})
    else:
        assert getattr(replace(VALUES[name], **{field: 0}), field) == 0


@pytest.mark.parametrize(("name", "field"), [pair for pair in NUMBERS if pair[1] not in COUNTS])
def test_only_what_may_never_happen_may_be_infinite(name, field):
    if field in MAY_BE_INFINITE:
        assert math.isinf(getattr(replace(VALUES[name], **{field: math.inf}), field))
    else:
        with pytest.raises(InvalidArgument, match=f"`{field}` must be"):
            replace(VALUES[name], **{field: math.inf})


@pytest.mark.parametrize(("name", "field"), [pair for pair in NUMBERS if pair[1] in COUNTS])
def test_counts_are_whole(name, field):
    for wrong in (1.5, math.inf):
        with pytest.raises(InvalidArgument, match=rf"`{field}` must be a whole number, but is "):
            replace(VALUES[name], **{field: wrong})


@pytest.mark.parametrize("field", ["fibre", "interface", "detector", "memory", "processor", "storage", "name"])
def test_parts_are_of_their_type(field):
    with pytest.raises(InvalidArgument, match=f"`{field}` must be of type"):
        replace(COLOUR_CENTRE, **{field: 3})


def test_a_flag_is_no_number():
    with pytest.raises(InvalidArgument, match="`number_resolving` must be of type bool, but is 1"):
        Detector(dark_count_probability=0.0, number_resolving=1)


def test_values_are_frozen_and_keyword_only():
    with pytest.raises(FrozenInstanceError):
        Fibre().loss_db_per_km = 0.3
    with pytest.raises(TypeError):
        Fibre(0.2)
