import subprocess
import sys

import pytest

from qnet.experiment import provenance, run_id


def test_the_id_follows_what_was_run():
    assert run_id({"seed": 7, "lengths_km": [1.0]}) == run_id({"lengths_km": (1.0,), "seed": 7})
    assert run_id({"seed": 7}) != run_id({"seed": 8})
    assert provenance({"seed": 7})["id"] != provenance({"seed": 8})["id"]


def test_the_id_is_the_same_in_every_process():
    assert run_id({"seed": 7}) == "de2e3a0480a6b47f6b53ab4968b352bc"


@pytest.mark.parametrize("value", [object(), float("nan")])
def test_refuses_what_json_cannot_say(value):
    with pytest.raises((TypeError, ValueError)):
        run_id({"value": value})


def test_versions_are_told_without_importing_the_packages():
    heavy = "{'qiskit', 'scipy.stats', 'pandas', 'matplotlib'}"
    code = f"import sys, qnet.experiment as e; e.provenance({{}}); print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
    assert provenance({})["qiskit"].startswith("2.")
