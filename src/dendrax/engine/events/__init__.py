"""Events inside of a run: who spikes when, and what arrives where."""
