"""Fitting: maps between bounded parameters and unbounded ones, and optimisers."""

from dendrax.optimize.by_type import TypeOptimizer, l2_norm
from dendrax.optimize.transforms import ParamTransform

__all__ = ["ParamTransform", "TypeOptimizer", "l2_norm"]
