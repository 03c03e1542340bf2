"""Pictures: what is drawn where, that names cover nothing, and that nothing is shown."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from itertools import combinations, pairwise

import networkx as nx
import pytest
from chains import take
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from qnet.errors import InvalidArgument, UnknownName
from qnet.link import Device, Link
from qnet.network.layout import places_of
from qnet.network.pictures import draw_map, draw_space_time
from qnet.network.report import Report
from qnet.network.space_time import _apart
from qnet.network.topology import Network
from qnet.network.trace import Trace
from qnet.network.usage import usage_of
from qnet.quantum import State
from qnet.quantum.library import dejmps

LENGTHS = (40.0, 60.0)


def traced(pairs=3, **options):
    """A chain whose photons meet in the middle of each span, its trace, and its simulation."""
    links = [
        Link(
            success_probability=0.4, cycle_s=length / 2e5, emission_s=0.0, detection_s=length / 4e5,
            heralds=Link.from_numbers(0.4, 1.0, State.werner(0.97)).heralds,
        )
        for length in LENGTHS
    ]  # fmt: skip
    network, trace = Network.chain(LENGTHS, link=links, hardware=Device(optical_interfaces=4)), Trace()
    simulation = network.simulate(observer=trace, seed=3, **options)
    take(simulation, "n0", "n2", pairs, keep=True)
    return network, trace, simulation


@pytest.fixture(scope="module")
def scene():
    return traced()


def test_the_diagram_has_what_happened_to_the_pair(scene):
    _, trace, _ = scene
    figure = draw_space_time(trace, 1, others=False)
    (axes,) = figure.axes
    assert isinstance(figure, Figure)
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == ["photon", "herald", "qubit in memory", "outcome told", "swap", "delivered"]
    delivery = trace.delivery(1)
    assert f"fidelity {delivery.fidelity:.4f}" in axes.texts[0].get_text()
    swaps = [line for line in axes.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in swaps] == [[40.0]]
    first_s = min(life.emitted_s for life in trace.lives() if life.delivery == 1)
    assert swaps[0].get_ydata()[0] == pytest.approx((delivery.origin.tick / 1e12 - first_s) * 1e6)


def test_photons_and_words_go_as_fast_as_light_in_fibre(scene):
    _, trace, _ = scene
    (axes,) = draw_space_time(trace, others=False).axes
    moving = [line for line in axes.lines if len(line.get_xdata()) == 2 and len(set(line.get_xdata())) == 2]
    speeds = [
        abs((b - a) / (t - s))
        for line in moving
        for a, b in [line.get_xdata()]
        for s, t in [line.get_ydata()]
        if s != t
    ]
    assert len(speeds) == 4 + 4 + 2  # photons, heralds, the word of the swap to both ends
    assert speeds == pytest.approx([0.2] * 10, rel=1e-6)  # km per microsecond


def test_the_diagram_of_a_purified_pair_shows_both_sides_at_work():
    _, trace, _ = traced(1, purification=dejmps())
    (axes,) = draw_space_time(trace, others=False).axes
    marks = sorted(line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D")
    assert marks == [0.0, 40.0, 40.0, 100.0]


def test_other_pairs_are_grey():
    """Two photons, two heralds and two memories of each pair that was made meanwhile, and was not part of this one."""
    _, trace, _ = traced(12, cutoff_s=4e-4)
    for number in range(12):
        plain, full = (draw_space_time(trace, number, others=others).axes[0] for others in (False, True))
        grey = [line for line in full.lines if line.get_color() == "#c8c8c8"]
        assert len(full.lines) - len(plain.lines) == len(grey)
        if grey:
            break
    begin_s = min(life.emitted_s for life in trace.lives() if life.delivery == number)
    end_s = trace.delivery(number).delivered_s
    others = [life for life in trace.lives() if life.delivery != number]
    meanwhile = [life for life in others if max(life.freed_s) > begin_s and life.clicked_s <= end_s]
    assert len(grey) == 6 * len(meanwhile) > 0


def test_a_map_shows_load_and_fidelity(scene):
    network, trace, _ = scene
    axes, bar = draw_map(network, trace).axes
    assert bar.get_ylabel() == "mean fidelity of the pairs delivered over a span"
    assert {text.get_text() for text in axes.texts} == {"n0", "n1", "n2"}
    elapsed_s = max(event.tick for event in trace) / 1e12
    assert f"pairs per second, averaged over {elapsed_s:.4g} s" in axes.get_legend().get_title().get_text()
    widths = [line.get_linewidth() for line in axes.lines[:2]]
    use = usage_of(trace)
    rates = [use[frozenset(span)].rate_hz for span in (("n0", "n1"), ("n1", "n2"))]
    assert max(widths) == 8.0
    assert (widths[0] < widths[1]) == (rates[0] < rates[1])


def test_the_use_of_spans_is_counted(scene):
    _, trace, simulation = scene
    made = sum(life.ends == ("n0", "n1") for life in trace.lives())
    elapsed_s = max(event.tick for event in trace) / 1e12
    fidelities = [delivery.fidelity for delivery in trace.deliveries()]
    use = usage_of(trace)[frozenset(("n0", "n1"))]
    assert use.rate_hz == pytest.approx(made / elapsed_s)
    assert 0.0 < use.busy < 1.0
    assert use.fidelity == pytest.approx(sum(fidelities) / len(fidelities))
    report = Report.of(simulation.reception.requests, simulated_s=2.0)
    reported = usage_of(report)
    assert set(reported) == set(usage_of(trace))
    assert reported[frozenset(("n0", "n1"))].rate_hz == 3 / 2.0


def test_a_map_shows_the_links_of_the_way_round_a_fault():
    network = Network.parse("ring:5,20").with_hardware("rb-atom-projected")
    simulation = network.simulate(seed=1, trace=True)
    simulation.fail_link("n0", "n1", from_s=0.05, to_s=0.2)
    request = simulation.request("n0", "n1", pairs=600)
    assert simulation.run() == "done"
    (record,), trace = simulation.report().requests, simulation.trace
    first, detour = record.routes
    assert (first.nodes, len(detour.nodes)) == (("n0", "n1"), 5)
    assert request.plan.route.nodes == first.nodes  # after the repair
    made = Counter(delivery.nodes for delivery in trace.deliveries() if delivery.request is not None)
    assert made == {route.nodes: route.delivered for route in record.routes}
    reported = usage_of(simulation.report())
    assert reported[frozenset(("n2", "n3"))].rate_hz == detour.delivered / simulation.now
    assert reported[frozenset(("n2", "n3"))].fidelity == detour.fidelity < reported[frozenset(("n0", "n1"))].fidelity


def test_stations_on_a_span_count_for_it():
    network = Network.chain([80.0], names=["A", "B"])
    trace = Trace()
    take(network.simulate(observer=trace, max_span_km=30.0), "A", "B", 2)
    assert {life.ends for life in trace.lives()} > {("A", "A~B#1")}
    assert set(usage_of(trace)) == {frozenset("AB")}
    assert draw_map(network, trace, load="time").axes


def test_a_report_does_not_know_the_time_in_use(scene):
    network, _, simulation = scene
    report = Report.of(simulation.reception.requests, simulated_s=1.0)
    assert len(draw_map(network, report).axes) == 2
    with pytest.raises(InvalidArgument, match="only a trace knows"):
        draw_map(network, report, load="time")
    with pytest.raises(UnknownName):
        draw_map(network, report, load="photons")


@pytest.mark.parametrize("name", ["surfnet", "abilene", "gabriel:50,200,1", "chain:20,30,25"])
def test_names_cover_no_other_name(name):
    (axes,) = draw_map(Network.parse(name)).axes
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    axes.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text, renderer) for text in axes.texts]  # without the lines to their nodes
    assert not [
        1 for a, b in combinations(boxes, 2) if shared(a, b) > 0.05 * min(a.width * a.height, b.width * b.height)
    ]


def shared(a, b):
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    return max(0.0, width) * max(0.0, height)


def test_places_are_degrees_or_kilometres_or_made_up():
    assert places_of(Network.shipped("surfnet")).kind == "degrees"
    assert places_of(Network.shipped("surfnet")).aspect == pytest.approx(1.63, abs=0.02)
    assert places_of(Network.parse("gabriel:20,80,1")).kind == "km"
    assert places_of(Network.parse("chain:20,30")).kind == "none"
    graph = nx.path_graph(3)
    nx.set_edge_attributes(graph, 10.0, "length_km")
    graph.nodes[0]["pos"], graph.nodes[2]["pos"] = (0.0, 0.0), (20.0, 0.0)
    places = places_of(Network.from_graph(graph))
    assert places.at["2"] == (20.0, 0.0)
    assert places == places_of(Network.from_graph(graph))


def test_both_draw_on_given_axes(scene):
    network, trace, _ = scene
    figure = Figure(figsize=(12, 6), layout="constrained")
    left, right = figure.subplots(1, 2)
    assert draw_map(network, ax=left) is figure
    assert draw_space_time(trace, ax=right) is figure


def test_matplotlib_is_loaded_when_something_is_drawn():
    words = "import sys, qnet.network.pictures; print('matplotlib' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


@pytest.mark.parametrize("places", [[0, 2, 44, 85], [0, 2, 3, 84, 85, 85.5], [0, 10, 20], [0, 1, 2, 3]])
def test_names_that_would_touch_are_moved_apart(places):
    moved = _apart(places, 2.5)
    assert min(b - a for a, b in pairwise(moved)) >= 2.5 - 1e-9
    if min(b - a for a, b in pairwise(places)) >= 2.5:
        assert moved == places
    assert moved[0] == 0
