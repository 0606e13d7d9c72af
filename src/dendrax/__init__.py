"""Dendrax: differentiable simulation of networks of multicompartment neurons in JAX.

>>> import dendrax as jx
>>> cell = jx.read_swc(jx.morphology.sample_path("pyramidal"), ncomp=1)
"""

__version__ = "0.1.0.dev0"
