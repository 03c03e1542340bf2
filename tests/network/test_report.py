"""What reports say of requests that were served by hand."""

import csv
import math
from types import SimpleNamespace

import pytest

from qnet.network.pair import Pair
from qnet.network.report import Report
from qnet.network.requests import Request
from qnet.network.terms import Terms
from qnet.network.totals import jain_index
from qnet.quantum import State
from qnet.time import TICKS_PER_SECOND


def asked(number=0, *, status=None, reason="", offer=True, **terms):
    """A request that the network has taken on."""
    request = Request(
        Terms(**{"source": "a", "target": "c", "pairs": 4} | terms),
        number,
        asked=0,
        keep_pairs=False,
        on_accept=lambda _: None,
        on_end=lambda _: None,
    )
    if offer:
        predicted = SimpleNamespace(rate_hz=2.0, fidelity=0.93)
        route = SimpleNamespace(nodes=("a", "b", "c"))
        request.answer(SimpleNamespace(route=route, plan="swap at once", predicted=predicted, rate_hz=None), 0)
    if status is not None:
        request.end(status, reason)
    return request


def serve(request, *at_s, fidelity=0.9, believed=0.92, nodes=("a", "b", "c")):
    for at in at_s:
        true, modelled = State.werner(fidelity).tensor, State.werner(believed).tensor
        request.give(Pair(request.delivered, 0, true, modelled, round(at * TICKS_PER_SECOND), (0, 0)), nodes)
    return request


def record(request, simulated_s=10.0):
    return Report.of([request], simulated_s=simulated_s).requests[0]


def test_a_served_request_has_a_rate_until_its_last_pair_and_waits_from_its_start():
    served = record(serve(asked(start_s=1.0, deadline_s=9.0), 1.5, 2.5, 3.0, 5.0))
    assert (served.status, served.on_time, served.delivered, served.wanted) == ("served", True, 4, 4)
    assert served.rate_hz.value == 1.0
    assert served.rate_hz.low < 0.3 < 2.5 < served.rate_hz.high
    assert served.latency_s["p50"].value == pytest.approx(0.5, rel=0.05)
    assert served.latency_s["p95"].value == pytest.approx(2.0, rel=0.05)
    assert (served.plan, served.predicted_rate_hz.value) == ("a - b - c: swap at once", 2.0)


def test_promised_believed_and_true_fidelity_stand_side_by_side():
    seen = record(serve(serve(asked(min_fidelity=0.89), 1.0), 2.0, 3.0, fidelity=0.85))
    assert seen.predicted_fidelity.value == 0.93
    assert seen.fidelity.value == pytest.approx((0.9 + 2 * 0.85) / 3)
    assert seen.believed_fidelity.value == pytest.approx(0.92)
    assert seen.lowest_fidelity.value == pytest.approx(0.85)
    assert seen.below_threshold == 2


def test_pairs_are_counted_by_the_route_they_were_made_on():
    seen = record(serve(serve(asked(), 1.0, nodes=("a", "d", "c")), 2.0, 3.0, fidelity=0.8))
    assert [(route.nodes, route.delivered) for route in seen.routes] == [(("a", "d", "c"), 1), (("a", "b", "c"), 2)]
    assert [route.fidelity for route in seen.routes] == pytest.approx([0.9, 0.8])


@pytest.mark.parametrize(
    ("request_", "on_time"),
    [
        (asked(status="expired", deadline_s=5.0), False),
        (asked(status="failed"), False),
        (asked(deadline_s=5.0), False),
        (asked(deadline_s=50.0), None),
        (asked(pairs=math.inf, status="closed"), None),
    ],
)
def test_what_is_still_open_is_neither_late_nor_on_time(request_, on_time):
    assert record(request_).on_time is on_time


def test_a_refusal_gives_the_reason_and_the_best_offer():
    request = asked(offer=False, status="refused", reason="fidelity 0.99 is out of reach")
    request.best_offer = asked().plan
    refused = record(request)
    assert not refused.accepted
    assert refused.rate_hz is None
    answer = refused.to_json()
    assert (answer["plan"], answer["predicted"]) == (None, {"rate_hz": None, "fidelity": None})
    assert answer["best_offer"]["plan"] == "a - b - c: swap at once"
    assert answer["best_offer"]["fidelity"] == {"value": 0.93, "low": 0.93, "high": 0.93}


def test_a_request_that_got_nothing_has_a_rate_of_zero_with_an_upper_bound():
    starved = record(asked(deadline_s=5.0, status="expired", reason="deadline"))
    assert (starved.rate_hz.value, starved.rate_hz.low) == (0.0, 0.0)
    assert starved.rate_hz.high == pytest.approx(-math.log(0.025) / 5.0)
    assert starved.latency_s == {"p50": None, "p95": None}


def test_tenants_are_summed_up_by_weight():
    requests = [
        serve(asked(0, tenant="b", pairs=1), 2.0),
        serve(asked(1, tenant="a", pairs=3), 1.0, 2.0, 3.0, fidelity=0.8),
        asked(2, tenant="b", status="refused", offer=False),
    ]
    report = Report.of(requests, simulated_s=4.0, weights={"a": 3.0})
    assert [(each.tenant, each.requests, each.accepted, each.pairs) for each in report.tenants] == [
        ("b", 2, 1, 1), ("a", 1, 1, 3),
    ]  # fmt: skip
    assert [each.share.value for each in report.tenants] == [0.25, 0.75]
    assert report.totals.jain_index.value == pytest.approx(1.0)
    assert Report.of(requests, simulated_s=4.0).totals.jain_index.value == pytest.approx(16 / 20)
    assert report.totals.fidelity.value == pytest.approx((0.9 + 3 * 0.8) / 4)
    assert (report.totals.on_time.value, report.totals.rate_hz.value) == (1.0, 1.0)


def test_jains_index_of_nothing_is_nothing():
    assert jain_index([]) is None
    assert jain_index([0.0, 0.0]) is None
    assert jain_index([1.0, 2.0, 3.0]) == pytest.approx(36 / 42)


def test_a_report_reads_well_and_becomes_tables():
    report = Report.of([serve(asked(0, tenant="<x>"), 1.0), asked(1, status="refused", reason="r")], simulated_s=2.0)
    assert "2 requests: 1 accepted, 1 refused, 0 served in 2 s" in str(report)
    assert "0: a - b - c: swap at once" in str(report)
    assert "1: r" in str(report)
    assert "&lt;x&gt;" in report._repr_html_()
    frame = report.to_frame()
    assert list(frame["status"]) == ["accepted", "refused"]
    assert frame.loc[0, "rate_hz"] == 0.5
    rows = list(csv.DictReader(report.to_csv().splitlines()))
    assert [(row["id"], row["fidelity"][:3], row["rate_hz"]) for row in rows] == [("0", "0.9", "0.5"), ("1", "", "")]


def test_a_report_of_nothing_is_a_report():
    report = Report.of([], simulated_s=1.0)
    assert report.to_json()["totals"]["rate_hz"]["value"] == 0.0
    assert "0 requests" in str(report)
    assert report.to_csv() == "id\n"
    assert len(report.to_frame()) == 0
