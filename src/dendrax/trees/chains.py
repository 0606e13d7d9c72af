"""Traced points of compartments: dividing a branch's points among its compartments, and joining them again."""

from collections.abc import Sequence

import numpy as np

from dendrax.trees.geometry import arc_lengths

ON_THE_LINE = 1e-9  # [um]


def divide_chain(chain: np.ndarray, ncomp: int) -> list[np.ndarray]:
    """Divide the points of a branch among compartments of equal arc length; neighbours share the point at their border.

    Args:
        chain: Points and radii [um]. (point, 4). A single point, or points without a place, go to every compartment.
        ncomp: Number of compartments.

    Returns:
        Points and radii of each compartment. comp x (point, 4)
    """
    if len(chain) < 2 or not np.isfinite(chain[:, :3]).all() or (chain[:, :3] == chain[0, :3]).all():
        return [chain.copy() for _ in range(ncomp)]
    position = arc_lengths(chain)
    borders = position[-1] * np.arange(1, ncomp) / ncomp
    right = np.searchsorted(position, borders, side="right")
    share = (borders - position[right - 1]) / (position[right] - position[right - 1])
    points = chain[right - 1] + share[:, None] * (chain[right] - chain[right - 1])
    pieces = []
    for comp in range(ncomp):
        near = points[comp - 1 : comp] if comp else chain[:1]
        far = points[comp : comp + 1] if comp < ncomp - 1 else chain[-1:]
        begin = int(right[comp - 1]) if comp else 1
        end = int(np.searchsorted(position, borders[comp], side="left")) if comp < ncomp - 1 else len(chain) - 1
        pieces.append(np.concatenate([near, chain[begin:end], far]))
    return pieces


def join_chains(pieces: Sequence[np.ndarray]) -> np.ndarray:
    """Join the points of neighbouring compartments to those of a branch; undoes `divide_chain`.

    A border point is left out where it lies on the line between its neighbours, as the cuts of `divide_chain` do.
    """
    chain = pieces[0]
    for piece in pieces[1:]:
        if not np.array_equal(chain[-1], piece[0], equal_nan=True):
            chain = np.concatenate([chain, piece])
        elif len(chain) == 1 or len(piece) == 1 or not np.isfinite(piece).all():
            chain = chain if np.array_equal(chain, piece, equal_nan=True) else np.concatenate([chain, piece[1:]])
        else:
            keep = 0 if _is_on_line(chain[-2], piece[0], piece[1]) else 1
            chain = np.concatenate([chain[: len(chain) - 1 + keep], piece[1:]])
    return chain


def _is_on_line(before: np.ndarray, point: np.ndarray, after: np.ndarray) -> bool:
    """Whether a point, with its radius, is what a straight frustum from `before` to `after` has there."""
    whole = np.sqrt(((after - before)[:3] ** 2).sum())
    if whole == 0:
        return False
    share = np.sqrt(((point - before)[:3] ** 2).sum()) / whole
    return bool(np.abs(before + share * (after - before) - point).max() < ON_THE_LINE)
