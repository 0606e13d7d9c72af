"""Evolution strategies: they ask for the loss at some points, are told it, and move to where it is low.

Both work on the unbounded side, on parameters as one vector, and draw their random numbers from a generator of their
own.
"""

from __future__ import annotations

import abc
from typing import Any

import numpy as np

from dendrax.errors import ModelValueError
from dendrax.optimize.door import check_name, optional_package

METHODS = ("cma", "separable")


class Strategy(abc.ABC):
    """Asks and is told."""

    population: int

    @abc.abstractmethod
    def ask(self) -> np.ndarray:
        """Points at which it wants to know the loss. (population, parameter)"""

    @abc.abstractmethod
    def tell(self, points: np.ndarray, losses: np.ndarray) -> None:
        """The losses at the points that it asked for, all of them finite. (population,)"""

    @property
    @abc.abstractmethod
    def spread(self) -> float:
        """The largest standard deviation of its present distribution along a parameter."""


class CmaEs(Strategy):
    """Evolution with a full covariance matrix, by the package `cma`.

    References:
        Hansen, Ostermeier (2001), Evol. Comput. 9:159; Hansen (2016), arXiv:1604.00772.
    """

    def __init__(self, start: np.ndarray, spread: float, population: int | None, rng: np.random.Generator) -> None:
        cma: Any = optional_package("cma", "CMA-ES")
        if start.size < 2:
            raise ModelValueError("search: CMA-ES needs at least two parameters; use method='separable' for one.")
        options = {"verbose": -9, "seed": np.nan, "randn": lambda *shape: rng.standard_normal(shape)}
        if population is not None:
            options["popsize"] = population
        self.strategy = cma.CMAEvolutionStrategy(start, spread, options)
        self.population = int(self.strategy.popsize)

    def ask(self) -> np.ndarray:
        """Points at which it wants to know the loss."""
        return np.asarray(self.strategy.ask())

    def tell(self, points: np.ndarray, losses: np.ndarray) -> None:
        """The losses there."""
        self.strategy.tell(list(points), losses.tolist())

    @property
    def spread(self) -> float:
        """The largest standard deviation along a parameter."""
        return float(np.max(self.strategy.stds))


class Separable(Strategy):
    """Evolution with one variance for each parameter: cost and memory grow with their number, not its square.

    The equations are those of CMA-ES for a diagonal covariance matrix C, which is learned (n + 2) / 3 times as fast.
    With the mean m, the step size s and the best half of the population in order, y_i = (x_i - m) / s,

        m <- m + s sum_i w_i y_i
        C <- (1 - c_1 - c_mu) C + c_1 p p + c_mu sum_i w_i y_i y_i
        s <- s exp(c_s / d_s (|q| / E|N(0, 1)| - 1))

    where p and q are decaying sums of the steps of the mean, q in units of their expected length.

    References:
        Ros, Hansen (2008), PPSN X, Table 1; Hansen (2016), arXiv:1604.00772, Table 1 for the constants.
    """

    def __init__(self, start: np.ndarray, spread: float, population: int | None, rng: np.random.Generator) -> None:
        n = start.size
        self.rng, self.mean, self.step = rng, np.array(start, float), spread
        self.population = 4 + int(3 * np.log(n)) if population is None else population
        self.variance = np.ones(n)
        self.path, self.step_path = np.zeros(n), np.zeros(n)
        self.generation = 0
        parents = self.population // 2
        weights = np.log((self.population + 1) / 2) - np.log(np.arange(1, parents + 1))
        self.weights = weights / weights.sum()
        self.mass = 1 / np.sum(self.weights**2)  # of as many parents of equal weight
        mass = self.mass
        self.c_s = (mass + 2) / (n + mass + 5)
        self.d_s = 1 + 2 * max(0.0, np.sqrt((mass - 1) / (n + 1)) - 1) + self.c_s
        self.c_p = (4 + mass / n) / (n + 4 + 2 * mass / n)
        faster = (n + 2) / 3
        self.c_1 = min(1.0, faster * 2 / ((n + 1.3) ** 2 + mass))
        self.c_mu = min(1 - self.c_1, faster * 2 * (mass - 2 + 1 / mass) / ((n + 2) ** 2 + mass))
        self.expected = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2))  # length of a standard normal vector

    def ask(self) -> np.ndarray:
        """Points at which it wants to know the loss."""
        noise = self.rng.standard_normal((self.population, self.mean.size))
        return self.mean + self.step * np.sqrt(self.variance) * noise

    def tell(self, points: np.ndarray, losses: np.ndarray) -> None:
        """The losses there."""
        self.generation += 1
        best = points[np.argsort(losses, kind="stable")[: self.weights.size]]
        moves = (best - self.mean) / self.step
        move = self.weights @ moves
        self.mean = self.mean + self.step * move
        scale = np.sqrt(self.c_s * (2 - self.c_s) * self.mass)
        self.step_path = (1 - self.c_s) * self.step_path + scale * move / np.sqrt(self.variance)
        length = np.linalg.norm(self.step_path)
        settled = np.sqrt(1 - (1 - self.c_s) ** (2 * self.generation))
        # While the step size still grows fast, the path would make the variance grow too.
        calm = float(length / settled < (1.4 + 2 / (self.mean.size + 1)) * self.expected)
        self.path = (1 - self.c_p) * self.path + calm * np.sqrt(self.c_p * (2 - self.c_p) * self.mass) * move
        along = self.path**2 + (1 - calm) * self.c_p * (2 - self.c_p) * self.variance
        kept = (1 - self.c_1 - self.c_mu) * self.variance
        self.variance = kept + self.c_1 * along + self.c_mu * (self.weights @ moves**2)
        self.step *= float(np.exp(min(1.0, self.c_s / self.d_s * (length / self.expected - 1))))

    @property
    def spread(self) -> float:
        """The largest standard deviation along a parameter."""
        return self.step * float(np.sqrt(self.variance.max()))


def strategy_of(
    method: str, start: np.ndarray, spread: float, population: int | None, rng: np.random.Generator
) -> Strategy:
    """The strategy of this name."""
    check_name("search: method", method, METHODS)
    return (CmaEs if method == "cma" else Separable)(start, spread, population, rng)
