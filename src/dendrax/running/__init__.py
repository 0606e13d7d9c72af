"""What surrounds a simulation: checks at its door, long runs in chunks, and what is done when a run fails."""
