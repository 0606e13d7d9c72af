NEURON {
    POINT_PROCESS OwnSynapse
    ELECTRODE_CURRENT i
    POINTER vpre, vpost
    BBCOREPOINTER rng
    EXTERNAL shared
    RANDOM r1, r2
}
VERBATIM
#include <stdlib.h>  /* { : ? " */
ENDVERBATIM
PARAMETER { w2 = -1e-3  limit = -1 <-10, 10> }
STATE { A }
CONSTRUCTOR {
    VERBATIM { a = 1; } ENDVERBATIM
}
DESTRUCTOR { VERBATIM free(p); ENDVERBATIM }
BREAKPOINT {
    IF (A > 1 && !(vpre < 0) || w2 != 3) { i = 1 }
    ELSE { i = -2 }
}
NET_RECEIVE(w (uS), a, tlast (ms)) {
    INITIAL { a = 0  tlast = t }
    if (flag == 1) {
        WATCH (v > limit) 2, (v <= -limit) 3
    } else if (flag == 2) {
        net_event(t)
        net_send(1 (ms), 4)
    } else if (flag >= 3) {
        FOR_NETCONS(w, b, c (ms)) { b = b + w }
    } else {
        while (a < 3) { a = a + 1 }
        printf("%g \"%s\"\n", a, "x: y")
    }
    A = A + w
}
PROCEDURE seed(x) {
    MUTEXLOCK
    PROTECT A = A + x
    { A = 2 }
    MUTEXUNLOCK
VERBATIM
    return 0;
ENDVERBATIM
}
BEFORE STEP { A = 1 }
AFTER SOLVE { A = 2 }
BEFORE INITIAL { A = 3 }
BEFORE BREAKPOINT { A = 4 }
