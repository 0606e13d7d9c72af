DEFINE N 3
NEURON {
    SUFFIX own_kinetic
    USEION ca READ ica WRITE cai
}
PARAMETER { total = 1  DCa = 0.6 (um2/ms)  start = N }
STATE { c o ca[N] (mM)  pump }
BREAKPOINT { SOLVE scheme METHOD sparse }
INITIAL {
    SOLVE scheme STEADYSTATE sparse
    SOLVE algebra
    SOLVE scheme METHOD derivimplicit IFERROR { c = 0 }
    FROM i = 0 TO N-1 BY 2 { ca[i] = 50e-6 }
}
KINETIC scheme {
    COMPARTMENT i, diam*diam*vol[i] {ca}
    COMPARTMENT (1e10)*area {pump o}
    LONGITUDINAL_DIFFUSION i, DCa*vol[i] {ca}
    LONGITUDINAL_DIFFUSION DCa {pump}
    ~ c <-> o (alpha(v), beta)
    ~ 2 ca[0] + pump <-> 3o (k1*parea, k2)
    ~ c -> (k3)
    ~ ca[0] << (-ica/(2*FARADAY))
    ica = f_flux - b_flux
    CONSERVE c + o = 1
    CONSERVE 2 pump + ca[1] = total*parea*(1e10)
}
LINEAR algebra SOLVEFOR c, o {
    ~ c + o = 1
    ~ f(c) - 2*o = total
}
NONLINEAR more { ~ c*c = 2 }
DISCRETE steps { c = 1 }
