"""`python -m dendrax.cli` is the command `dendrax`."""

import sys

from dendrax.cli import main

sys.exit(main())
