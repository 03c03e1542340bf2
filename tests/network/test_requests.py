"""Requests: what is asked, what the network answers, how each ends, and what tenants get of one link."""

import inspect
import math
from dataclasses import MISSING, fields

import pytest
from chains import ATTEMPT_S, attempt, chain, dephasing

from qnet.errors import InvalidArgument
from qnet.link import Device
from qnet.network.policies import earliest_deadline_first, strict_priority, weighted_fair_share
from qnet.network.session import Session
from qnet.network.simulation import Simulation
from qnet.network.terms import TermOptions, Terms
from qnet.quantum import State

LINE = chain([attempt(0.5)] * 2, length_km=20.0)
LINK = chain([attempt(0.5)], length_km=20.0)
WERNER = chain([attempt(0.5, State.werner(0.9))] * 2, length_km=20.0)
MANY = 100_000


def ended(simulation, *requests):
    """Run, and give how each request ended."""
    assert simulation.run(max_events=MANY) == "done"
    simulation.audit()
    return [request.status for request in requests]


def test_what_cannot_be_had_is_refused_with_the_best_offer():
    request = WERNER.simulate().request("n0", "n2", pairs=5, min_fidelity=0.999)
    assert request.status == "refused"
    assert "0.999" in request.reason
    assert 0.8 < request.best_offer.predicted.fidelity < 0.999
    assert request.ended_s == 0.0


def test_what_can_be_had_is_accepted_with_a_plan_and_a_prediction():
    simulation = WERNER.simulate(seed=1)
    request = simulation.request("n0", "n2", pairs=30, min_fidelity=0.7)
    assert request.status == "accepted"
    assert request.plan.route.nodes == ("n0", "n1", "n2")
    assert request.plan.predicted.fidelity_min >= 0.7
    assert ended(simulation, request) == ["served"]
    assert request.below_threshold == 0
    assert request.mean_fidelity == pytest.approx(request.plan.predicted.fidelity, abs=0.01)


def test_a_request_is_cancelled_by_its_user():
    simulation = LINE.simulate(seed=1)
    request, other = (simulation.request("n0", "n2", pairs=pairs) for pairs in (10**6, 20))
    simulation.run(until_s=0.02)
    request.cancel()
    delivered = request.delivered
    assert ended(simulation, request, other) == ["cancelled", "served"]
    assert (request.delivered, request.ended_s) == (delivered, pytest.approx(0.02))


def test_a_request_expires_at_its_deadline_or_is_on_time():
    simulation = LINE.simulate(seed=1)
    late = simulation.request("n0", "n2", pairs=10**6, deadline_s=0.2)
    assert ended(simulation, late) == ["expired"]
    assert (late.ended_s, late.on_time) == (pytest.approx(0.2), False)
    assert late.delivered > 10
    soon = simulation.request("n0", "n2", pairs=5, deadline_s=10.0)
    assert ended(simulation, soon) == ["served"]
    assert soon.on_time
    assert soon.ended_s < 1.0


@pytest.mark.parametrize("scheduling", ["shared", "reserved"])
def test_no_pair_comes_before_the_start(scheduling):
    simulation = LINE.simulate(seed=1, scheduling=scheduling)
    request = simulation.request("n0", "n2", pairs=5, start_s=0.5)
    simulation.run(until_s=0.5)
    assert request.delivered == 0
    assert ended(simulation, request) == ["served"]
    assert 0.5 < request.last_delivery_s < 0.6


def test_a_rate_is_asked_for_until_the_deadline():
    simulation = LINE.simulate(seed=1)
    request = simulation.request("n0", "n2", rate_hz=100.0, deadline_s=1.0)
    assert request.wanted == 100
    assert ended(simulation, request) == ["served"]
    assert request.delivered == 100


def halves(policy, first=None, second=None, pairs=40, **options):
    """Two tenants over one link that may not share its pairs, with short turns."""
    simulation = LINK.simulate(seed=1, policy=policy, quantum_s=5 * ATTEMPT_S, **options)
    a = simulation.request("n0", "n1", pairs=pairs, tenant="a", **(first or {}))
    b = simulation.request("n1", "n0", pairs=pairs, tenant="b", **(second or {}))
    return simulation, a, b


def test_two_tenants_have_one_link_turn_by_turn():
    simulation, a, b = halves(weighted_fair_share)
    while a.open and b.open:
        simulation.run(max_events=64)
        simulation.audit()
        assert abs(a.delivered - b.delivered) <= 15
    assert ended(simulation, a, b) == ["served", "served"]


