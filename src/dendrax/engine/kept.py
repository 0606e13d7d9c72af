"""What the gradient of a run keeps in memory.

With n_1, ..., n_d blocks per level of checkpoints (outermost first), s bytes kept by a step, b by a block and c by the
recordings, a gradient takes the more of what is there at the turn from forward to backward, and in the midst of the
way back:

    turn        n_1 b + 3 c                                   (n_1 s + 3 c where there is one level)
    way back    (n_1 + ... + n_(d-1)) b + n_d s + c

besides the intermediates of the one step that it is in. The 3 c are the recordings, the same as the scan gives them,
and their cotangent. What a step or a block keeps is not guessed but read off its own reverse pass: parts of the carry
that nothing reads, such as currents of synapses that nobody records, are not kept.
"""

import math
from typing import Any, NamedTuple

import jax
from jax import lax

from dendrax.engine import checkpoint

STEP_IN_CARRIES = 8
"""The intermediates of one step and its reverse, in sizes of its carry: as compiled for cells of HH."""

COPIES_OF_COLUMNS = 3
"""At the turn from forward to backward."""

ABSTRACT_LENGTH = 2**31 - 1
"""A number of steps that no model has of anything else; arrays of that length are never made."""


class Kept(NamedTuple):
    """What a gradient keeps [bytes].

    Attributes:
        by_step: Each step of the innermost level.
        by_block: Each block of any other level.
        intermediates: The step that it is in.
        columns: What is recorded.
    """

    by_step: int
    by_block: int
    intermediates: int
    columns: int = 0

    def with_lengths(self, lengths: tuple[int, ...]) -> float:
        """With these blocks per level."""
        *outer, innermost = lengths
        turn = (outer[0] * self.by_block if outer else innermost * self.by_step) + COPIES_OF_COLUMNS * self.columns
        way_back = sum(outer) * self.by_block + innermost * self.by_step + self.columns
        return float(self.intermediates + max(turn, way_back))


def kept_by(step: checkpoint.Step, carry: Any, x: Any, columns: int = 0) -> Kept:
    """What the reverse pass of `step` keeps, from its own derivative; nothing is computed.

    Args:
        step: (carry, x) -> carry.
        carry: Arrays or their shapes.
        x: Inputs of one step.
        columns: Bytes of what is recorded.
    """
    by_step = _stacked(checkpoint.recomputed(step), carry, x)
    by_block = _stacked(jax.checkpoint(step, prevent_cse=False), carry, x)
    return Kept(by_step, by_block, STEP_IN_CARRIES * _nbytes(carry), columns)


def at_most(carry: Any, solution: int, columns: int = 0) -> Kept:
    """The same without looking: all of the carry, and `solution` bytes per step."""
    return Kept(_nbytes(carry) + solution, _nbytes(carry), STEP_IN_CARRIES * _nbytes(carry), columns)


def _stacked(step: checkpoint.Step, carry: Any, x: Any) -> int:
    """Bytes per step of what the derivative of a scan over `step` keeps of each."""

    def residuals(carry: Any) -> Any:
        return jax.vjp(lambda c: lax.scan(lambda c, _: (step(c, x), None), c, None, ABSTRACT_LENGTH)[0], carry)[1]

    leaves = jax.tree.leaves(jax.eval_shape(residuals, carry))
    return sum(
        math.prod(leaf.shape[1:]) * leaf.dtype.itemsize for leaf in leaves if leaf.shape[:1] == (ABSTRACT_LENGTH,)
    )


def _nbytes(tree: Any) -> int:
    return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))
