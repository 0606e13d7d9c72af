"""Fitting: maps between bounded parameters and unbounded ones, optimisers, and the way from a loss to fitted values."""

from dendrax.optimize.bluepyopt_files import read_bluepyopt
from dendrax.optimize.by_type import TypeOptimizer, l2_norm
from dendrax.optimize.density import log_density, uniform_prior
from dendrax.optimize.experiment import Experiment
from dendrax.optimize.fitting import fit
from dendrax.optimize.hybrid import GlobalFit, fit_global
from dendrax.optimize.levenberg_marquardt import least_squares
from dendrax.optimize.many_starts import fit_many, random_starts
from dendrax.optimize.protocols import Protocol, Recording, Step
from dendrax.optimize.result import FitResult, ManyFits, Progress
from dendrax.optimize.searching import SearchResult, search
from dendrax.optimize.targets import Target, read_targets
from dendrax.optimize.transforms import ParamTransform

__all__ = [
    "Experiment",
    "FitResult",
    "GlobalFit",
    "ManyFits",
    "ParamTransform",
    "Progress",
    "Protocol",
    "Recording",
    "SearchResult",
    "Step",
    "Target",
    "TypeOptimizer",
    "fit",
    "fit_global",
    "fit_many",
    "l2_norm",
    "least_squares",
    "log_density",
    "random_starts",
    "read_bluepyopt",
    "read_targets",
    "search",
    "uniform_prior",
]
