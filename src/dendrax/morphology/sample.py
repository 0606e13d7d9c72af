"""Sample cells that come with the package."""

from pathlib import Path

from dendrax.errors import UnknownNameError
from dendrax.modules.cell import Cell, cell_from_tree
from dendrax.trees.discretize import discretize
from dendrax.trees.swc import read_points

SAMPLES = ("pyramidal", "interneuron")


def sample_path(name: str = "pyramidal") -> Path:
    """Path of the SWC file of a sample cell.

    Args:
        name: "pyramidal" (layer 5, 107 branches with an axon) or "interneuron" (basket cell, 41 branches).

    Returns:
        A file inside the package. It was grown by `dendrax.trees.synthetic`; it is not a traced cell.

    Raises:
        UnknownNameError: No such sample; the text names those there are.

    Example:
        >>> sample_path("interneuron").name
        'interneuron.swc'
    """
    if not isinstance(name, str) or name not in SAMPLES:
        raise UnknownNameError(f"There is no sample cell {name!r}; there are {', '.join(SAMPLES)}.")
    return Path(__file__).parent / "samples" / f"{name}.swc"


def sample(name: str = "pyramidal", ncomp: int = 1) -> Cell:
    """A sample cell, ready for channels: the embedded input of the demo and the tutorials.

    Args:
        name: "pyramidal" or "interneuron".
        ncomp: Number of compartments per branch.

    Returns:
        A cell with the groups `soma`, `basal`, `axon` and, for the pyramidal cell, `apical`. Branch 0 is the soma.

    Raises:
        UnknownNameError: No such sample.
        MorphologyError: `ncomp` is smaller than 1.

    Example:
        >>> sample("interneuron", ncomp=2).shape
        (41, 82)
    """
    return cell_from_tree(discretize(read_points(sample_path(name)), ncomp))
