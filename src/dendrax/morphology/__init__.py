"""The shape of built models: sample cells."""

from dendrax.morphology.sample import sample, sample_path

__all__ = ["sample", "sample_path"]
