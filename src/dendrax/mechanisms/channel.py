"""The contract of a channel: current through the membrane that depends on voltage and on states of its own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from dendrax.errors import MechanismError
from dendrax.mechanisms.checks import check_call, check_declared, check_instance
from dendrax.mechanisms.mechanism import SURROUNDINGS, Mechanism
from dendrax.mechanisms.value import Value, Values


class Channel(Mechanism):
    """A channel: subclass it, name its parameters and states, and write down two equations.

    The engine calls the methods positionally, with arrays of shape (n,), n being the number of compartments that
    have the channel. `params` holds the channel's own parameters and `radius` [um], `length` [um],
    `axial_resistivity` [ohm cm] and `capacitance` [uF/cm2] of these compartments.

    Attributes:
        channel_params: Default of each parameter. By convention keys start with the channel's name; a key
            without that prefix is shared between all channels that use it.
        channel_states: Default of each state.
        current_name: Under which the current can be recorded; currents of the same name add up.
        current_is_in_mA_per_cm2: Must be set to True before `super().__init__`, as a sign that the channel was
            written for currents in mA/cm2 (conductances in S/cm2).

    Raises:
        MechanismError: (from the constructor) `current_is_in_mA_per_cm2` is not True.

    Example:
        ```python
        class Potassium(Channel):
            def __init__(self, name=None):
                self.current_is_in_mA_per_cm2 = True
                super().__init__(name)
                self.channel_params = {f"{self.name}_g": 1e-3, "eK": -90.0}  # S/cm2, mV
                self.channel_states = {f"{self.name}_n": 0.1}
                self.current_name = "i_K"

            def update_states(self, states, dt, v, params):
                n = states[f"{self.name}_n"]
                return {f"{self.name}_n": solve_inf_gate_exponential(n, dt, jax.nn.sigmoid((v + 40.0) / 5.0), 4.0)}

            def compute_current(self, states, v, params):
                return params[f"{self.name}_g"] * states[f"{self.name}_n"] ** 4 * (v - params["eK"])
        ```
    """

    tables: ClassVar[tuple[str, ...]] = ("channel_params", "channel_states")
    kind: ClassVar[str] = "channel"
    methods: ClassVar[Mapping[str, str]] = {
        "initial": "init_state",
        "advance": "update_states",
        "currents": "compute_current",
    }
    surroundings: ClassVar[tuple[str, ...]] = SURROUNDINGS

    channel_params: dict[str, Any]
    channel_states: dict[str, Any]
    current_name: str
    current_is_in_mA_per_cm2: bool

    def __init__(self, name: str | None = None) -> None:
        check_unit(self)
        super().__init__(name)

    @property
    def flowing(self) -> tuple[str | None, ...]:
        """Its single current, named by `current_name`."""
        return (self.current_name,)

    def name_of_current(self, ion: str | None) -> str:
        """The name of its current."""
        return str(ion)

    def initial(self, states: Values, v: Value, params: Values, delta_t: Value) -> Any:
        """`init_state`, under the name that the engine calls."""
        return self.init_state(states, v, params, delta_t)

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Any:
        """`update_states`, under the name that the engine calls."""
        return self.update_states(states, dt, v, params)

    def currents(self, states: Values, v: Value, params: Values) -> Any:
        """`compute_current`, under the name that the engine calls."""
        return {self.current_name: self.compute_current(states, v, params)}

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance the states by one time step.

        Args:
            states: Own states, and all membrane currents of the previous step [mA/cm2].
            dt: Time step [ms].
            v: Voltage at the start of the step [mV].
            params: Own parameters and the geometry.

        Returns:
            New values of the states. May contain "v", which resets the voltage, "v_peak", the voltage before the reset
            where the method itself led there, and states of other channels.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define update_states(self, states, dt, v, params).")

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Current through the membrane.

        Args:
            states: Own states, already advanced to the end of the step.
            v: Voltage [mV].
            params: Own parameters and the geometry.

        Returns:
            Outward current [mA/cm2], of any shape that broadcasts to that of `v`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define compute_current(self, states, v, params).")

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """States in equilibrium at a voltage, for `module.init_states()`.

        Args:
            states: Own states.
            v: Voltage [mV].
            params: Own parameters.
            delta_t: Time step [ms].

        Returns:
            The states that have an equilibrium; those left out keep their value. None by default.
        """
        del states, v, params, delta_t
        return {}


def check_unit(channel: Channel) -> None:
    """Refuse a channel that does not say that its current is in mA/cm2.

    Raises:
        MechanismError: `current_is_in_mA_per_cm2` is missing or not True.
    """
    if getattr(channel, "current_is_in_mA_per_cm2", False):
        return
    raise MechanismError(
        f"The channel {type(channel).__name__} does not say that its current is in mA/cm2. Channels written for "
        "Jaxley before 0.5.0 returned uA/cm2: divide the result of compute_current by 1000 if yours does. Then set "
        "self.current_is_in_mA_per_cm2 = True as the first line of __init__, before super().__init__(name)."
    )


def check_channel(channel: Any) -> None:
    """Refuse an object that does not keep the contract of a channel, before it is inserted anywhere.

    Args:
        channel: What a user handed to `insert`.

    Raises:
        ModelTypeError: Not an instance of `Channel`.
        MechanismError: An attribute is missing or of the wrong kind, or a method cannot be called as the engine
            does; the text says which and what to write instead.

    Example:
        ```python
        check_channel(HH())  # passes
        ```
    """
    check_instance(channel, Channel)
    check_unit(channel)
    check_declared(channel, "current_name")
    if channel.current_name in ("v", "i", *channel.channel_params, *channel.channel_states):
        raise MechanismError(
            f'The channel {channel.name!r} calls its current "{channel.current_name}", a name that is taken. '
            f'Set another current_name, for example "i_{channel.name}".'
        )
    check_call(channel, "update_states", ("states", "dt", "v", "params"), Channel)
    check_call(channel, "compute_current", ("states", "v", "params"), Channel)
    check_call(channel, "init_state", ("states", "v", "params", "delta_t"))
