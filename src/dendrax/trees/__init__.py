"""Trees of points: from a traced neuron to compartments, with numpy alone."""
