"""Let the tests of this folder write `from chains_at_hand import ...`: pytest's importlib mode does not."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
