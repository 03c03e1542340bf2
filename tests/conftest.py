"""Let tests write `from chains import ...` (importlib mode leaves sys.path alone), and leave out the long ones."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from zscores import take_notes


def pytest_collection_modifyitems(config, items):
    """Without a choice of marks (`-m validate`), the long statistical cases are not run."""
    if config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("validate")]
    items[:] = [item for item in items if item not in long]
    config.hook.pytest_deselected(items=long)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Keep with each test what it noted by `record_z`."""
    take_notes()
    try:
        return (yield)
    finally:
        item.user_properties.append(("comparisons", take_notes()))
