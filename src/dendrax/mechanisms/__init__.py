"""The contracts of mechanisms (channels, pumps, synapses), and what their equations are written with."""
