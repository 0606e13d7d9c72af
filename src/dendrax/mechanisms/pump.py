"""The contract of a pump: a flux that changes the concentration of an ion, and what follows from concentrations."""

from collections.abc import Mapping
from typing import Any, ClassVar

from dendrax.errors import MechanismError
from dendrax.mechanisms.checks import check_call, check_declared, check_instance
from dendrax.mechanisms.mechanism import SURROUNDINGS, Mechanism
from dendrax.mechanisms.value import Value, Values


class Pump(Mechanism):
    """A pump: subclass it, name its parameters, its states and its ion, and write down two equations.

    A pump is to a concentration what a channel is to the voltage. Its "current" is minus the rate of change of the
    concentration `ion_name`; the engine takes its slope in that concentration and steps the concentration
    implicitly, so that it is stable for any time step. Pumps of one ion add up.

    The engine calls the methods positionally, with arrays of shape (n,), n being the number of compartments that
    have the pump. `params` holds the pump's own parameters and `radius` [um], `length` [um], `axial_resistivity`
    [ohm cm], `capacitance` [uF/cm2] and `temperature` [celsius] of these compartments.

    Attributes:
        channel_params: Default of each parameter. By convention keys start with the pump's name; a key without that
            prefix is shared between all mechanisms that use it.
        channel_states: Default of each state that it reads or writes: concentrations, reversal potentials, and
            membrane currents by which it is driven (`i_Ca`), which have the values of the previous step.
        ion_name: The concentration that it changes, one of its states such as "CaCon_i" [mM].
        current_name: Under which its rate of change can be recorded; those of the same name add up.
        drives: Which of its states other mechanisms see in place of their parameter of the same name, in compartments
            that have the pump: `("eK",)` makes channels with a parameter eK follow this pump's eK. None by default.

    Example:
        ```python
        class SodiumPump(Pump):
            def __init__(self, name=None):
                super().__init__(name)
                self.channel_params = {f"{self.name}_tau": 5000.0, f"{self.name}_rest": 10.0}  # ms, mM
                self.channel_states = {"NaCon_i": 10.0}  # mM
                self.ion_name = "NaCon_i"
                self.current_name = f"i_{self.name}"

            def update_states(self, states, dt, v, params):
                return {}

            def compute_current(self, states, ion_conc, params):
                return (ion_conc - params[f"{self.name}_rest"]) / params[f"{self.name}_tau"]
        ```
    """

    tables: ClassVar[tuple[str, ...]] = ("channel_params", "channel_states")
    kind: ClassVar[str] = "pump"
    methods: ClassVar[Mapping[str, str]] = {
        "initial": "init_state",
        "advance": "update_states",
        "fluxes": "compute_current",
    }
    surroundings: ClassVar[tuple[str, ...]] = SURROUNDINGS
    carries: tuple[str | None, ...] = ()

    channel_params: dict[str, Any]
    channel_states: dict[str, Any]
    ion_name: str
    current_name: str
    drives: tuple[str, ...] = ()

    @property
    def current_names(self) -> tuple[str, ...]:
        """The name of its flux, which is not a current through the membrane."""
        return (self.current_name,)

    @property
    def written(self) -> tuple[str, ...]:
        """The concentrations that it drives."""
        return self.drives

    @property
    def moves(self) -> dict[str, str]:
        """Its ion."""
        return {self.ion_name: self.current_name}

    def initial(self, states: Values, v: Value, params: Values, delta_t: Value) -> Any:
        """`init_state`, under the name that the engine calls."""
        return self.init_state(states, v, params, delta_t)

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Any:
        """`update_states`, under the name that the engine calls."""
        return self.update_states(states, dt, v, params)

    def fluxes(self, states: Values, concentrations: Values, params: Values) -> Any:
        """`compute_current`, under the name that the engine calls."""
        return {self.ion_name: self.compute_current(states, concentrations[self.ion_name], params)}

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance by one time step the states other than the concentration, reversal potentials for instance.

        Args:
            states: Own states, and all membrane currents of the previous step [mA/cm2].
            dt: Time step [ms].
            v: Voltage at the start of the step [mV].
            params: Own parameters, the geometry and the temperature.

        Returns:
            New values of the states, {} if there are none. Channels and pumps that come later see them at once.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define update_states(self, states, dt, v, params).")

    def compute_current(self, states: Values, ion_conc: Value, params: Values) -> Value:
        """Minus the rate of change of the concentration.

        Args:
            states: Own states, already advanced to the end of the step; membrane currents are those of the previous.
            ion_conc: Concentration of the ion at the start of the step [mM].
            params: Own parameters, the geometry and the temperature.

        Returns:
            -d(ion_conc)/dt [mM/ms], of any shape that broadcasts to that of `ion_conc`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not define compute_current(self, states, ion_conc, params)."
        )

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """States in equilibrium, for `module.init_states()`.

        Args:
            states: Own states.
            v: Voltage [mV].
            params: Own parameters, the geometry and the temperature.
            delta_t: Time step [ms].

        Returns:
            The states that have an equilibrium; those left out keep their value. None by default.
        """
        del states, v, params, delta_t
        return {}


def check_pump(pump: Any) -> None:
    """Refuse an object that does not keep the contract of a pump, before it is inserted anywhere.

    Args:
        pump: What a user handed to `insert`.

    Raises:
        ModelTypeError: Not an instance of `Pump`.
        MechanismError: An attribute is missing or of the wrong kind, or a method cannot be called as the engine
            does; the text says which and what to write instead.

    Example:
        ```python
        check_pump(CaPump())  # passes
        ```
    """
    check_instance(pump, Pump)
    check_declared(pump, "current_name")
    _check_ion(pump)
    _check_driven(pump)
    # A membrane current that it is driven by may have the same name and is then not its own state: "i_Ca" of pumps
    # that change no concentration.
    if pump.current_name in ("v", "i", pump.ion_name, *pump.channel_params):
        raise MechanismError(
            f'The pump {pump.name!r} calls its current "{pump.current_name}", a name that is taken. '
            f'Set another current_name, for example "i_{pump.name}".'
        )
    check_call(pump, "update_states", ("states", "dt", "v", "params"), Pump)
    check_call(pump, "compute_current", ("states", "ion_conc", "params"), Pump)
    check_call(pump, "init_state", ("states", "v", "params", "delta_t"))


def _check_ion(pump: Pump) -> None:
    """Refuse a pump that does not say which concentration it changes, or does not have it among its states."""
    ion = getattr(pump, "ion_name", None)
    if not isinstance(ion, str) or ion in ("", "v", "i"):
        raise MechanismError(
            f"The pump {pump.name!r} needs the name of the concentration that it changes, `ion_name`, but it is "
            f'{ion!r}. Set it in __init__, for example self.ion_name = "CaCon_i".'
        )
    if ion not in pump.channel_states:
        raise MechanismError(
            f"The pump {pump.name!r} changes {ion!r}, which is not among its states {list(pump.channel_states)}. Give "
            f"it a default [mM] in `channel_states`; mechanisms that have it too share it."
        )


def _check_driven(pump: Pump) -> None:
    """Refuse a declaration of driven parameters that are no states of the pump."""
    if not isinstance(pump.drives, tuple) or not all(name in pump.channel_states for name in pump.drives):
        raise MechanismError(
            f"The pump {pump.name!r} needs a tuple of names of its own states {list(pump.channel_states)} as `drives`, "
            f'but it is {pump.drives!r}. Write for example drives = ("eK",).'
        )
