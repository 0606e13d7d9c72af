"""Smooth, invertible maps between what an optimiser moves (any real number) and what a model can take.

`forward` goes from the unbounded side to the model, `inverse` back. Transforms are pytrees: their bounds are leaves,
so that changing one compiles nothing.
"""

from dendrax.optimize.transforms.base import ParamTransform, Transform
from dendrax.optimize.transforms.bounded import (
    LogisticTransform,
    NegSoftplusTransform,
    SigmoidTransform,
    SoftplusTransform,
)
from dendrax.optimize.transforms.general import (
    AffineTransform,
    ChainTransform,
    CustomTransform,
    IdentityTransform,
    MaskedTransform,
)

__all__ = [
    "AffineTransform",
    "ChainTransform",
    "CustomTransform",
    "IdentityTransform",
    "LogisticTransform",
    "MaskedTransform",
    "NegSoftplusTransform",
    "ParamTransform",
    "SigmoidTransform",
    "SoftplusTransform",
    "Transform",
]
