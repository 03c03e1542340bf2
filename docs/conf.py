"""Sphinx configuration: furo for the looks, MyST for the pages, autodoc for the reference."""

from importlib.metadata import version as version_of

project = "qnet"
author = "The qnet developers"
copyright = "The qnet developers, Apache-2.0"
release = version = version_of("qnet-sim")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
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
