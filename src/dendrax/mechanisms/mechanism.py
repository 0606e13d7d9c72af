"""The one contract between mechanisms and the engine."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from dendrax.mechanisms.identity import same_value
from dendrax.mechanisms.value import Value, Values

# A TypeVar where `Self` would do, because beartype checks methods one by one under pytest and knows no class there.
AnyMechanism = TypeVar("AnyMechanism", bound="Mechanism")

SURROUNDINGS = ("radius", "length", "axial_resistivity", "capacitance", "temperature")
"""Parameters of its compartment that a mechanism is given besides its own."""

WEIGHT = "weight"
"""The name of the weight of a connection that has a single weight."""

GIVEN = ("t", "x", "y", "z")
"""Shared quantities that cannot be set: the time and the place."""


class Mechanism:
    """A model of a process in a membrane or between two, written by its author as a plain Python class.

    Subclass it for a mechanism that has several currents, that reads or writes quantities shared with others, or that
    is a point process; for the common cases `Channel`, `Pump` and `Synapse` are shorter. Declare in `__init__`:

    - `parameters`, `states`: default of each. Keys start with the name of the mechanism.
    - `shared`: default of each quantity that it shares with other mechanisms. An ion X has a reversal potential `eX`
      [mV], concentrations `XCon_i` and `XCon_e` [mM], and the sum `i_X` of the currents that carry it [mA/cm2] (of the
      previous step). `x`, `y`, `z` are the centre of the compartment [um], `t` is the time [ms]. Any other key is
      shared by the mechanisms that declare it.
    - `writes`: those of them that `advance` returns. They take the place of the parameter of the same name in all
      mechanisms of the compartment, and a mechanism that writes is advanced before those that read.
    - `carries`: the ions that its currents carry, None for a nonspecific current.
    - `place`: "density" (currents in mA/cm2) or "point" (currents in nA).
    - `positive`: parameters that must be above 0, without the prefix.
    - `weights`: names of the weights of the connections to a point process that receives events.
    - `electrode`: True for a point process whose current is that of an electrode: positive inward, and not a part of
      the membrane current.

    The engine calls the methods positionally with arrays of shape (n,), n being the number of compartments that have
    the mechanism. `states` holds its own states, the quantities that it `writes`, and all membrane currents of the
    previous step.
    `params` holds its parameters, the other shared quantities, and of its compartment `radius`, `length`, `diameter`
    [um], `area` [um2], `axial_resistivity` [ohm cm], `capacitance` [uF/cm2] and `celsius`, which is `temperature`.
    Everything that is returned is differentiated, so write with `jax.numpy`.

    Two mechanisms are equal if class, name and all own attributes are equal by value, so that building the same
    model twice does not compile twice. Do not change a mechanism after it has been inserted: modules keep a copy.

    A subclass may come from a mix-in that never calls `super().__init__`; its name is then the class name until
    it sets `_name`.

    Attributes:
        tables: Names of the attributes that map a parameter or state to its default, set by each kind.
        kind: The word for it in messages.
        methods: For each verb of the contract, the method in which the author of the mechanism writes it.
        incidental: Attributes that change nothing of what is computed, such as whether to warn; they do not count
            when mechanisms are compared.

    Example:
        ```python
        class CalciumWithLeak(Mechanism):
            def __init__(self, name=None):
                super().__init__(name)
                self.parameters = {f"{self.name}_gCa": 1e-4, f"{self.name}_gLeak": 1e-5}  # S/cm2
                self.states = {f"{self.name}_m": 0.0}
                self.shared = {"eCa": 120.0}  # mV
                self.carries = ("Ca", None)

            def advance(self, states, dt, v, params):
                m = states[f"{self.name}_m"]
                return {f"{self.name}_m": solve_inf_gate_exponential(m, dt, jax.nn.sigmoid((v + 20.0) / 9.0), 1.0)}

            def currents(self, states, v, params):
                calcium = params[f"{self.name}_gCa"] * states[f"{self.name}_m"] ** 2 * (v - params["eCa"])
                return {"Ca": calcium, None: params[f"{self.name}_gLeak"] * (v + 70.0)}
        ```
    """

    tables: ClassVar[tuple[str, ...]] = ("parameters", "states")
    kind: ClassVar[str] = "mechanism"
    methods: ClassVar[Mapping[str, str]] = {}
    place: ClassVar[str] = "density"
    electrode: ClassVar[bool] = False
    incidental: ClassVar[frozenset[str]] = frozenset()
    surroundings: ClassVar[tuple[str, ...]] = (*SURROUNDINGS, "diameter", "area", "celsius")

    parameters: dict[str, Any]
    states: dict[str, Any]
    shared: Mapping[str, Any] = {}
    writes: tuple[str, ...] = ()
    carries: tuple[str | None, ...] = (None,)
    positive: tuple[str, ...] = ()
    weights: tuple[str, ...] = (WEIGHT,)
    _name: str | None = None

    def __init__(self, name: str | None = None) -> None:
        self._name = type(self).__name__ if name is None else name

    @property
    def name(self) -> str:
        """The name, by which parameters and states are prefixed; the class name unless one was given."""
        return type(self).__name__ if self._name is None else self._name

    @property
    def parameter_defaults(self) -> dict[str, Any]:
        """Default of each parameter, and of each shared quantity that is a parameter unless another one writes it."""
        shared = {name: value for name, value in self.shared.items() if not self._keeps(name) and name not in GIVEN}
        return {**getattr(self, self.tables[0]), **shared}

    @property
    def state_defaults(self) -> dict[str, Any]:
        """Default of each state, and of each shared quantity that is a state: those that it writes, and currents."""
        shared = {name: value for name, value in self.shared.items() if self._keeps(name)}
        return {**getattr(self, self.tables[1]), **shared}

    def _keeps(self, name: str) -> bool:
        return name in self.writes or name.startswith("i_")

    @property
    def current_names(self) -> tuple[str, ...]:
        """Names of its recorded currents, in the order of `carries`: "i_X" for an ion X."""
        return tuple(self.name_of_current(ion) for ion in self.flowing)

    def name_of_current(self, ion: str | None) -> str:
        """Name of the recorded current that carries `ion`; "i_" and its own name for a nonspecific current."""
        return f"i_{self.name if ion is None else ion}"

    @property
    def written(self) -> tuple[str, ...]:
        """The states that take the place of the parameter of the same name in other mechanisms."""
        return self.writes

    @property
    def flowing(self) -> tuple[str | None, ...]:
        """The keys under which `currents` returns its currents."""
        return self.carries

    @property
    def moves(self) -> dict[str, str]:
        """For each concentration that it changes by a flux, under which name the flux is recorded."""
        return {}

    def initial(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """States in equilibrium at voltage `v` [mV], for `module.init_states()`; those left out keep their value."""
        del states, v, params, delta_t
        return {}

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """The states after a step of `dt` [ms] at voltage `v` [mV]; those left out keep their value.

        May also hold the quantities that it `writes`, and, of a density, "v", which resets the voltage, and "v_peak",
        the voltage before the reset if `advance` itself raised it: connections detect spikes up to that voltage.
        """
        del states, dt, v, params
        return {}

    def receive(self, states: Values, weight: Any, params: Values) -> Values:
        """The states after events arrived at a point process: `weight` is the sum of the weights of all of them.

        The engine calls it in each step after `advance`, with a weight of 0 without arrivals. It must be additive: two
        events of weight a and b have the same effect as an event of weight a + b. States that it leaves out keep their
        value.

        `states` also holds "v", the voltage of the compartment [mV]. If the method returns "v", the voltage jumps by
        the difference. The jumps of several point processes on one compartment add up.

        A mechanism with `weights` other than ("weight",) gets a dict with the sum of the weights of each name.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define receive(self, states, weight, params).")

    @property
    def receives(self) -> bool:
        """Whether it can receive events: it defines `receive`."""
        return type(self).receive is not Mechanism.receive

    def holds(self, states: Values, v: Value, params: Values) -> Any:
        """Whether the voltage stays as it is until the end of the step, bool; only a density may hold it.

        The engine calls it after `advance`, and again after events made the voltage jump to `v` [mV]. Neither currents
        nor events move a voltage that is held; a clamp does.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define holds(self, states, v, params).")

    @property
    def has_own_weights(self) -> bool:
        """Whether `receive` is given weights by name."""
        return tuple(self.weights) != (WEIGHT,)

    @property
    def may_hold(self) -> bool:
        """Whether it holds the voltage at times: it defines `holds`."""
        return type(self).holds is not Mechanism.holds

    def currents(self, states: Values, v: Value, params: Values) -> Mapping[str | None, Value]:
        """The current that carries each ion of `carries`, outward, at voltage `v` [mV]: [mA/cm2], of points [nA]."""
        raise NotImplementedError(f"{type(self).__name__} does not define currents(self, states, v, params).")

    def fluxes(self, states: Values, concentrations: Values, params: Values) -> Values:
        """Minus the rate of change of each concentration that it `moves` [mM/ms]."""
        del states, concentrations, params
        return {}

    def change_name(self: AnyMechanism, new_name: str) -> AnyMechanism:  # noqa: PYI019 - see above
        """Rename, along with every parameter and state whose key starts with the old name and "_".

        Keys without the prefix are shared between mechanisms on purpose (`eNa`, `vt`) and stay; so does the
        name of the current.

        Args:
            new_name: The new name.

        Returns:
            This mechanism, changed.

        Example:
            ```python
            slow = K().change_name("KSlow")
            slow.channel_params  # {"KSlow_gK": 0.005, "eK": -90.0, "vt": -60.0}
            ```
        """
        old = f"{self.name}_"
        for table in self.tables:
            renamed = {
                f"{new_name}_{key[len(old) :]}" if key.startswith(old) else key: value
                for key, value in getattr(self, table).items()
            }
            setattr(self, table, renamed)
        self._name = new_name
        return self

    @classmethod
    def stored_class(cls) -> type["Mechanism"]:
        """The class that model files name: this one, unless it was made while the program runs."""
        return cls

    def restored(self) -> Any:
        """The mechanism, after a model file has been read into an object of `stored_class`."""
        return self

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        # The pair is assumed equal inside, since attributes may hold methods bound to their owner.
        mine, theirs = ({k: one for k, one in vars(each).items() if k not in self.incidental} for each in (self, other))
        return same_value(mine, theirs, frozenset({(id(self), id(other))}))

    def __hash__(self) -> int:
        # Attributes may be unhashable, and hashing them all on each call of a compiled function would cost more
        # than it tells apart: mechanisms of one model differ in class or name.
        return hash((type(self), self.name))

    def __repr__(self) -> str:
        """What it is, with defaults: `<channel Leak: Leak_gLeak=0.0001, Leak_eLeak=-70.0; current i_Leak>`."""
        name = self.name if self.name == type(self).__name__ else f"{self.name} ({type(self).__name__})"
        # A mechanism that was not constructed to its end has no tables; it can be shown nevertheless.
        params, states = (getattr(self, table, {}) for table in self.tables)
        facts = [
            ", ".join(f"{key}={value}" for key, value in params.items()),
            f"states {', '.join(states)}" if states else "",
            f"ion {ion}" if (ion := getattr(self, "ion_name", "")) else "",
            f"current {current}" if (current := getattr(self, "current_name", "")) else "",
        ]
        shown = "; ".join(fact for fact in facts if fact)
        return f"<{self.kind} {name}{': ' if shown else ''}{shown}>"
