"""Links: from hardware, or from plain numbers, to what a span delivers, and the process that fills its memories."""

from qnet.link.budget import Budget, Cost, budget
from qnet.link.device import Device, device_of
from qnet.link.hardware import link_of
from qnet.link.link import Link
from qnet.link.loading import Loader, Transmitter
from qnet.link.sampling import sample

__all__ = [
    "Budget",
    "Cost",
    "Device",
    "Link",
    "Loader",
    "Transmitter",
    "budget",
    "device_of",
    "link_of",
    "sample",
]
