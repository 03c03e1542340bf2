"""Make a scenario of checked tables: put numbers on links and nodes, and functions in place of names."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnet.link import Device, Link
from qnet.network.topology import Edge, Network
from qnet.planning import Recipe, Swap, in_order, purified
from qnet.quantum import Noise, Purification, Readout, State, Waiting, bell_measurement
from qnet.quantum.photonics import HeraldedState
from qnet.scenario.names import POLICIES, PURIFICATIONS, SWAP_ORDERS
from qnet.scenario.scenario import LinkDown, MemoriesLost, Scenario

if TYPE_CHECKING:
    from qnet.scenario.checks import Context
    from qnet.scenario.schema import DeviceTable, LinkTable, PolicyTable, ScenarioFile

__all__ = ["scenario_of"]


def scenario_of(file: ScenarioFile, context: Context, *, name: str) -> Scenario:
    """Make the scenario of a checked file, called `name` unless the file names it."""
    assert context.network is not None
    return Scenario(
        name=file.name or name,
        network=_equipped(context.network, file, context.folder),
        duration_s=file.duration_s,
        seed=file.seed,
        options=_options(file.policies),
        requests=tuple(row.terms() for row in file.requests),
        traffic=tuple(row.traffic(f"traffic {k}", context.demand) for k, row in enumerate(file.traffic)),
        faults=tuple(_faults(file)),
        description=file.description,
        parameters=file.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    )


def _equipped(network: Network, file: ScenarioFile, folder: Path) -> Network:
    """Put hardware on nodes and spans."""
    hardware = file.hardware
    own = {frozenset(row.ends): row.link for row in file.network.links if row.link is not None}

    def with_link(edge: Edge) -> Edge:
        numbers = own.get(frozenset((edge.source, edge.target)), hardware.link)
        return edge if numbers is None else replace(edge, link=_link(numbers, edge.length_km))

    device = None if hardware.device is None else _device(hardware.device)
    repeater, qkd = (
        folder / text if text and text.endswith(".toml") else text for text in (hardware.repeater, hardware.qkd)
    )
    network = replace(network, edges=tuple(map(with_link, network.edges)))
    return network.with_hardware(repeater if device is None else device, qkd)


def _link(numbers: LinkTable, length_km: float) -> Link:
    weights = numbers.bell_diagonal
    state = State.werner(numbers.fidelity or 0.0) if weights is None else State.bell_diagonal(weights)
    return Link(
        success_probability=numbers.success_probability * 10.0 ** (-numbers.loss_db_per_km * length_km / 10.0),
        cycle_s=numbers.cycle_s,
        heralds=(HeraldedState(probability=1.0, state=state, label=0),),
        emission_s=numbers.emission_s,
        measured=frozenset(numbers.measured),
    )


def _device(numbers: DeviceTable) -> Device:
    t1_s = math.inf if numbers.t1_s is None else numbers.t1_s
    t2_s = 2.0 * t1_s if numbers.t2_s is None else numbers.t2_s
    noise = Noise.from_numbers(
        one_qubit_depolarising=numbers.one_qubit_gate_depolarising,
        one_qubit_gate_s=numbers.one_qubit_gate_s,
        two_qubit_depolarising=numbers.two_qubit_gate_depolarising,
        two_qubit_gate_s=numbers.two_qubit_gate_s,
        readout=Readout(error_0=numbers.readout_error_0, error_1=numbers.readout_error_1),
        t1_s=t1_s,
        t2_s=t2_s,
        excited_population=numbers.excited_population,
    )
    swap = bell_measurement(noise)
    return Device(
        memory=Waiting.from_t1_t2(t1_s=t1_s, t2_s=t2_s, excited_population=numbers.excited_population),
        swap=swap,
        swap_s=swap.duration_s + numbers.measurement_s,
        swap_success_probability=numbers.swap_success_probability,
        noise=noise,
        measurement_s=numbers.one_qubit_gate_s + numbers.measurement_s,
        optical_interfaces=numbers.optical_interfaces,
    )


def _options(table: PolicyTable) -> dict[str, Any]:
    """Give the options of the simulation that a file sets; those it leaves out stay as they are by default."""
    apart = {"policy", "weights", "purification", "purification_rounds", "swap_order"}
    options = table.model_dump(exclude=apart, exclude_none=True)
    if table.policy is not None:
        options["policy"] = POLICIES[table.policy]
    if table.weights:
        options["weights"] = table.weights
    purification = None if table.purification is None else PURIFICATIONS[table.purification]()
    recipe = _recipe(table, purification)
    if recipe is not None:
        options |= {"recipe": recipe, "restart": "per-pair"}
    elif purification is not None:
        options["purification"] = purification
    return options


def _recipe(table: PolicyTable, purification: Purification | None) -> Callable[[int], Recipe] | None:
    """Give what makes the recipe for so many spans; None where pairs are swapped as soon as possible."""
    order = table.swap_order
    if order is None or order == "asap":
        return None
    make = SWAP_ORDERS[order] if isinstance(order, str) else lambda hops: in_order(order)
    assert make is not None
    if purification is None:
        return make
    return lambda hops: _with_purified_links(make(hops), purification, table.purification_rounds)


def _with_purified_links(recipe: Recipe, purification: Purification, rounds: int) -> Recipe:
    """Purify each link's pair so many times, with pairs that were purified as often, before it is swapped."""
    if isinstance(recipe, Swap):
        left, right = (_with_purified_links(part, purification, rounds) for part in recipe.parts)
        return replace(recipe, left=left, right=right)
    for _ in range(rounds):
        recipe = purified(recipe, purification)
    return recipe


def _faults(file: ScenarioFile) -> Iterator[LinkDown | MemoriesLost]:
    for row in file.faults:
        if row.link is not None and row.from_s is not None:
            yield LinkDown(*row.link, row.from_s, math.inf if row.to_s is None else row.to_s)
        elif row.node is not None and row.at_s is not None:
            yield MemoriesLost(row.node, row.at_s)
