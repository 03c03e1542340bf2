"""Experiments: counts that add, intervals, provenance, comparisons and their pictures; no physics."""

from qnet.experiment.comparison import Comparison
from qnet.experiment.counts import BatchMeans, LogHistogram, OutcomeCounts
from qnet.experiment.deliveries import DeliveryCounts
from qnet.experiment.intervals import (
    BetaPosterior,
    Estimate,
    GammaPosterior,
    binomial_interval,
    mean_interval,
    poisson_interval,
    propagate,
)
from qnet.experiment.key_run import AttackReport, KeyRun
from qnet.experiment.observed import Observed
from qnet.experiment.provenance import provenance, run_id
from qnet.experiment.quantity import Quantity
from qnet.experiment.rows import HardwareRecord, RouteRecord, StrategyRow
from qnet.experiment.sweep import Crossing, Sweep, SweepPoint

__all__ = [
    "AttackReport",
    "BatchMeans",
    "BetaPosterior",
    "Comparison",
    "Crossing",
    "DeliveryCounts",
    "Estimate",
    "GammaPosterior",
    "HardwareRecord",
    "KeyRun",
    "LogHistogram",
    "Observed",
    "OutcomeCounts",
    "Quantity",
    "RouteRecord",
    "StrategyRow",
    "Sweep",
    "SweepPoint",
    "binomial_interval",
    "mean_interval",
    "poisson_interval",
    "propagate",
    "provenance",
    "run_id",
]
