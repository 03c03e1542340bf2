"""Let the tests of this folder use the reference cases: `from cases import ...`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "analytic"))
