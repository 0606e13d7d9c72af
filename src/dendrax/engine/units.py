"""Every conversion from the users' units to the engine's (nA, uS, nF, mV, ms, um)."""

# 1 mA/cm^2 * 1 um^2 = 1e-3 A * 1e-8 = 1e-11 A; also S/cm^2 * um^2 -> uS.
NANOAMPERE_PER_DENSITY_AREA = 1e-2
"""nA per (mA/cm^2 * um^2), and uS per (S/cm^2 * um^2)."""

# 1 uF/cm^2 * 1 um^2 = 1e-6 F * 1e-8 = 1e-14 F.
NANOFARAD_PER_DENSITY_AREA = 1e-5
"""nF per (uF/cm^2 * um^2)."""

# 1 / (1 ohm cm * 1/um) = 1 / (1e4 ohm) = 1e-4 S.
MICROSIEMENS_PER_RESISTIVITY_LOAD = 1e2
"""uS per 1 / (ohm cm * 1/um)."""

# Synapses are in nA and uS already. Of an ion that diffuses, 1 um^2/ms / (1/um) = 1 um^3/ms, with volumes in um^3,
# concentrations in mM and rates in mM/ms: nothing is converted there.
