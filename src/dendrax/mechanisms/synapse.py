"""The contract of a synapse: current into one compartment that depends on the voltage of another."""

from collections.abc import Mapping
from typing import Any, ClassVar

from dendrax.errors import MechanismError
from dendrax.mechanisms.checks import check_call, check_declared, check_instance
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Value, Values

SIDES = ("pre", "post")
"""The two ends of a synapse, and the prefixes under which a synapse sees the states of its compartments."""


class Synapse(Mechanism):
    """A synapse: subclass it, name its parameters and states, and write down two equations.

    The engine calls the methods positionally, with arrays of shape (n,), n being the number of synapses of this kind.
    `states` and `params` hold the synapse's own. The current can be recorded as "i_" and the name; its slope in the
    postsynaptic voltage, by which it is stepped implicitly, is taken by the engine and need not be given.

    Two things can be declared beyond that, by class or instance attributes:

    - `pre_states`, `post_states`: names of compartment states (of channels or ions) that the synapse reads on either
      side, for instance `pre_states = ("CaCon_i",)`. All methods then find them in `states`, under "pre_" or "post_"
      and the name: `states["pre_CaCon_i"]`. They have the values that stand in the table of states when the synapses
      are advanced: what channels update is already at the end of the step, ion concentrations that pumps change are
      at its start. They can be read, not written, and the compartments on that side must have them. What a synapse
      returns under such a name is ignored.
    - `couples = True`: a gap junction, that is, a linear conductance between both compartments. The engine asks
      for `conductance(params)` [uS] and for no update; it takes the coupling from there, in both directions, solved
      implicitly so that it conserves current and is stable for any time step. `compute_current` gives what is recorded:
      the current out of the postsynaptic compartment, g (post_v - pre_v) [nA]; into the presynaptic one it is the same.

    Attributes:
        synapse_params: Default of each parameter. By convention keys start with the synapse's name.
        synapse_states: Default of each state, as a new synapse has it.
        pre_states: States of the presynaptic compartment that the synapse reads.
        post_states: States of the postsynaptic compartment that the synapse reads.
        couples: Whether it is a linear conductance between both compartments.

    Example:
        ```python
        class Graded(Synapse):
            def __init__(self, name=None):
                super().__init__(name)
                self.synapse_params = {f"{self.name}_gS": 1e-4}  # uS
                self.synapse_states = {f"{self.name}_s": 0.0}

            def update_states(self, states, delta_t, pre_v, post_v, params):
                s = states[f"{self.name}_s"]
                return {f"{self.name}_s": exponential_euler(s, delta_t, jax.nn.sigmoid((pre_v + 35.0) / 10.0), 5.0)}

            def compute_current(self, states, pre_v, post_v, params):
                return params[f"{self.name}_gS"] * states[f"{self.name}_s"] * post_v
        ```
    """

    tables: ClassVar[tuple[str, ...]] = ("synapse_params", "synapse_states")
    kind: ClassVar[str] = "synapse"
    methods: ClassVar[Mapping[str, str]] = {
        "initial": "equilibrium",
        "advance": "update_states",
        "currents": "compute_current",
    }
    place: ClassVar[str] = "point"
    surroundings: ClassVar[tuple[str, ...]] = ("pre_v",)
    couples: ClassVar[bool] = False

    synapse_params: dict[str, Any]
    synapse_states: dict[str, Any]
    pre_states: tuple[str, ...] = ()
    post_states: tuple[str, ...] = ()

    def initial(self, states: Values, v: Value, params: Values, delta_t: Value) -> Any:
        """`equilibrium`, under the name that the engine calls; `v` is the postsynaptic voltage."""
        del delta_t
        return self.equilibrium(states, *_apart(params, v))

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Any:
        """`update_states`, under the name that the engine calls; `v` is the postsynaptic voltage."""
        return self.update_states(states, dt, *_apart(params, v))

    def currents(self, states: Values, v: Value, params: Values) -> Any:
        """`compute_current`, under the name that the engine calls; `v` is the postsynaptic voltage."""
        return {None: self.compute_current(states, *_apart(params, v))}

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Advance the states by one time step.

        Args:
            states: Own states, and the declared states of the compartments.
            delta_t: Time step [ms].
            pre_v: Voltage of the presynaptic compartment at the start of the step, after resets [mV].
            post_v: Voltage of the postsynaptic compartment at the start of the step, after resets [mV].
            params: Own parameters.

        Returns:
            New values of own states; those left out keep their value.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not define update_states(self, states, delta_t, pre_v, post_v, params)."
        )

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Current out of the postsynaptic compartment.

        Args:
            states: Own states, already advanced to the end of the step, and the declared states of the compartments.
            pre_v: Voltage of the presynaptic compartment [mV].
            post_v: Voltage of the postsynaptic compartment [mV].
            params: Own parameters.

        Returns:
            Current [nA], positive outward (hyperpolarising), of any shape that broadcasts to that of `post_v`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not define compute_current(self, states, pre_v, post_v, params)."
        )

    def equilibrium(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Values:
        """States in equilibrium at the voltages of both compartments, for `init_states(synapses=True)`.

        It is not called `init_state` as that of a channel is: synapses written for Jaxley, which calls none, have
        methods of that name with arguments of their own, and are to start here as they do there.

        Args:
            states: Own states, and the declared states of the compartments.
            pre_v: Voltage of the presynaptic compartment [mV].
            post_v: Voltage of the postsynaptic compartment [mV].
            params: Own parameters.

        Returns:
            The states that have an equilibrium; those left out keep their value. None by default.
        """
        del states, pre_v, post_v, params
        return {}

    def conductance(self, params: Values) -> Value:
        """Conductance between both compartments, asked of synapses with `couples = True` and of no other.

        Args:
            params: Own parameters.

        Returns:
            Conductance [uS], of any shape that broadcasts to (n,).
        """
        raise NotImplementedError(f"{type(self).__name__} does not define conductance(self, params).")


def _apart(params: Values, v: Value) -> tuple[Value, Value, Values]:
    """Both voltages and the parameters, as the methods of a synapse take them."""
    own = dict(params)
    return own.pop("pre_v"), v, own


def check_synapse(synapse: Any) -> None:
    """Refuse an object that does not keep the contract of a synapse, before anything is connected with it.

    Args:
        synapse: What a user handed to `connect`.

    Raises:
        ModelTypeError: Not an instance of `Synapse`.
        MechanismError: An attribute is missing or of the wrong kind, or a method cannot be called as the engine
            does; the text says which and what to write instead.

    Example:
        ```python
        check_synapse(IonotropicSynapse())  # passes
        ```
    """
    check_instance(synapse, Synapse)
    check_declared(synapse)
    current = f"i_{synapse.name}"
    if current in synapse.synapse_params or current in synapse.synapse_states:
        raise MechanismError(f'The synapse {synapse.name!r} has "{current}", which is its current. Rename it.')
    for side in SIDES:
        _check_read_states(synapse, side)
    both_sides = ("pre_v", "post_v", "params")
    check_call(synapse, "compute_current", ("states", *both_sides), Synapse)
    check_call(synapse, "equilibrium", ("states", *both_sides))
    if synapse.couples:
        check_call(synapse, "conductance", ("params",), Synapse)
        _check_no_states(synapse)
    else:
        check_call(synapse, "update_states", ("states", "delta_t", *both_sides), Synapse)


def _check_read_states(synapse: Synapse, side: str) -> None:
    """Refuse a declaration of compartment states that is no sequence of names, or hides an own state."""
    names = getattr(synapse, f"{side}_states")
    if not isinstance(names, tuple | list) or not all(isinstance(name, str) and name for name in names):
        raise MechanismError(
            f"The synapse {synapse.name!r} needs a tuple of names `{side}_states`, but it is {names!r}. "
            f'Write for example {side}_states = ("CaCon_i",).'
        )
    for name in names:
        if name == "v":
            raise MechanismError(
                f'The synapse {synapse.name!r} reads the state "v", which it is handed as `{side}_v` anyway. '
                f"Take it out of `{side}_states`."
            )
        if f"{side}_{name}" in synapse.synapse_states:
            raise MechanismError(
                f'The synapse {synapse.name!r} has a state "{side}_{name}" of its own and reads "{name}" of the '
                f"{side}synaptic compartment under the same name. Rename its own."
            )


def _check_no_states(synapse: Synapse) -> None:
    """Refuse a gap junction with states, which nothing would ever advance."""
    if synapse.synapse_states or synapse.pre_states or synapse.post_states:
        raise MechanismError(
            f"The synapse {synapse.name!r} couples both compartments (`couples = True`) by conductance(params), a "
            "function of parameters alone: it can neither have nor read states. Set couples = False, or remove them."
        )
