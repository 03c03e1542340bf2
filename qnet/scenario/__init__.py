"""Scenarios: what is asked of a network and what goes wrong, as values and as files (schema qnet.scenario/1).

- `scenario`: the value, and running it. `reading`: files, checked as a whole. `building`: from tables to values.
- `schema`, `checks`: what files may say, as pydantic models. `names`: what they call policies and purifications.
"""

from qnet.scenario.scenario import LinkDown, MemoriesLost, Scenario, ScenarioResult

__all__ = ["LinkDown", "MemoriesLost", "Scenario", "ScenarioResult"]
