"""Electrodes that are inserted into compartments like channels; `stimulate` and `clamp` are the short forms."""

from dendrax.electrodes.iclamp import IClamp
from dendrax.electrodes.seclamp import SEClamp

__all__ = ["IClamp", "SEClamp"]
