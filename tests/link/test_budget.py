"""Which imperfection costs what."""

import json
import math
from dataclasses import replace

import pytest

from qnet import Network
from qnet.errors import InvalidArgument
from qnet.hardware import RepeaterHardware, repeater_hardware
from qnet.link import Link, budget, link_of
from qnet.link.delivery import delivered, fidelity_of
from qnet.link.imperfections import IMPERFECTIONS, without
from qnet.quantum import State

IONS = repeater_hardware("trapped-ion")


def quiet(**memory: float) -> RepeaterHardware:
    """Perfect hardware but for its memory."""
    hardware = without(IONS, IMPERFECTIONS)
    return replace(hardware, memory=replace(hardware.memory, **memory))


@pytest.fixture(scope="module")
def link_budget():
    return budget(IONS, 50.0)


def test_perfect_hardware_costs_nothing():
    clean = budget(without(IONS, IMPERFECTIONS), 50.0)
    assert (clean.perfect, clean.costs) == (0.0, ())
    assert clean.infidelity == pytest.approx(0.0, abs=1e-12)


def test_costs_alone_are_those_of_the_closed_forms(link_budget):
    alone = {cost.name: cost.alone for cost in link_budget.costs}
    assert alone["visibility"] == pytest.approx((1 - 0.89) / 2)
    decay = math.exp(-2 * IONS.fibre.delay_s(50.0) / IONS.memory.t2_s)
    assert alone["memory T2"] == pytest.approx((1 - decay) / 2)
    assert alone["dark counts"] == 0.0  # without loss the photons' clicks leave them no chance


def test_what_is_removed_is_missed_from_the_whole(link_budget):
    removed = {cost.name: cost.removed for cost in link_budget.costs}
    better = budget(without(IONS, ["dark counts"]), 50.0)
    assert better.infidelity == pytest.approx(link_budget.infidelity - removed["dark counts"])
    assert "dark counts" not in {cost.name for cost in better.costs}


def test_costs_and_interactions_add_up(link_budget):
    parts = sum(cost.alone for cost in link_budget.costs) + link_budget.interactions + link_budget.perfect
    assert parts == pytest.approx(link_budget.infidelity)


def test_single_click_pays_for_loss_with_the_population_that_shines():
    counting = without(IONS, IMPERFECTIONS.keys() - {"photon loss"})
    (cost,) = budget(counting, 100.0, herald="single-click").costs
    assert cost.alone == pytest.approx(IONS.interface.bright_state_population, abs=0.001)  # F = 1 - alpha
    assert cost.removed == cost.alone


def test_a_chain_with_dephasing_memories_is_its_closed_form():
    """Kamin et al., PRR 5, 023086 (2023): E[a**|N1 - N2|] = p / (2 - p) (1 + q a) / (1 - q a), a per slot."""
    hardware, p = quiet(t2_s=1e7), 0.1
    link = Link.from_numbers(p, 1e6, State.bell(0))  # slots so long that gates take no time
    a, q = math.exp(-0.1), 1 - p
    waits = p / (2 - p) * (1 + q * a) / (1 - q * a)
    # and each of the four qubits waits for its herald
    assert fidelity_of(delivered(hardware, [link, link])) == pytest.approx((1 + a**4 * waits) / 2)


def test_with_one_interface_the_first_pair_waits_for_the_whole_second():
    hardware, p = replace(quiet(t2_s=1e7), optical_interfaces=1), 0.1
    link = Link.from_numbers(p, 1e6, State.bell(0))
    a = math.exp(-0.1)
    assert fidelity_of(delivered(hardware, [link, link])) == pytest.approx((1 + a**4 * p * a / (1 - (1 - p) * a)) / 2)


def test_attempts_of_the_neighbour_disturb_who_waits():
    hardware, p = replace(quiet(attempts_to_dephase=20.0), optical_interfaces=1), 0.1
    link = Link.from_numbers(p, 1e-4, State.bell(0))
    a = math.exp(-1 / 20)
    assert fidelity_of(delivered(hardware, [link, link])) == pytest.approx((1 + p * a / (1 - (1 - p) * a)) / 2)


def test_a_chain_swaps_werner_states_with_the_frames_of_their_heralds():
    link = Link.from_numbers(0.1, 1e-4, State.werner(0.9))
    frames = delivered(quiet(), [link] * 3)
    assert fidelity_of(frames) == pytest.approx(0.25 + 0.75 * ((4 * 0.9 - 1) / 3) ** 3)
    assert frames[:, 0, 0] == pytest.approx([0.25] * 4)  # every frame is as likely


@pytest.mark.parametrize("interfaces", [1, 2])
def test_a_chain_delivers_what_the_simulation_does(interfaces):
    hardware = replace(repeater_hardware("rb-atom-today"), optical_interfaces=interfaces)
    simulation = Network.chain([20.0, 20.0], hardware=hardware).simulate(seed=5, restart="per-pair")
    request = simulation.request("n0", "n2", pairs=400)
    simulation.run()
    links = [link_of(hardware, 20.0)] * 2
    # pairs differ by about 0.02, by how long they have waited
    assert request.mean_fidelity == pytest.approx(fidelity_of(delivered(hardware, links)), abs=4 * 0.02 / 20)


def test_links_that_hardly_ever_succeed_leave_memories_to_their_fate():
    link = Link.from_numbers(1e-30, 1e-4, State.bell(0))
    assert fidelity_of(delivered(quiet(), [link, link])) == pytest.approx(1.0)
    assert fidelity_of(delivered(quiet(t2_s=1e3), [link, link])) == pytest.approx(0.5, abs=1e-6)


def test_a_chain_blames_gates_and_readout():
    names = {cost.name for cost in budget("colour-centre", (10.0, 10.0), herald="emitter-absorber").costs}
    assert {"two-qubit gates", "readout", "move to storage", "storage T2", "visibility"} <= names


def test_a_budget_prints_and_frames(link_budget):
    assert str(link_budget).splitlines()[0] == "trapped-ion, double-click, 50 km: infidelity 0.06032"
    assert list(link_budget.to_frame().columns) == ["alone", "removed"]
    assert "<caption>trapped-ion" in link_budget._repr_html_()


def test_a_budget_is_drawn(link_budget):
    figure = link_budget.plot()
    axes = figure.axes[0]
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == [*(cost.name for cost in link_budget.costs), "interactions", "all"]
    assert axes.patches[-1].get_width() == pytest.approx(link_budget.infidelity)
    assert link_budget.plot(ax=axes) is figure


def test_a_budget_needs_a_length():
    with pytest.raises(InvalidArgument, match="`length_km` must be a length, or one for each span"):
        budget(IONS, [])


def test_beyond_the_reach_of_light_dark_counts_cannot_be_removed():
    hopeless = budget("sr-ion-oxford", 20.0)
    removed = {cost.name: cost.removed for cost in hopeless.costs}
    assert hopeless.infidelity == pytest.approx(0.75)
    assert math.isnan(removed["dark counts"])
    assert '"removed": null' in json.dumps(hopeless.to_json(), allow_nan=False)
    (row,) = (line for line in str(hopeless).splitlines() if "dark counts" in line)
    assert row.split()[-1] == "-"
    assert hopeless.plot().axes


def test_a_source_of_pairs_that_is_assumed_makes_several_at_once():
    costs = {cost.name: cost.removed for cost in budget("trapped-ion", 50.0, herald="midpoint-source").costs}
    assert costs["multiple pairs"] > 0.02
