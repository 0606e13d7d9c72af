"""Model files: everything of a model in one file that cannot run code.

A file is a zip of two members (`container`): `model.json` (`fields`, `settings`) and `arrays.safetensors` (`arrays`).
`tables` says what a model is made of, `checks` what has to be true of it, `mechanisms` which classes a file may name,
`versions` how files of older schemas are read, `files` is the front door.
"""

from dendrax.io.model.files import load, save

__all__ = ["load", "save"]
