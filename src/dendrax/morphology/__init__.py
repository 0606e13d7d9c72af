"""The shape of built models: sample cells, distances, cutting and joining."""

from dendrax.morphology.distance import distance_direct, distance_pathwise
from dendrax.morphology.editing import morph_connect, morph_delete
from dendrax.morphology.sample import sample, sample_path

__all__ = ["distance_direct", "distance_pathwise", "morph_connect", "morph_delete", "sample", "sample_path"]
