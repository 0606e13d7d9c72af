"""Programs and libraries written for Jaxley 0.14, run on Dendrax; and its helpers that have no other home here.

`install()` makes `import jaxley` give Dendrax in this process; `paths.PATHS` says what stands behind each of its
modules.
"""

from dendrax.compat.alias import install

__all__ = ["install"]
