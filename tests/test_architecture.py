"""Check the layers of docs/design.md by reading every import, without running any of it."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

GROUND = {"errors", "fields", "rng", "time", "units"}
ALL = GROUND | {"bounds", "experiment", "hardware", "keys", "link", "network", "planning", "quantum"}
ABOVE = {"attacks", "case", "cli", "compare", "finite", "scenario", "strategies", "sweep"}
MAY_USE = {
    **{part: GROUND for part in GROUND},
    "quantum": GROUND - {"time"},
    "hardware": GROUND,
    "link": GROUND | {"hardware", "quantum"},
    "planning": GROUND - {"time"} | {"hardware", "link", "quantum"},
    "network": GROUND | {"experiment", "hardware", "link", "planning", "quantum"},
    "keys": GROUND - {"time"},
    "bounds": GROUND - {"time"},
    "experiment": GROUND,
    "strategies": GROUND,
    "finite": GROUND | {"bounds", "experiment", "keys"},
    "attacks": GROUND | {"experiment", "keys", "link", "network", "quantum"},
    "case": ALL | {"finite", "strategies"},
    "sweep": ALL | {"case", "strategies"},
    "compare": ALL | {"case", "strategies", "sweep"},
    "scenario": ALL,
    "cli": ALL | {"attacks", "case", "compare", "scenario"},
    "__init__": ALL | {"compare"},
}
"""What each part of `qnet` may import besides itself: the table of the design page."""

PUBLIC = ("qnet", "qnet.attacks", "qnet.quantum", "qnet.hardware", "qnet.keys", "qnet.bounds", "qnet.experiment")
ENGINES = {"qiskit", "qiskit_aer"}
GENERATORS = ("numpy.random", "random", "secrets")


class Scope(ast.NodeVisitor):
    """Collect the imports of a module as (line, dotted name, name taken or None, inside a function)."""

    def __init__(self, package: str) -> None:
        self.package, self.depth = package, 0
        self.imports: list[tuple[int, str, str | None, bool]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef

    def visit_If(self, node: ast.If) -> None:
        for_types_only = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        self.depth += for_types_only
        self.generic_visit(node)
        self.depth -= for_types_only

    def visit_Import(self, node: ast.Import) -> None:
        self.imports += [(node.lineno, alias.name, None, self.depth > 0) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            outer = self.package.split(".")[: len(self.package.split(".")) - node.level + 1]
            base = ".".join([*outer, *filter(None, [node.module])])
        self.imports += [(node.lineno, base, alias.name, self.depth > 0) for alias in node.names]


def violations(path: str, source: str) -> list[str]:
    """List what the module at `path` (relative to the import root) does against the design."""
    parts = path.removesuffix(".py").split("/")
    tree, scope = ast.parse(source), Scope(".".join(parts[:-1]))
    scope.visit(tree)
    judge = in_qnet if parts[0] == "qnet" else in_protocols
    found = [(line, why) for line, name, taken, lazy in scope.imports for why in judge(parts, name, taken, lazy)]
    if parts != ["qnet", "rng"]:
        found += chance_made_elsewhere(tree, scope)
    if parts[0] != "qnet":
        found += private_attributes(tree)
    return [f"{path}:{line}: {why}" for line, why in found]


def in_qnet(parts: list[str], name: str, taken: str | None, lazy: bool) -> Iterator[str]:
    part, top = parts[1], name.split(".")[0]
    if part not in MAY_USE:
        yield f"`qnet.{part}` has no place in the table of layers"
    elif top == "qnet_protocols":
        yield "qnet imports qnet_protocols"
    elif top in ENGINES and part != "quantum":
        yield f"only qnet.quantum may import {top}"
    elif top in ENGINES and not lazy:
        yield f"{top} must be imported inside the function that needs it"
    elif top == "qnet":
        target = [*name.split(".")[1:], taken or ""][0]
        if target in ALL | ABOVE and target != part and target not in MAY_USE[part]:
            yield f"qnet.{part} must not know qnet.{target}"
        elif name == "qnet" and target not in MAY_USE:
            yield "inside qnet, import from the module that defines the name"


def in_protocols(parts: list[str], name: str, taken: str | None, lazy: bool) -> Iterator[str]:
    if name.split(".")[0] in ENGINES:
        yield f"a protocol imports {name}"
    if name.split(".")[0] != "qnet":
        return
    if name not in PUBLIC:
        yield f"a protocol imports {name}, which is not public"
    elif taken and not is_public(name, taken):
        yield f"a protocol imports {taken} from {name}, whose __all__ has no such name"


def is_public(package: str, name: str) -> bool:
    return f"{package}.{name}" in PUBLIC or name in getattr(importlib.import_module(package), "__all__", ())


def chance_made_elsewhere(tree: ast.AST, scope: Scope) -> Iterator[tuple[int, str]]:
    for line, name, taken, _ in scope.imports:
        if name in GENERATORS or (name, taken) == ("numpy", "random"):
            yield line, f"random numbers come from qnet.rng, not from {name}"
    hashing_values = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "__hash__"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("np.random.", "numpy.random.")):
            yield node.lineno, f"only qnet.rng makes generators, not {ast.unparse(node.func)}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "hash" and id(node) not in hashing_values:
            yield node.lineno, "hash() differs between runs; name things by hashlib"


def private_attributes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "qnet" and not is_public("qnet", node.attr):
            yield node.lineno, f"a protocol uses qnet.{node.attr}, which is not public"


def modules() -> Iterator[tuple[str, Path]]:
    for root, package in ((ROOT, "qnet"), (ROOT / "protocols", "qnet_protocols"), (ROOT / "tests", "plugin")):
        for file in sorted((root / package).rglob("*.py")):
            yield file.relative_to(root).as_posix(), file


def test_every_module_keeps_to_its_layer() -> None:
    found = [why for path, file in modules() for why in violations(path, file.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("qnet/quantum/noise.py", "import qiskit"),
        ("qnet/quantum/noise.py", "from qnet.time import ticks"),
        ("qnet/hardware/memory.py", "from qnet.quantum import Noise"),
        ("qnet/hardware/memory.py", "from qnet import quantum"),
        ("qnet/hardware/memory.py", "from ..quantum import Noise"),
        ("qnet/link/link.py", "def f():\n    from qiskit import QuantumCircuit"),
        ("qnet/link/link.py", "import qnet.network.routing"),
        ("qnet/keys/sifting.py", "from qnet.bounds import plob"),
        ("qnet/network/node.py", "import qnet_protocols.bbm92"),
        ("qnet/network/node.py", "from qnet import Network"),
        ("qnet/network/node.py", "from qnet.cli import main"),
        ("qnet/network/node.py", "from qnet.scenario import Scenario"),
        ("qnet/network/node.py", "import numpy as np\nnp.random.default_rng(7)"),
        ("qnet/network/node.py", "from numpy.random import default_rng"),
        ("qnet/network/node.py", "import random"),
        ("qnet/network/node.py", "seed = hash('a')"),
        ("qnet/helpers.py", "import math"),
        ("qnet_protocols/mine.py", "from qnet.network import Network"),
        ("qnet_protocols/mine.py", "from qnet.errors import QnetError"),
        ("qnet_protocols/mine.py", "from qnet.quantum import _secret"),
        ("qnet_protocols/mine.py", "import qiskit"),
        ("qnet_protocols/mine.py", "import qnet\nnode = qnet.network.node"),
        ("plugin/mine.py", "import qnet.network"),
    ],
)
def test_a_planted_violation_is_found(path: str, source: str) -> None:
    assert violations(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("qnet/quantum/compiler.py", "def f():\n    import qiskit_aer"),
        ("qnet/quantum/compiler.py", "if TYPE_CHECKING:\n    from qiskit import QuantumCircuit"),
        ("qnet/quantum/photonics/click.py", "from qnet.quantum.noise import Noise\nfrom ..noise import Noise"),
        ("qnet/network/node.py", "from qnet.link import Link\nimport networkx as nx"),
        ("qnet/network/node.py", "import numpy as np\ndef f(generator: np.random.Generator): ..."),
        ("qnet/link/link.py", "class A:\n    def __hash__(self):\n        return hash((1, 2))"),
        ("qnet_protocols/mine.py", "from qnet import quantum\nfrom qnet_protocols._counts import Counts"),
    ],
)
def test_honest_code_passes(path: str, source: str) -> None:
    assert not violations(path, source)
