"""Fitting: maps between bounded parameters and unbounded ones, optimisers, and the way from a loss to fitted values."""

from dendrax.optimize.by_type import TypeOptimizer, l2_norm
from dendrax.optimize.fitting import fit, fit_many, random_starts
from dendrax.optimize.levenberg_marquardt import least_squares
from dendrax.optimize.result import FitResult, ManyFits, Progress
from dendrax.optimize.searching import GlobalFit, SearchResult, fit_global, search
from dendrax.optimize.transforms import ParamTransform

__all__ = [
    "FitResult",
    "GlobalFit",
    "ManyFits",
    "ParamTransform",
    "Progress",
    "SearchResult",
    "TypeOptimizer",
    "fit",
    "fit_global",
    "fit_many",
    "l2_norm",
    "least_squares",
    "random_starts",
    "search",
]
