: Arrays of states, loops, a loop with a condition, DEFINE, INCLUDE.
DEFINE N 3
DEFINE LAST 2
NEURON {
    SUFFIX arrays
    NONSPECIFIC_CURRENT i
    RANGE gbar, total
}
INCLUDE "parts/rate.inc"
PARAMETER { gbar = 0.001 (S/cm2) }
STATE { s[N] }
ASSIGNED { v (mV) i (mA/cm2) total weight[N] half[N] (mV) target[N] }
INITIAL {
    LOCAL k
    FROM j = 0 TO LAST {
        weight[j] = 1 / (1 + j)
        half[j] = -60 + 10 * j
        s[j] = rate(v, half[j], 6)
    }
    k = 0
    while (k < 3) {
        weight[k] = weight[k] * 1.5
        k = k + 1
    }
}
BREAKPOINT {
    SOLVE states METHOD sparse
    total = 0
    FROM j = 0 TO N - 1 {
        total = total + weight[j] * s[j]
    }
    i = gbar * total * (v - 5)
}
KINETIC states {
    FROM j = 0 TO LAST BY 1 {
        target[j] = rate(v, half[j], 6)
        ~ s[j] << ((target[j] - s[j]) / (1 + 4 * j))
    }
}
