"""The schema of scenario files, qnet.scenario/1, as pydantic models; imported where a file is read, for it is slow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from qnet.errors import QnetError, UnknownName
from qnet.fields import Count, NonNegative, Positive, Probability
from qnet.network.schema import LinkRow, Name, NetworkTable
from qnet.network.terms import Terms
from qnet.network.traffic import Traffic
from qnet.scenario.checks import (
    AboveZero,
    Context,
    FromTo,
    NodeName,
    OrName,
    PolicyName,
    PurificationName,
    QkdName,
    RepeaterName,
    SwapOrder,
    Table,
)

__all__ = ["SCHEMA", "ScenarioFile", "ScenarioNetwork"]

SCHEMA = "qnet.scenario/1"
"""The value of a scenario file's first key."""


class LinkTable(Table):
    """A link by its numbers; with `loss_db_per_km` they are those of no fibre."""

    success_probability: Annotated[Positive, *Probability.__metadata__]
    cycle_s: Positive
    fidelity: Probability | None = None
    bell_diagonal: tuple[Probability, Probability, Probability, Probability] | None = None
    emission_s: NonNegative = 0.0
    measured: list[Literal["source", "target"]] = Field(default_factory=list)
    loss_db_per_km: NonNegative = 0.0

    @model_validator(mode="after")
    def _one_state(self) -> Self:
        if (self.fidelity is None) == (self.bell_diagonal is None):
            raise ValueError("must have either `fidelity` or `bell_diagonal`")
        if self.bell_diagonal is not None and abs(math.fsum(self.bell_diagonal) - 1.0) > 1e-9:
            raise ValueError("must have a `bell_diagonal` that adds to 1")
        if self.emission_s > self.cycle_s:
            raise ValueError("must have an `emission_s` within `cycle_s`")
        return self


class DeviceTable(Table):
    """A node by its numbers; those left out are perfect."""

    t1_s: Positive | None = None
    t2_s: Positive | None = None
    excited_population: Probability = 0.0
    swap_success_probability: Probability = 1.0
    one_qubit_gate_depolarising: Probability = 0.0
    one_qubit_gate_s: NonNegative = 0.0
    two_qubit_gate_depolarising: Probability = 0.0
    two_qubit_gate_s: NonNegative = 0.0
    readout_error_0: Probability = 0.0
    readout_error_1: Probability = 0.0
    measurement_s: NonNegative = 0.0
    optical_interfaces: AboveZero = 2

    @model_validator(mode="after")
    def _possible_times(self) -> Self:
        if (self.t2_s or 0.0) > 2.0 * (self.t1_s or math.inf):
            raise ValueError("must have a `t2_s` of at most twice `t1_s`")
        return self


class ScenarioLink(LinkRow):
    """A span: its ends, its length (km), and what it delivers where that is given by numbers."""

    link: LinkTable | None = None


class ScenarioNetwork(NetworkTable):
    """The table [network]: that of a network file, with numbers for links."""

    links: list[ScenarioLink] = Field(default_factory=list)  # type: ignore[assignment]  # nobody appends to it


class HardwareTable(Table):
    """The table [hardware]: presets or data files, or devices and links by their numbers."""

    repeater: RepeaterName | None = None
    qkd: QkdName | None = None
    device: DeviceTable | None = None
    link: LinkTable | None = None

    @model_validator(mode="after")
    def _one_device(self) -> Self:
        if self.repeater is not None and self.device is not None:
            raise ValueError("must have either `repeater` or `device`")
        return self


class PolicyTable(Table):
    """The table [policies]: who is served first, and how pairs are made."""

    scheduling: Literal["shared", "reserved"] | None = None
    policy: PolicyName | None = None
    weights: dict[Name, Positive] = Field(default_factory=dict)
    quantum_s: Positive | None = None
    controller: NodeName | None = None
    below: Literal["lower", "drop", "purify"] | None = None
    memories: AboveZero | None = None
    swap_order: SwapOrder = None
    failed_swap: Literal["connected", "sequential"] | None = None
    cutoff_s: Positive | None = None
    cutoff_of: Literal["half", "pair"] | None = None
    purification: PurificationName | None = None
    purification_rounds: AboveZero = 1
    restart: Literal["pipelined", "per-pair"] | None = None
    clocking: Literal["free", "rounds"] | None = None
    classical_delay: Literal["fibre", "zero"] | None = None
    max_span_km: Positive | None = None

    @model_validator(mode="after")
    def _rounds_in_order(self) -> Self:
        if self.purification_rounds > 1 and (self.purification is None or self.swap_order in (None, "asap")):
            raise ValueError("must have a `purification` and a `swap_order` other than 'asap' for more than one round")
        return self

    @model_validator(mode="after")
    def _recipes_start_anew(self) -> Self:
        if self.swap_order not in (None, "asap") and (self.restart == "pipelined" or self.cutoff_s is not None):
            raise ValueError("must have a `swap_order` of 'asap' where it is 'pipelined' or has a `cutoff_s`")
        return self


