"""Methods of time integration for the voltage, one per file."""
