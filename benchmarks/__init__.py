"""Dendrax and its peers, measured in turn on the same machine. docs/performance.md says how to run it."""