class RequestRow(Table):
    """One of [[requests]]: the terms of `Simulation.request`."""

    source: NodeName
    target: NodeName
    tenant: str = ""
    pairs: AboveZero | None = None
    rate_hz: Positive | None = None
    min_fidelity: Probability = 0.0
    mean_fidelity: Probability = 0.0
    start_s: NonNegative = 0.0
    deadline_s: Positive | None = None
    priority: float = 0.0
    keep: bool = False
    measure: Literal["at_herald", "at_delivery"] = "at_herald"

    def terms(self) -> Terms:
        """Give what is asked for, checked as a whole."""
        given = self.model_dump(exclude={"pairs", "deadline_s"})
        return Terms(**given, pairs=_or_infinite(self.pairs), deadline_s=_or_infinite(self.deadline_s))

    @model_validator(mode="after")
    def _possible(self, info: ValidationInfo) -> Self:
        self.terms()
        if self.pairs is None and self.rate_hz is None and self.deadline_s is None:
            raise ValueError("must have `pairs`, `rate_hz` or `deadline_s`, or it would never end")
        context: Context | None = info.context
        if context is not None and context.network is not None:
            try:
                context.network.route(self.source, self.target)
            except QnetError as error:
                raise ValueError(str(error)) from error
        return self


class DemandRow(Table):
    """How often one node asks for pairs with another, beside the others."""

    source: NodeName
    target: NodeName
    weight: Positive = 1.0


class TrafficRow(Table):
    """One of [[traffic]]: the numbers of `Traffic`."""

    name: Name | None = None
    requests_hz: Positive | None = None
    pairs: FromTo = (1, 1)
    min_fidelity: FromTo = (0.0, 0.0)
    duration_s: FromTo | None = None
    demand: list[DemandRow] = Field(default_factory=list)
    demand_of_topology: bool = False
    tenants: dict[Name, Positive] = Field(default_factory=dict)

    def traffic(self, name: str, of_topology: Mapping[tuple[str, str], float]) -> Traffic:
        """Give the traffic, called `name` unless it has a name of its own."""
        listed = {(row.source, row.target): row.weight for row in self.demand}
        return Traffic(
            requests_hz=self.requests_hz,
            pairs=self.pairs,
            min_fidelity=self.min_fidelity,
            duration_s=(math.inf, math.inf) if self.duration_s is None else self.duration_s,
            demand=of_topology if self.demand_of_topology else listed,
            tenants=self.tenants,
            name=self.name or name,
        )

    @model_validator(mode="after")
    def _possible(self, info: ValidationInfo) -> Self:
        context: Context | None = info.context
        of_topology = {} if context is None else context.demand
        self.traffic("traffic", of_topology)
        if self.demand_of_topology and self.demand:
            raise ValueError("must have either `demand` or `demand_of_topology`")
        if self.demand_of_topology and context is not None and context.network is not None and not of_topology:
            raise ValueError("must list its `demand`: the network's topology brings none")
        return self


class FaultRow(Table):
    """One of [[faults]]: a `link` that is down from one time to another, or a `node` that loses its memories."""

    link: tuple[NodeName, NodeName] | None = None
    from_s: NonNegative | None = None
    to_s: Positive | None = None
    node: NodeName | None = None
    at_s: NonNegative | None = None

    @model_validator(mode="after")
    def _one_fault(self, info: ValidationInfo) -> Self:
        of_link = self.link is not None and self.from_s is not None and self.node is None and self.at_s is None
        of_node = self.node is not None and self.at_s is not None and self.link is None and self.from_s is self.to_s
        if not of_link and not of_node:
            raise ValueError("must have either `link` and `from_s` (and `to_s`), or `node` and `at_s`")
        if of_link and self.to_s is not None and not self.to_s > (self.from_s or 0.0):
            raise ValueError("must have a `to_s` after its `from_s`")
        context: Context | None = info.context
        spans = set() if context is None else context.spans
        if of_link and spans and frozenset(self.link or ()) not in spans:
            raise ValueError("must name as `link` two nodes that a span joins")
        return self


def _network_stands(network: ScenarioNetwork, info: ValidationInfo) -> ScenarioNetwork:
    context: Context | None = info.context
    if context is not None and context.fault:
        raise ValueError(context.fault)
    return network


class ScenarioFile(Table):
    """A whole scenario file."""

    schema_version: Literal["qnet.scenario/1"] = Field(alias="schema")
    name: Name | None = None
    description: str = ""
    duration_s: Positive
    seed: Count = 0
    network: Annotated[ScenarioNetwork, AfterValidator(_network_stands), OrName()]
    hardware: HardwareTable = HardwareTable()
    policies: PolicyTable = PolicyTable()
    requests: list[RequestRow] = Field(default_factory=list)
    traffic: list[TrafficRow] = Field(default_factory=list)
    faults: list[FaultRow] = Field(default_factory=list)

    @model_validator(mode="after")
    def _links_have_numbers(self) -> Self:
        rows = self.network.links
        if self.hardware.device and not self.hardware.link and not (rows and all(row.link for row in rows)):
            rule = "must have a `link` of its own or for each of `network.links`, where it has a `device`"
            raise ValueError(f"hardware: {rule}")
        return self

    @model_validator(mode="after")
    def _weights_are_of_tenants(self, info: ValidationInfo) -> Self:
        context: Context | None = info.context
        nodes = () if context is None or context.network is None else context.network.nodes
        tenants = {row.tenant for row in self.requests}.union(*(row.tenants or nodes for row in self.traffic))
        for tenant in self.policies.weights:
            if tenant not in tenants:
                raise ValueError(f"policies.weights: {UnknownName.of('tenant', tenant, tenants)}")
        return self


def _or_infinite(value: float | None) -> float:
    return math.inf if value is None else value
