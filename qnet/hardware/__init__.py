"""What a network is built of: frozen values with their physics, and cited presets as data files.

A value of hardware knows neither circuits nor events. `repeater_hardware`, `qkd_hardware` and `detector_hardware` read
a preset by name or a data file of the same format; `preset_names` lists what is there.
"""

from qnet.hardware.coexistence import ClassicalChannel, Coexistence
from qnet.hardware.detector import Detector, DetectorHardware
from qnet.hardware.fibre import Fibre
from qnet.hardware.free_space import (
    SKY_CLEAR_DAY,
    SKY_FULL_MOON,
    SKY_MOONLESS,
    FreeSpace,
    ReceivingTelescope,
    SendingTelescope,
)
from qnet.hardware.memory import Memory
from qnet.hardware.photon import PhotonShape
from qnet.hardware.presets import detector_hardware, preset, preset_names, qkd_hardware, repeater_hardware
from qnet.hardware.processor import Processor, Storage
from qnet.hardware.qkd import QkdHardware
from qnet.hardware.repeater import RepeaterHardware
from qnet.hardware.satellite import Overpass, SatelliteDownlink
from qnet.hardware.source import PairSource, PhotonInterface, WeakCoherentSource

__all__ = [
    "SKY_CLEAR_DAY",
    "SKY_FULL_MOON",
    "SKY_MOONLESS",
    "ClassicalChannel",
    "Coexistence",
    "Detector",
    "DetectorHardware",
    "Fibre",
    "FreeSpace",
    "Memory",
    "Overpass",
    "PairSource",
    "PhotonInterface",
    "PhotonShape",
    "Processor",
    "QkdHardware",
    "ReceivingTelescope",
    "RepeaterHardware",
    "SatelliteDownlink",
    "SendingTelescope",
    "Storage",
    "WeakCoherentSource",
    "detector_hardware",
    "preset",
    "preset_names",
    "qkd_hardware",
    "repeater_hardware",
]
