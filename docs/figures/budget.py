"""Draw the error budgets of docs/link.md: python docs/figures/budget.py."""

from __future__ import annotations

from pathlib import Path

from qnet.link import budget

IMAGES = Path(__file__).parents[1] / "images"
CASES = {
    "link": ("nv-near-term", 20.0),
    "chain": ("colour-centre", (10.0, 10.0)),
}

for name, (hardware, length_km) in CASES.items():
    budget(hardware, length_km).plot().savefig(IMAGES / f"budget-{name}.png", dpi=100)