def test_weights_are_shares_of_link_time():
    simulation, a, b = halves(weighted_fair_share, pairs=400, weights={"a": 3.0})
    while a.open:
        simulation.run(max_events=64)
    assert b.delivered / a.delivered == pytest.approx(1 / 3, abs=0.1)


@pytest.mark.parametrize(
    ("policy", "urgent"), [(strict_priority, {"priority": 1.0}), (earliest_deadline_first, {"deadline_s": 9.0})]
)
def test_the_urgent_come_first(policy, urgent):
    simulation, a, b = halves(policy, second=urgent)
    assert ended(simulation, a, b) == ["served", "served"]
    assert b.ended_s < a.ended_s
    assert b.ended_s < 0.25


def test_the_urgent_end_the_turn_of_others():
    simulation, a, b = halves(strict_priority, pairs=100, second={"priority": 1.0, "start_s": 0.02})
    assert ended(simulation, a, b) == ["served", "served"]
    assert b.ended_s < a.ended_s


@pytest.mark.parametrize(("below", "poor_gets"), [("lower", True), ("drop", False)])
def test_pairs_are_allocated_by_threshold(below, poor_gets):
    """Of pairs that dephase unevenly the demanding gets the good ones; the bad ones go to the other, or to no one."""
    from qnet.network.policies import tightest_fit

    network = chain([attempt(0.1)] * 2, dephasing(30))
    simulation = network.simulate(seed=1, policy=tightest_fit, below=below, cutoff_s=1.0)
    strict = simulation.request("n0", "n2", pairs=20, min_fidelity=0.9)
    easy = simulation.request("n0", "n2", pairs=10**6)
    while strict.open:
        simulation.run(max_events=1)
    assert (strict.refused > 5, strict.below_threshold) == (True, 0)
    assert (easy.delivered > 5) is poor_gets
    assert easy.delivered == (strict.refused if poor_gets else 0)
    if poor_gets:
        assert easy.mean_fidelity < 0.9 <= strict.lowest_fidelity


def test_a_report_sums_up_by_tenant():
    simulation, *_ = halves(weighted_fair_share, weights={"a": 2.0})
    simulation.run()
    report = simulation.report()
    assert [record.delivered for record in report.requests] == [40, 40]
    assert {account.tenant for account in report.tenants} == {"a", "b"}


def test_a_request_says_when_it_ended():
    simulation = LINK.simulate()
    request = simulation.request("n0", "n1", pairs=3)
    assert math.isnan(request.ended_s)
    simulation.run()
    assert request.ended_s == request.last_delivery_s > 0.0


def test_hardware_without_memory_noise_needs_no_search():
    request = chain([attempt(1.0)], Device()).simulate().request("n0", "n1", pairs=1, min_fidelity=1.0)
    assert request.status == "accepted"


def test_terms_can_be_given_wherever_a_request_is_made():
    """One list of terms: what `Terms` has a default for is what a request takes, and what `help` shows."""
    options = {field.name: field.type for field in fields(Terms) if field.default is not MISSING}
    assert set(TermOptions.__annotations__) == set(options)
    for method in (Simulation.request, Session.request):
        shown = inspect.signature(method).parameters
        assert set(options) < set(shown)
        assert all(shown[name].default == getattr(Terms, name) for name in options)
    with pytest.raises(TypeError, match="fidelity"):
        LINE.simulate().request("n0", "n2", pairs=1, fidelity=0.9)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"pairs": "5"}, "`pairs` must be a whole number"),
        ({"rate_hz": "fast"}, "`rate_hz` must be a number"),
        ({"pairs": 1, "priority": math.nan}, "`priority` must be a number"),
        ({"pairs": 1, "keep": "no"}, "`keep` must be True or False"),
        ({"pairs": 1, "tenant": None}, "`tenant` must be a name"),
        ({"pairs": 1, "rate_hz": 2.0}, "not be given together"),
        ({"pairs": 1, "start_s": 2.0, "deadline_s": 1.0}, "`deadline_s` must be after start_s"),
    ],
)
def test_terms_that_make_no_sense_are_refused_before_anything_runs(terms, message):
    with pytest.raises(InvalidArgument, match=message):
        Terms(source="n0", target="n1", **terms)


@pytest.mark.parametrize(
    "options", [{"quantum_s": 1e-15}, {"quantum_s": math.inf}, {"replica": "a"}, {"behaviours": {"n0": 5}}]
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(InvalidArgument, match=next(iter(options)).rstrip("s")):
        LINK.simulate(**options)
