"""Shades for pictures of networks, from the maps of Brewer that matplotlib has."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np

__all__ = [
    "blue_shades",
    "green_shades",
    "grey_shades",
    "network_cols",
    "orange_shades",
    "purple_shades",
    "red_shades",
]

LIGHTEST = 0.8
"""The last shade, as a share of the way to white."""


def _shades(name: str, n: int) -> list[list[float]]:
    """`n` colours of a map, from its dark end."""
    return [list(color) for color in mpl.colormaps[name](np.linspace(0.0, LIGHTEST, n))]


def blue_shades(n: int) -> list[list[float]]:
    """`n` shades of blue, the darkest first, as [red, green, blue, opacity] from 0 to 1."""
    return _shades("Blues_r", n)


def green_shades(n: int) -> list[list[float]]:
    """`n` shades of green, the darkest first, as [red, green, blue, opacity] from 0 to 1."""
    return _shades("Greens_r", n)


def grey_shades(n: int) -> list[list[float]]:
    """`n` shades of grey, the darkest first, as [red, green, blue, opacity] from 0 to 1."""
    return _shades("Greys_r", n)


def orange_shades(n: int) -> list[list[float]]:
    """`n` shades of orange, the darkest first, as [red, green, blue, opacity] from 0 to 1."""
    return _shades("Oranges_r", n)


def purple_shades(n: int) -> list[list[float]]:
    """`n` shades of purple, the darkest first, as [red, green, blue, opacity] from 0 to 1."""
    return _shades("Purples_r", n)


def red_shades(n: int) -> list[list[float]]:
    """`n` shades of red, the darkest first, as [red, green, blue, opacity] from 0 to 1."""
    return _shades("Reds_r", n)


def network_cols(num_neurons_in_layers: Sequence[int]) -> list[list[float]]:
    """A colour for every neuron of a layered network: a hue for each layer, a shade for each neuron in it.

    Args:
        num_neurons_in_layers: Number of neurons of each layer. After six layers the hues begin again.

    Returns:
        Colours as [red, green, blue, opacity] from 0 to 1. (neuron, 4)

    Example:
        >>> len(network_cols([2, 3]))
        5
    """
    hues = (grey_shades, purple_shades, blue_shades, green_shades, red_shades, orange_shades)
    return [color for layer, n in enumerate(num_neurons_in_layers) for color in hues[layer % len(hues)](n)]
