"""The command line: a thin module for each command, imported when it is called.

Exit status: 0; 2 for input that breaks a rule, with one line on standard error; 130 after Ctrl-C; 141 where nobody
reads on.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from qnet.errors import QnetError, UnitWarning, UnknownName

__all__ = ["main"]

_COMMANDS = {
    "compare": "repeaters, trusted nodes and the bare fibre side by side on one route",
    "hardware": "the hardware that comes with qnet, every number with its source",
    "link": "the link that some hardware makes over a fibre, and what which imperfection costs",
    "networks": "the networks that come with qnet",
    "run": "a secret key between two nodes, from photons to bits, with one protocol, under attack if you like",
    "simulate": "many requests on one network, from a scenario file: what was promised, and what was delivered",
}
_BAD_INPUT, _INTERRUPTED, _BROKEN_PIPE = 2, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments (by default those of the process) ask for; give its exit status."""
    try:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # "±" where the terminal has none
        with warnings.catch_warnings():
            _say_units_in_a_line()
            status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
        return status
    except QnetError as error:
        print(f"qnet: error: {' '.join(str(error).split())}", file=sys.stderr)
        return _BAD_INPUT
    except BrokenPipeError:
        # Python flushes once more at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        print("qnet: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _say_units_in_a_line() -> None:
    """Print a `UnitWarning` without the place in the code."""
    elsewhere = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if issubclass(category, UnitWarning):
            print(f"qnet: warning: {message}", file=sys.stderr)
        else:
            elsewhere(message, category, *place, **more)

    warnings.showwarning = show


def _run(arguments: list[str]) -> int:
    command, *rest = arguments or ["--help"]
    if command in ("-h", "--help"):
        print(_help())
        return 0
    if command == "--version":
        from importlib.metadata import version

        print(f"qnet {version('qnet-sim')}")
        return 0
    if command not in _COMMANDS:
        kind = "option" if command.startswith("-") else "command"
        raise UnknownName.of(kind, command, ("--help", "--version") if kind == "option" else _COMMANDS)
    status: int = import_module(f"qnet.cli.{command}").run(rest)
    return status


def _help() -> str:
    commands = "\n".join(f"  {name:10}{what}" for name, what in _COMMANDS.items())
    return (
        "usage: qnet COMMAND ... | --help | --version\n\n"
        "Entanglement-distribution networks with the physics written as Qiskit circuits.\n\n"
        f"{commands}\n\n"
        "qnet COMMAND --help says more."
    )
