"""Let tests import `chains` and the like (importlib leaves sys.path alone), skip long ones, and draw the same cases."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from zscores import take_notes

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


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
