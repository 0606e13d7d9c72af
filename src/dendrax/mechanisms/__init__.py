"""The contracts of mechanisms (channels, later pumps and synapses), and what their equations are written with."""
