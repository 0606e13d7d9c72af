"""Physical constants, and the temperature that mechanisms assume where none is set.

CODATA 2018: exact since 2019, as products of the defining constants of the SI (Tiesinga E, Mohr PJ, Newell DB, Taylor
BN (2021). CODATA recommended values of the fundamental physical constants: 2018. Reviews of Modern Physics 93:025010).
Mechanisms of the reference that use rounded values keep those, each in its own file.
"""

FARADAY = 96485.33212331001
"""Charge of a mole of elementary charges [C/mol]."""

GAS_CONSTANT = 8.31446261815324
"""Molar gas constant [J/(mol K)]."""

ZERO_CELSIUS = 273.15
"""Temperature of 0 celsius [K]."""

MEMBRANE_CURRENT, ELECTRODE_CURRENT = PROBES = ("i_membrane", "i_electrode")
"""Currents that can be recorded in every compartment besides the currents of mechanisms [nA]."""

STATES_FIRST, NEURON_ORDER = ORDERS = ("states first", "neuron")
"""The order of a step: mechanisms before the voltage, or after it, as in NEURON."""

DEFAULT_TEMPERATURE = 6.3
"""Temperature of a model that sets none [celsius]: that of Hodgkin and Huxley's axons, and the reference's 279.45 K."""
