: A chain of four states that is solved for its steady state first.
NEURON {
    SUFFIX kinetic
    USEION k READ ek WRITE ik
    RANGE gbar, flux
}
PARAMETER { gbar = 0.005 (S/cm2) }
STATE { c1 c2 o inact }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) a (/ms) b (/ms) flux (/ms) }
BREAKPOINT {
    SOLVE scheme METHOD sparse
    ik = gbar * o * (v - ek)
}
INITIAL { SOLVE scheme STEADYSTATE sparse }
KINETIC scheme {
    rates(v)
    ~ c1 <-> c2 (2 * a, b)
    flux = f_flux - b_flux
    ~ c2 <-> o (a, 2 * b)
    ~ o <-> inact (0.05, 0.01 * exp(-v / 25))
    CONSERVE c1 + c2 + o + inact = 1
}
PROCEDURE rates(v (mV)) {
    a = 0.3 * exp((v + 40) / 30)
    b = 0.2 * exp(-(v + 40) / 25)
}
