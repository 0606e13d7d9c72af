: Calcium in four shells with a pump at the membrane: arrays, DEFINE, COMPARTMENT, a source, and the concentration.
DEFINE N 4
NEURON {
    SUFFIX shells
    USEION ca READ cai, ica WRITE cai
    RANGE total
    GLOBAL vrat
}
UNITS {
    FARADAY = (faraday) (coulomb)
    PI = (pi) (1)
}
PARAMETER { D = 0.2 (um2/ms) kpump = 0.002 (um/ms) cbase = 5e-5 (mM) }
STATE { ca[N] (mM) <1e-7> pump (mM) }
ASSIGNED { diam (um) ica (mA/cm2) cai (mM) vrat[N] frat[N] total (mM) dr (um) }
BREAKPOINT { SOLVE diffusion METHOD sparse }
INITIAL {
    LOCAL r
    dr = 0.5 / (N - 1) / 2
    r = 0.5
    frat[0] = 2 * r
    FROM j = 0 TO N - 1 {
        if (j == 0 || j == N - 1) {
            vrat[j] = PI * (r - dr / 2) * 2 * dr * 0.5
        } else {
            vrat[j] = PI * (r - dr) * 2 * dr
        }
        r = r - dr
        if (j < N - 1) {
            frat[j + 1] = 2 * PI * r / (2 * dr)
        }
    }
    FROM j = 0 TO N - 1 {
        ca[j] = cai
    }
    pump = 0
}
LOCAL dd
KINETIC diffusion {
    COMPARTMENT j, diam * diam * vrat[j] {ca}
    COMPARTMENT diam * diam {pump}
    ~ ca[0] << (-ica * PI * diam / (2 * FARADAY) * 10000)
    FROM j = 0 TO N - 2 {
        dd = D * frat[j + 1]
        ~ ca[j] <-> ca[j + 1] (dd, dd)
    }
    ~ ca[0] <-> pump (kpump * diam * 20, 0.0001 * diam)
    cai = ca[0]
    total = ca[0] + ca[N - 1]
}
