"""Events inside of a run: detection of spikes, their delivery, and plastic connections."""
