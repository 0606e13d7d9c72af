"""Lets the tests import the closed forms and models beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
