"""Write the stored model file of the present schema; run by hand when the schema changes, never over an older one."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from model_examples import two_cells_joined_anywhere

import dendrax as jx
from dendrax.io.model.versions import VERSION

if __name__ == "__main__":
    jx.save(two_cells_joined_anywhere(), Path(__file__).parent / f"model_schema_{VERSION}.dendrax")
