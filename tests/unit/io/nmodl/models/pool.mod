: A shell of calcium whose state is the concentration of the ion.
NEURON {
    SUFFIX pool
    USEION ca READ ica WRITE cai
    RANGE depth, tau, rest
}
UNITS { F = (faraday) (coulomb) }
PARAMETER { depth = 0.1 (um) tau = 12 (ms) rest = 1e-4 (mM) }
STATE { cai (mM) }
ASSIGNED { ica (mA/cm2) drive (mM/ms) }
INITIAL { cai = rest }
BREAKPOINT { SOLVE states METHOD cnexp }
DERIVATIVE states {
    drive = -(10000) * ica / (2 * F * depth)
    if (drive <= 0) { drive = 0 }
    cai' = drive + (rest - cai) / tau
}
