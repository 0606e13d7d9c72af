"""Packages that only some of training needs: imported when used, and if one is absent the error says what brings it."""

from importlib import import_module
from types import ModuleType

from dendrax.errors import MissingExtraError


def extra(package: str, needed_for: str, brought_by: str = "train") -> ModuleType:
    """A package that may not be installed.

    Args:
        package: Its name when imported, "cma".
        needed_for: What it is needed for, as the subject of a sentence: "CMA-ES".
        brought_by: The extra of Dendrax that installs it.

    Raises:
        MissingExtraError: It is not installed.

    Example:
        >>> extra("json", "Nothing").__name__
        'json'
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as missing:
        if missing.name != package.partition(".")[0]:
            raise
        raise MissingExtraError(
            f"{needed_for} needs the package {missing.name!r}, which is not installed. Install it with "
            f"`pip install 'dendrax[{brought_by}]'` or `pip install {missing.name}`."
        ) from None
