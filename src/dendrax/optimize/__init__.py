"""Fitting: maps between bounded parameters and unbounded ones, optimisers, and the way from a loss to fitted values."""

from dendrax.optimize.bluepyopt_files import read_bluepyopt
from dendrax.optimize.by_type import TypeOptimizer, l2_norm
from dendrax.optimize.density import log_density, uniform_prior
from dendrax.optimize.experiment import Experiment
from dendrax.optimize.fitting import fit, fit_global, fit_many, random_starts
from dendrax.optimize.levenberg_marquardt import LeastSquares, least_squares
from dendrax.optimize.loop import RunOptions
from dendrax.optimize.protocols import Protocol, Recording, Step
from dendrax.optimize.result import FitResult, GlobalFit, ManyFits, Progress, SearchResult
from dendrax.optimize.searching import Evolution, search
from dendrax.optimize.solvers import GradientDescent
from dendrax.optimize.targets import Target, read_targets
from dendrax.optimize.transforms import ParamTransform

__all__ = [
    "Evolution",
    "Experiment",
    "FitResult",
    "GlobalFit",
    "GradientDescent",
    "LeastSquares",
    "ManyFits",
    "ParamTransform",
    "Progress",
    "Protocol",
    "Recording",
    "RunOptions",
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
