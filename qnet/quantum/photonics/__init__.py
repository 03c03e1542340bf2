"""Heralded entanglement from circuits of light, built from plain numbers; no hardware is known here.

- `double_click`: two memories, one photon each in one of two time bins (Barrett and Kok).
- `Herald`, `HeraldedState`: what a station promises.
- `modes`: beam splitters, losses and detectors on registers of qubits that count photons.
"""

from qnet.quantum.photonics.double_click import double_click, double_click_operation
from qnet.quantum.photonics.herald import Herald, HeraldedState

__all__ = ["Herald", "HeraldedState", "double_click", "double_click_operation"]
