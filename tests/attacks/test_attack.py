"""Facts about a run: what was noticed when, and how much of the key is known, part by part."""

import numpy as np
import pytest

from qnet import Network
from qnet.attacks import EntanglingProbe, Facts, InterceptResend, MessageForgery
from qnet.experiment import KeyRun, Observed, Quantity, RouteRecord
from qnet.quantum import NO_WAITING, Aer, Compiled, Half, State
from qnet.quantum.library.attacks import measure_both

ROUTE = Network.chain([10.0] * 4).route()


def run(wrong=(), *, secret_bits: int = 0, reason: str | None = None, per_bit: int = 1, **more) -> KeyRun:
    bits = np.asarray(wrong, bool)
    seen = Observed(
        wrong=bits,
        kinds=np.zeros(bits.size, int),
        names=("z",),
        expected=(0.01,),
        at_s=np.arange(bits.size) / 10,
        key_bits=1000,
        per_bit=per_bit,
    )
    return KeyRun(
        protocol="mine",
        route=RouteRecord(nodes=ROUTE.nodes, lengths_km=ROUTE.lengths_km, route_factor=1.0, lengths_source=""),
        raw=bits.size,
        sifted=bits.size,
        qber_z=None,
        qber_x=None,
        epsilon=1e-6,
        asymptotic_rate_bps=Quantity.exact(0.0),
        elapsed_s=1.0,
        reason=reason,
        alice_key=np.zeros(secret_bits, np.uint8),
        bob_key=np.zeros(secret_bits, np.uint8),
        observed=seen,
        **more,
    )


def test_a_report_says_when_and_how_surely_it_was_noticed() -> None:
    wrong = [0] * 20 + [1] * 10
    report = Facts(run=run(wrong), route=ROUTE).report(InterceptResend(), "so")
    assert report.noticed
    assert 20 < report.after_bits <= 30
    assert report.after_s == pytest.approx((report.after_bits - 1) / 10)
    assert report.confidence > 1 - 1e-6


def test_entries_of_one_bit_count_once() -> None:
    reports = [
        Facts(run=run([0] * 20 + [1] * 10, per_bit=n), route=ROUTE).report(InterceptResend(), "") for n in (1, 2)
    ]
    assert reports[1].after_bits == (reports[0].after_bits + 1) // 2


def test_where_nothing_was_compared_nothing_is_noticed() -> None:
    report = Facts(run=run(), route=ROUTE).report(InterceptResend(), "")
    assert (report.noticed, report.after_bits, report.after_s) == (False, None, None)


def test_between_trusted_nodes_key_bits_are_made_anew() -> None:
    """Two parts of two spans: what is known of the better known part counts, not that of all four spans."""
    attack = InterceptResend(fraction=0.5)
    taps = {span: [attack.tap] for span in zip(ROUTE.nodes, ROUTE.nodes[1:], strict=False)}
    whole, parts, alone = (
        Facts(run=run(), route=ROUTE, trusted=nodes).knowledge(given).information_bits
        for nodes, given in (((), taps), (("n2",), taps), (("n2",), {("n1", "n2"): [attack.tap]}))
    )
    assert [whole, parts, alone] == pytest.approx([(1 - 0.5**4) / 2, (1 - 0.5**2) / 2, 0.25])


def test_errors_add_up_from_end_to_end_or_between_trusted_nodes() -> None:
    attack = EntanglingProbe(disturbance=0.1)
    for trusted, wrong in (((), (1 - 0.8**4) / 2), (("n2",), (1 - 0.8**2) / 2), (ROUTE.nodes[1:-1], 0.1)):
        said = attack.report(Facts(run=run(), route=ROUTE, trusted=trusted)).explanation
        assert f"{100 * wrong:.3g} % in X" in said


@pytest.mark.parametrize(("known", "hers"), [(0.0, 0), (0.3, 0), (0.5, 200), (1.0, 600)])
def test_of_a_key_that_is_too_long_the_rest_is_hers(known: float, hers: int) -> None:
    """Of 1,000 bits 100 leaked and a share is known: 900 - 1,000 share are secret, and 600 were made of them."""
    facts = Facts(run=run(secret_bits=600, leaked_bits=100), route=ROUTE)
    assert facts.unproved_bits(known) == hers


@pytest.mark.parametrize("reason", [None, "a message was forged: its tag"])
def test_a_forgery_is_noticed_if_there_was_a_message_to_forge(reason: str | None) -> None:
    report = MessageForgery(message=9).report(Facts(run=run([1] * 30, reason=reason), route=ROUTE))
    assert report.noticed == (reason is not None)
    assert ("no message 9" in report.explanation) == (reason is None)


@pytest.mark.parametrize("tap", [InterceptResend(fraction=0.3).tap, InterceptResend(angle_deg=45.0).tap])
def test_the_engine_of_circuits_agrees_on_taps(tap) -> None:
    halves = (Half(State.werner(0.9).tensor, 1, NO_WAITING, 0.0),)
    (here, mine), (there, theirs) = (engine.branches(tap, halves) for engine in (Compiled(), Aer()))
    assert here == pytest.approx(there, abs=1e-9)
    for record in np.flatnonzero(np.array(here) > 0):
        np.testing.assert_allclose(mine(record), theirs(record), atol=1e-9)


def test_the_engine_of_circuits_agrees_on_measuring_both() -> None:
    halves = [Half(State.werner(0.9).tensor, 1, NO_WAITING, 0.0), Half(State.werner(0.8).tensor, 0, NO_WAITING, 0.0)]
    (here, mine), (there, theirs) = (engine.branches(measure_both("either"), halves) for engine in (Compiled(), Aer()))
    assert here == pytest.approx(there, abs=1e-9)
    np.testing.assert_allclose(mine(5), theirs(5), atol=1e-9)
