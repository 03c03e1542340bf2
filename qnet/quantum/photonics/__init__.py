"""Heralded entanglement from circuits of light, built from plain numbers; no hardware is known here.

- `single_click`: two memories, each a little bright, and one click in all (Cabrillo et al.; Bose et al.).
- `double_click`: two memories, one photon each in one of two time bins (Barrett and Kok).
- `emitter_absorber`: one memory sends its photon to the other, which takes it in and says so (Jones et al.).
- `midpoint_source`: a source of photon pairs in the middle, and a memory at each end that takes one in (Jones et al.).
- `pair_detection`: the same source, and detectors instead of memories (Ma, Fung and Lo).
- `Herald`, `HeraldedState`: what a station promises.
- `modes`: beam splitters, losses and detectors on registers of qubits that count photons.
"""

from qnet.quantum.photonics.double_click import double_click, double_click_operation
from qnet.quantum.photonics.emitter_absorber import emitter_absorber, emitter_absorber_operation
from qnet.quantum.photonics.herald import Herald, HeraldedState
from qnet.quantum.photonics.midpoint_source import midpoint_source, midpoint_source_operation
from qnet.quantum.photonics.pair_detection import PairDetection, pair_detection, pair_detection_operation
from qnet.quantum.photonics.single_click import single_click, single_click_operation

__all__ = [
    "Herald",
    "HeraldedState",
    "PairDetection",
    "double_click",
    "double_click_operation",
    "emitter_absorber",
    "emitter_absorber_operation",
    "midpoint_source",
    "midpoint_source_operation",
    "pair_detection",
    "pair_detection_operation",
    "single_click",
    "single_click_operation",
]
