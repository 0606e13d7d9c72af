"""Colours for pictures of networks, from the maps of Brewer that matplotlib has."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np

__all__ = ["network_cols"]

HUES = ("Greys_r", "Purples_r", "Blues_r", "Greens_r", "Reds_r", "Oranges_r")
LIGHTEST = 0.8
"""The last shade, as a share of the way to white."""


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
    layers = ((mpl.colormaps[HUES[at % len(HUES)]], n) for at, n in enumerate(num_neurons_in_layers))
    return [list(color) for hue, n in layers for color in hue(np.linspace(0.0, LIGHTEST, n))]
