"""`python -m dendrax.cli` is the command `dendrax`."""

import sys

from dendrax.cli import main

if __name__ == "__main__":
    sys.exit(main())
