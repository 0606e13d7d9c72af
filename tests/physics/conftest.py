"""Lets the tests import what is beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

collect_ignore = [
    "make_neuron_goldens.py",
    "neuron_models.py",
    "make_event_goldens.py",
    "neuron_events.py",
    "neuron_joints.py",
]
# they need NEURON; doctest would import them
