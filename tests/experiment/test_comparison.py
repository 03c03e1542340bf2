import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from qnet.errors import InvalidArgument, UnknownName
from qnet.experiment import Comparison, Quantity
from qnet.experiment.intervals import binomial_interval

from .rows import COMPARISON, sweep

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/qnet.compare-1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def as_json(comparison):
    return json.loads(json.dumps(comparison.to_json(), allow_nan=False))


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("sweep_result", [None, sweep((100.0, 1.0), (0.1, 0.5))])
def test_json_obeys_the_schema_and_reads_back(sweep_result):
    comparison = replace(COMPARISON, sweep=sweep_result)
    VALIDATOR.validate(as_json(comparison))
    assert Comparison.from_json(as_json(comparison)) == comparison
    assert Comparison.from_json(json.dumps(comparison.to_json())) == comparison


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data["strategies"][0].pop("stopped_by"),
        lambda data: data["strategies"][0].update(fidelity=0.9),
        lambda data: data["strategies"][0].update(secret_key_rate_bps=None),
        lambda data: data["strategies"][0]["qber"].pop("x"),
        lambda data: data["route"].pop("route_factor"),
        lambda data: data.update(schema="qnet.compare/2"),
    ],
)
def test_the_schema_refuses_what_breaks_the_contract(spoil):
    data = as_json(COMPARISON)
    spoil(data)
    assert not VALIDATOR.is_valid(data)


def test_only_timings_may_differ_between_equal_runs():
    other = replace(COMPARISON, timings={"total_s": 99.0})
    assert other == COMPARISON
    assert other.to_json() | {"timings": 0} == COMPARISON.to_json() | {"timings": 0}


def test_another_schema_is_refused():
    with pytest.raises(InvalidArgument, match=r"`schema` must be 'qnet.compare/1'"):
        Comparison.from_json({"schema": "qnet.scenario/1"})


def test_the_table_fits_a_hundred_columns_and_names_what_it_must():
    text = str(COMPARISON)
    assert max(map(len, text.splitlines())) <= 100
    for words in (
        "162.6 km",
        "route factor 1.5",
        "straight lines",
        "Conventions: classical delay fibre; error correction efficiency 1.16.",
        "Assumed, not sourced: visibility",
        "0 [0,0.31] bit/s",
    ):
        assert words in text
    assert "repeater-e91 100 (stopped by sim-time)" in text
    assert "asymptotic" in text
    assert COMPARISON.notes[0] in text


def test_a_chain_s_bound_is_told_apart_from_one_with_midpoints():
    words = "powered midpoint stations could raise it"
    assert words not in str(COMPARISON)
    assert words in str(replace(COMPARISON, chain_bits_per_use=Quantity.exact(0.01)))


def test_results_from_before_conventions_are_read():
    data = as_json(COMPARISON)
    del data["conventions"]
    assert Comparison.from_json(data) == replace(COMPARISON, conventions={})


def test_html_escapes_names():
    html = replace(COMPARISON, network="<b>")._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert html.count("<tr>") == 6


def test_the_frame_has_a_line_per_strategy_and_three_columns_per_figure():
    frame = COMPARISON.to_frame()
    assert list(frame.index) == [row.name for row in COMPARISON.strategies]
    assert frame.loc["repeater-e91", "secret_key_rate_bps_high"] == 0.31
    assert frame["fidelity"].isna().tolist() == [True, True, False, False, False]


def test_finite_keys_and_attacks_have_a_table():
    text = str(COMPARISON)
    assert "declared for these rates, tolerating 5 standard deviations worse; epsilon 1e-10" in " ".join(text.split())
    row = next(line for line in reversed(text.splitlines()) if line.startswith("direct-bb84"))
    assert row.split() == ["direct-bb84", "123", "Mbit", "yes", "no"]
    assert as_json(COMPARISON)["strategies"][0]["detects"]["compromised-node"] is False


def test_results_from_before_sessions_are_read():
    data = as_json(COMPARISON)
    for row in data["strategies"]:
        del row["finite_key_bits"], row["detects"]
    rows = [replace(row, finite_key_bits=None, detects={}) for row in COMPARISON.strategies]
    assert Comparison.from_json(data) == replace(COMPARISON, strategies=tuple(rows))


def test_rows_are_found_by_name():
    assert COMPARISON["repeater-e91"].chsh.value == 2.38
    with pytest.raises(UnknownName, match="nearest is 'repeater-e91'"):
        COMPARISON["repeater-e92"]


def test_rows_whose_error_rates_rest_on_few_pairs_are_named():
    assert "Few pairs" not in str(COMPARISON)
    wide = binomial_interval(5, 50)
    rows = [replace(row, qber_x=wide) if row.name == "repeater-e91" else row for row in COMPARISON.strategies]
    shown = " ".join(str(replace(COMPARISON, strategies=tuple(rows))).split())
    assert "Few pairs: error rates less certain than from 100 bits in a basis: repeater-e91." in shown
    enough = [replace(row, qber_x=binomial_interval(10, 100)) for row in COMPARISON.strategies]
    assert "Few pairs" not in str(replace(COMPARISON, strategies=tuple(enough)))


def test_wide_intervals_keep_the_table_within_a_hundred_columns():
    wide = {"qber_z": Quantity(0.0012, 0.0005, 0.005), "qber_x": Quantity(0.1, 0.0, 0.3)}
    wide |= {"fidelity": Quantity(0.9942, 0.990, 0.9955), "pair_rate_hz": Quantity(28.0, 20.0, 33.0)}
    shown = str(replace(COMPARISON, strategies=tuple(replace(row, **wide) for row in COMPARISON.strategies)))
    assert max(map(len, shown.splitlines())) <= 100
    assert "±10" not in shown
    assert "pairs or" in shown
    assert "CHSH S: repeater-e91" in shown
