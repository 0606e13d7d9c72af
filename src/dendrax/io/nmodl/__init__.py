"""NEURON's mechanism files (.mod): read into a syntax tree that compares by value."""
