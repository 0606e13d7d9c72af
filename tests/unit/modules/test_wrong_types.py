"""See `wrong_types`."""

import subprocess
import sys
from pathlib import Path


def test_wrong_types_are_our_errors_and_warnings_name_the_users_line():
    script = Path(__file__).with_name("wrong_types.py")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "53 errors and 6 warnings are as they should be\n"
