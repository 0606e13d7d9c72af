"""Fitting: maps between bounded parameters and unbounded ones."""

from dendrax.optimize.transforms import ParamTransform

__all__ = ["ParamTransform"]
