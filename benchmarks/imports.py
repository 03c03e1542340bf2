"""What `import qnet` costs: CPU seconds of a fresh interpreter, beside the libraries it stands on.

    python benchmarks/imports.py

Each figure is the least of several interpreters, less that of an empty one. Byte code is kept, as it is wherever a
package is installed; it goes to a temporary folder, so that the tree stays as it is.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

REPETITIONS = 7
LIBRARIES = "numpy, networkx, simpy"
LIMIT_S, LIMIT_ADDED_S = 0.3, 0.1


def cpu_s(statement: str, environment: dict[str, str]) -> float:
    """Measure a statement in an interpreter of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        statements = ("pass", f"import {LIBRARIES}", "import qnet", f"import {LIBRARIES}, qnet")
        for statement in statements:
            cpu_s(statement, environment)
        rounds = [[cpu_s(statement, environment) for statement in statements] for _ in range(REPETITIONS)]
    empty, libraries, qnet, both = map(min, zip(*rounds, strict=True))
    for name, seconds, limit in (
        (f"import {LIBRARIES}", libraries - empty, None),
        ("import qnet", qnet - empty, LIMIT_S),
        ("qnet beyond these three", both - libraries, LIMIT_ADDED_S),
    ):
        bound = "" if limit is None else f", of at most {limit} s{'  OVER' if seconds > limit else ''}"
        print(f"{name:32} {seconds:6.3f} CPU s  ({seconds / (libraries - empty):.2f} of the libraries'){bound}")


if __name__ == "__main__":
    main()
