"""Experiments: counts that add, intervals, provenance, comparisons and their pictures; no physics."""

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
from qnet.experiment.quantity import Quantity

__all__ = [
    "BatchMeans",
    "BetaPosterior",
    "DeliveryCounts",
    "Estimate",
    "GammaPosterior",
    "LogHistogram",
    "OutcomeCounts",
    "Quantity",
    "binomial_interval",
    "mean_interval",
    "poisson_interval",
    "propagate",
]
