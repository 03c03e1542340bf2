"""Run the long statistical cases and write docs/validation.md; `make validate` does.

    python tests/validate.py [options of pytest]

A case that passed is kept in out/validate/ under a hash of its name, its module, what tests share, and the packages'
source; a run that was interrupted goes on where it stopped, and only what changed runs again.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import sys
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "validate"
PAGE = ROOT / "docs" / "validation.md"

HEAD = """\
# Validation

Long runs against values known in another way. `make validate` runs them and writes this page; `make test` runs short
forms of the same cases. Seeds are fixed.

- A case passes when every quantity lies within 4 standard errors of the expected value (false alarm: 6e-5 each), and
  its test bounds the standard error too: at most 1 % of the value, unless the test says otherwise.
- Standard errors come from the run itself: from independent deliveries where the chain starts anew after each, else
  from batch means.
- What a quantity means is said in the [conventions](conventions.md). Unless a section says otherwise, messages take no
  time, the chain starts anew after each pair (`classical_delay="zero"`, `restart="per-pair"`), and ends measure when
  their own link is heralded, as in the sources. The published repeaters and workload 1 run with messages through
  fibre and pipelined links.
- A case without numbers checks a spread rather than single values; its test says which.
"""


class Cases:
    """Collects the cases of a run, and keeps the results of those that ran."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.names = [item.nodeid for item in session.items]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            comparisons = dict(report.user_properties).get("comparisons", [])
            result = {"case": report.nodeid, "passed": report.passed, "comparisons": comparisons}
            KEPT.mkdir(parents=True, exist_ok=True)
            place_of(report.nodeid).write_text(json.dumps(result, indent=1), encoding="utf-8")


@cache
def place_of(case: str) -> Path:
    """Give the file that keeps the result of a case, with its sources as they were when the run began."""
    module = (ROOT / case.partition("::")[0]).read_bytes()
    digest = hashlib.blake2b(case.encode() + module + shared_digest(), digest_size=8)
    return KEPT / f"{digest.hexdigest()}.json"


@cache
def shared_digest() -> bytes:
    """Hash the files that any case may depend on: the packages, and what tests share."""
    packages = [ROOT / "qnet", ROOT / "protocols"]
    files = [file for folder in packages for file in folder.rglob("*") if file.suffix in (".py", ".json", ".toml")]
    helpers = [file for file in (ROOT / "tests").rglob("*.py") if not file.name.startswith("test_")]
    files += [*helpers, ROOT / "tests" / "analytic" / "reference.json"]
    digest = hashlib.blake2b()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.digest()


def result_of(case: str) -> dict[str, Any] | None:
    """Give what is known of a case with these sources."""
    place = place_of(case)
    return json.loads(place.read_text(encoding="utf-8")) if place.is_file() else None


def page(results: Iterable[dict[str, Any]]) -> str:
    """Write the page: a section for each test module, a table for each test."""
    results = list(results)
    deviations = [abs(entry["z"]) for result in results for entry in result["comparisons"]]
    failed = sum(not result["passed"] for result in results)
    beyond = sum(z > 2.0 for z in deviations)
    blocks = [
        HEAD,
        f"{len(results)} cases, {failed or 'none'} failed. Of {len(deviations)} comparisons {beyond} deviate by more "
        f"than 2 standard errors (4.6 %, or {0.0455 * len(deviations):.0f}, would be expected), and the largest "
        f"deviation is {max(deviations, default=math.nan):.1f}.",
    ]
    for module, cases in groupby(results, key=lambda result: result["case"].partition("::")[0]):
        tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
        tests = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        blocks.append(f"## {module}\n\n{prose(tree)}")
        for name, same in groupby(cases, key=lambda result: result["case"].partition("::")[2].partition("[")[0]):
            blocks.append(f"### {name.removeprefix('test_').replace('_', ' ').capitalize()}\n\n{prose(tests[name])}")
            blocks.append(table(list(same)))
    return "\n\n".join(block.strip() for block in blocks if block.strip()) + "\n"


def prose(node: ast.Module | ast.FunctionDef) -> str:
    """Give what a docstring says."""
    return ast.get_docstring(node) or ""


def table(cases: list[dict[str, Any]]) -> str:
    """Write the comparisons of some cases of one test."""
    heads = ("case", "quantity", "expected", "measured", "standard error", "deviation", "verdict")
    rows: list[tuple[str, ...]] = [heads, ("---", "---", "---:", "---:", "---:", "---:", "---")]
    for case in cases:
        name = case["case"].partition("[")[2].removesuffix("]") or "-"
        verdict = "pass" if case["passed"] else "FAIL"
        rows += [
            (name, entry["name"], *numbers(entry), f"{entry['z']:+.1f}", verdict) for entry in case["comparisons"]
        ] or [(name, "-", "-", "-", "-", "-", verdict)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def numbers(entry: dict[str, Any]) -> tuple[str, str, str]:
    """Write expected, measured and error, with as many digits as the error leaves sense in."""
    error = entry["standard_error"]
    if not error > 0.0:
        return f"{entry['expected']:.6g}", f"{entry['measured']:.6g}", f"{error:.2g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{entry['expected']:.{digits}f}", f"{entry['measured']:.{digits}f}", f"{error:.{digits}f}"


def main() -> int:
    """Run what has not passed yet; write the page of all there is; fail if a case failed or is missing."""
    options = ["-m", "validate", str(ROOT / "tests")]
    found = Cases()
    if status := pytest.main(["--collect-only", "-q", "--no-summary", *options], plugins=[found]):
        return int(status)
    known = {case: result_of(case) for case in found.names}
    missing = [case for case, result in known.items() if result is None or not result["passed"]]
    print(f"{len(found.names)} cases, {len(missing)} to run.")
    status = 0
    if missing:
        status = pytest.main(["-m", "validate", "-n", "logical", *missing, *sys.argv[1:]], plugins=[Cases()])
    results = [result for case in sorted(found.names) if (result := result_of(case)) is not None]
    PAGE.write_text(page(results), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(results)} of {len(found.names)} cases.")
    return int(status) or len(results) < len(found.names)


if __name__ == "__main__":
    sys.exit(main())
