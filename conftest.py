"""For all tests: the Python blocks of README and docs run too, and hypothesis tries the same examples every time."""

from doctest import ELLIPSIS, NORMALIZE_WHITESPACE

from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

# A run reproduces; and a deadline would measure the machine.
settings.register_profile("qnet", deadline=None, derandomize=True)
settings.load_profile("qnet")

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE), SkipParser()],
    patterns=["README.md", "docs/**/*.md", "docs/*.md"],
    excludes=["docs/_build/**", ".venv/**"],
).pytest()
