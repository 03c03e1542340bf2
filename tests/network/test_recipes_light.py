"""No decision of a recipe precedes the light that tells of what it depends on; see test_light.py for the method."""

import math

import pytest
from chains import chain
from recipes import follow, further

from qnet.link import Device, Link
from qnet.network.recipes import RecipeNode
from qnet.network.recipes.joining import Joining
from qnet.planning import Generate, Purify, Swap, nested, purified, sequential
from qnet.quantum import Noise, State
from qnet.quantum.library import bbpssw, dejmps
from qnet.time import ticks

KM_PER_S = 2e5
LENGTHS = (20.0, 5.0, 35.0, 10.0)
LIMITS_S = (2e-3, 4e-3)
PUMPED = Purify(
    pairs=(purified(Generate(span=0), dejmps()), Generate(span=0, copy=1)), purification=dejmps(), cutoff_s=3e-3
)
RECIPES = {
    "nested, cut off": nested(4, cutoffs_s=LIMITS_S),
    "in turn": sequential(4, cutoff_s=3e-3),
    "purified at the ends": purified(nested(4, cutoffs_s=LIMITS_S), dejmps(), cutoff_s=6e-3),
    "nested, purified within": Swap(left=purified(nested(2), bbpssw()), right=further(nested(2), 2), cutoff_s=4e-3),
    "pumped": Swap(left=PUMPED, right=further(sequential(3), 1)),
}


class Later:
    """A lane's random stream whose `number`-th success takes `more` attempts longer."""

    def __init__(self, stream, number, more):
        self._stream, self._left, self._more = stream, number, more

    def geometric(self, probability):
        self._left -= 1
        return self._stream.geometric(probability) + (self._more if self._left == 0 else 0)

    def __getattr__(self, name):
        return getattr(self._stream, name)


def run(recipe, span, more, *, keep, restart, plant=lambda simulation, flow: None):
    """The actions (tick, node, kind) of a run in which the fifth herald of a span comes `more` attempts later."""
    links = [Link.from_numbers(0.3, length / KM_PER_S, State.werner(0.97)) for length in LENGTHS]
    noise = Noise.from_numbers(one_qubit_gate_s=1e-6, two_qubit_gate_s=1e-5)
    device = Device(swap_s=2e-5, measurement_s=1e-5, noise=noise, swap_success_probability=0.8, optical_interfaces=16)
    seen = []

    def before(simulation, flow):
        loader = flow.lanes[span][0].loader
        loader._stream = Later(loader._stream, 5, more)
        plant(simulation, flow)

    observer = lambda tick, node, kind, details: seen.append((tick, node, kind))  # noqa: E731
    follow(
        chain(links, device, LENGTHS), recipe, 6, keep=keep, restart=restart, seed=17, observer=observer, before=before
    )
    return seen


def too_early(recipe, span, **options):
    """Nodes that act differently before light from the link that changed could reach them."""
    first, second = (run(recipe, span, more, **options) for more in (0, 9))
    offsets = [ticks(sum(LENGTHS[:k]) / KM_PER_S) for k in range(len(LENGTHS) + 1)]
    heralds = [[action for action in seen if action[1:] == (f"n{span}", "heralded")] for seen in (first, second)]
    changed = min(min(pair) for pair in zip(*heralds, strict=False) if pair[0] != pair[1])[0]
    end = min(first[-1][0], second[-1][0])
    assert changed < end
    early = []
    for position, there in enumerate(offsets):
        light = changed + min(abs(there - offsets[span]), abs(there - offsets[span + 1]))
        until = [[a for a in seen if a[1] == f"n{position}" and a[0] < min(light, end)] for seen in (first, second)]
        if sorted(until[0]) != sorted(until[1]):
            early.append(f"n{position}")
    return early


@pytest.mark.parametrize("restart", ["pipelined", "per-pair"])
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("name", RECIPES)
def test_nothing_is_known_before_light_arrives(name, keep, restart):
    for span in range(len(LENGTHS)):
        assert too_early(RECIPES[name], span, keep=keep, restart=restart) == []


def test_a_message_without_delay_is_caught():
    def plant(simulation, flow):
        simulation.plant.post.delays[flow.course.number, "n1", "n2"] = 0

    assert "n2" in too_early(RECIPES["in turn"], 0, keep=True, restart="per-pair", plant=plant)


def test_a_look_into_another_node_is_caught(monkeypatch):
    """A node that acts on a swap a fibre away when it happens."""
    swap = Joining._swap

    def swap_seen_from_afar(self):
        swap(self)
        self._node.far.note("saw")

    def plant(simulation, flow):
        for role in flow.roles:
            role.far = simulation.plant.stations["n4"]

    monkeypatch.setattr(Joining, "_swap", swap_seen_from_afar)
    assert "n4" in too_early(RECIPES["nested, cut off"], 0, keep=True, restart="per-pair", plant=plant)


def test_no_role_leads_to_another():
    """What a node's part of the recipe holds are values, its own station, and what the flow gave it."""
    allowed = {"station", "course", "flow", "tree", "position", "stream", "shared", "is_source", "memories", "losses"}
    _, flow, _ = follow(chain([Link.from_numbers(0.5, 1e-3, State.bell())] * 2), nested(2), 1)
    for role in flow.roles:
        assert isinstance(role, RecipeNode)
        assert {name for name in vars(role) if not name.startswith("_")} == allowed
        assert not any(other is value for other in flow.roles for value in vars(role).values())
    assert math.isfinite(flow.number)
