"""Lets the tests import the cases beside them: `make_goldens.py` imports the same files as a script."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

collect_ignore = ["make_goldens.py"]  # a script for another Python; doctest would import it
