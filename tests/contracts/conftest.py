"""Lets the tests import the cases beside them: `error_cases.py` runs as a script, too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

collect_ignore = ["jaxley_mech_program.py"]  # written for Jaxley: run, not imported; doctest would import it
