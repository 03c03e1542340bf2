"""What predictions must obey, whatever the numbers."""

import math

import pytest
from chains_at_hand import SLOT_S, chain, device, link, noisy
from qiskit import QuantumCircuit

from qnet.errors import InvalidArgument
from qnet.link import Device, Link
from qnet.planning import Chain, Generate, Plan, Purify, Swap, in_order, nested, predict, purified, sequential
from qnet.quantum import Noise, Purification, State
from qnet.quantum.library import dejmps
from qnet.quantum.photonics import HeraldedState


def pair(cutoff_s: float = math.inf) -> Purify:
    leaves = Generate(span=0), Generate(span=0, copy=1)
    return Purify(pairs=leaves, purification=dejmps(), cutoff_s=cutoff_s)


def test_the_benchmark_chain() -> None:
    """826 us a pair for two links, and the rates that three simulators agree on for more (`docs/planning.md`)."""
    rates = {2: 1211, 4: 880, 8: 680, 16: 447}
    for hops, rate_hz in rates.items():
        node = device(t2_s=1.0)
        plan = Plan(chain=chain(hops, node, [link(0.199, 0.95)] * hops), keep=True, restart="pipelined")
        assert predict(plan).rate_hz == pytest.approx(rate_hz, rel=0.02)


def test_several_memories_on_a_link_are_not_predicted() -> None:
    with pytest.raises(InvalidArgument, match="`memories` must be 1, for links that make several pairs"):
        predict(Plan(chain=chain(2), memories=2))
    with pytest.raises(InvalidArgument, match="`memories` must be"):
        Plan(chain=chain(2), memories=0)
    assert predict(Plan(chain=chain(2), recipe=nested(2), memories=2)).rate_hz > 0.0


def test_shorter_cutoffs_make_fewer_and_better_pairs() -> None:
    got = [predict(Plan(chain=chain(2), recipe=sequential(2, cutoff_s=c * SLOT_S))) for c in (3, 10, 100)]
    assert [one.rate_hz for one in got] == sorted(one.rate_hz for one in got)
    assert [one.fidelity for one in got] == sorted((one.fidelity for one in got), reverse=True)
    assert [one.fidelity_min for one in got] == sorted((one.fidelity_min for one in got), reverse=True)


def test_the_worst_pair_is_worse_than_the_mean() -> None:
    for recipe in (nested(4, cutoffs_s=[1e-3, 2e-3]), purified(sequential(4, cutoff_s=2e-3), dejmps(), cutoff_s=1e-3)):
        got = predict(Plan(chain=chain(4, noisy()), recipe=recipe))
        assert 0.25 < got.fidelity_min < got.fidelity < 0.97


def test_keeping_ends_cost_fidelity_and_no_time() -> None:
    kept, measured = (predict(Plan(chain=chain(3), recipe=nested(3), keep=keep)) for keep in (True, False))
    assert kept.rate_hz == pytest.approx(measured.rate_hz)
    assert kept.fidelity < measured.fidelity - 0.01


@pytest.mark.parametrize("label", range(4))
def test_every_bell_state_is_as_good_as_phi_plus(label: int) -> None:
    weights = [0.02] * 4
    weights[label] = 0.94
    herald = HeraldedState(probability=1.0, state=State.bell_diagonal(weights), label=label)
    one = Link(success_probability=0.1, cycle_s=SLOT_S, heralds=(herald,))
    node = device(memory=device().memory.depolarising(0.02))
    for recipe in (None, nested(2), Swap(left=pair(), right=Generate(span=1))):
        got = predict(Plan(chain=chain(2, node, [one, one]), recipe=recipe))
        first = predict(Plan(chain=chain(2, node, [link(0.1, 0.94)] * 2), recipe=recipe))
        assert (got.rate_hz, got.fidelity) == pytest.approx((first.rate_hz, first.fidelity))


def test_orders_mirrored_deliver_alike() -> None:
    one = chain(4)
    ahead, back = (predict(Plan(chain=one, recipe=in_order(order))) for order in ([1, 2, 3], [3, 2, 1]))
    assert ahead.first_pair_s == pytest.approx(back.first_pair_s)


def test_a_mean_field_of_one_or_two_links_is_exact() -> None:
    for hops in (1, 2):
        free = chain(hops, delay_s=0.0)
        piped, single = (predict(Plan(chain=free, keep=True, restart=r)) for r in ("pipelined", "per-pair"))
        assert piped.rate_hz == pytest.approx(single.rate_hz, rel=1e-4)
        assert piped.fidelity == pytest.approx(single.fidelity, abs=1e-4)


def test_equal_plans_are_predicted_once() -> None:
    assert predict(Plan(chain=chain(2), recipe=nested(2))) is predict(Plan(chain=chain(2), recipe=nested(2)))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Plan(chain=chain(3), recipe=nested(2)), "`recipe` must join positions 0 and 3"),
        (lambda: Plan(chain=chain(2), recipe=nested(2), restart="pipelined"), "`recipe` must come without"),
        (lambda: Plan(chain=chain(2), cutoff_s=0.0), "`cutoff_s` must be greater"),
        (lambda: predict(Plan(chain=chain(3), cutoff_s=1.0)), "`cutoff_s` must be infinite, but for two"),
        (lambda: predict(Plan(chain=chain(2, device(optical_interfaces=1)))), "interface for each of the 2"),
        (lambda: predict(Plan(chain=chain(2, device(swap_success_probability=0.5)))), "swap for certain"),
    ],
)
def test_what_cannot_be_predicted_is_refused(make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidArgument, match=says):
        make()


def test_gates_that_last_much_longer_than_attempts_are_counted() -> None:
    """A circuit of 20 ms on pairs that take 0.1 ms: the memory is busy for nearly all of the time."""
    circuit = QuantumCircuit(1)
    circuit.x(0)
    noise = Noise.from_numbers(one_qubit_gate_s=0.02)
    link = Link.from_numbers(1.0, 1e-4, State.werner(0.9))
    one = Chain.of([link], Device(noise=noise), delays_s=0.0)
    alone = Purification(circuit, accept=[[True]])
    plan = Plan(chain=one, link_purification=alone, keep=True, restart="pipelined")
    assert predict(plan).rate_hz == pytest.approx(1 / 0.0201, rel=0.02)
