"""Fitting: maps between bounded parameters and unbounded ones, optimisers, and the way from a loss to fitted values."""

from dendrax.optimize.by_type import TypeOptimizer, l2_norm
from dendrax.optimize.fitting import fit, fit_many, random_starts
from dendrax.optimize.result import FitResult, ManyFits, Progress
from dendrax.optimize.transforms import ParamTransform

__all__ = [
    "FitResult",
    "ManyFits",
    "ParamTransform",
    "Progress",
    "TypeOptimizer",
    "fit",
    "fit_many",
    "l2_norm",
    "random_starts",
]
