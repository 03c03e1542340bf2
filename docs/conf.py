"""Sphinx configuration: furo for the looks, MyST for the pages, autodoc for the reference."""

import re
from importlib.metadata import version as version_of

project = "qnet"
author = "The qnet developers"
copyright = "The qnet developers, Apache-2.0"
release = version = version_of("qnet-sim")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
html_theme = "furo"
html_title = f"qnet {release}"
templates_path = ["_templates"]
exclude_patterns = ["_build", "schema"]

# Notebooks and examples run in the checks, not here: a build must not depend on simulations.
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3

# Single backticks in docstrings are code, and a link where the name is one of ours.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autosummary_generate = True


def escape_kets(app, what, name, obj, options, lines):
    """Let docstrings say |0>: in reStructuredText a bar would open a substitution, which we never use."""
    in_example = False
    for index, line in enumerate(lines):
        in_example = bool(line.strip()) and (in_example or line.lstrip().startswith(">>>"))
        if not in_example:
            lines[index] = re.sub(r"``.*?``|\|", lambda hit: r"\|" if hit[0] == "|" else hit[0], line)


def setup(app):
    app.connect("autodoc-process-docstring", escape_kets)
