"""The version of the reference whose public names Dendrax has."""

from dendrax.compat import paths

__all__ = ["VERSION", "__version__"]

__version__ = paths.VERSION
VERSION = tuple(int(part) for part in __version__.split("."))
