"""What synapses have in common that answer to presynaptic spikes and to nothing between them."""

import copy
from typing import ClassVar, TypeVar

import jax.numpy as jnp

from dendrax.errors import MechanismError
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import elapsed
from dendrax.mechanisms.surrogate import Surrogate, WithSurrogate, spike
from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.value import Value, Values

AnyEventSynapse = TypeVar("AnyEventSynapse", bound="EventSynapse")


class EventSynapse(WithSurrogate, Synapse):
    """A synapse that is told of each presynaptic spike: abstract, the base of the exponential synapses.

    A spike is an upward crossing of the threshold v_th by the presynaptic voltage at the start of a step:

        above(n) = 1 if pre_v(n) > v_th else 0
        event(n) = above(n) (1 - above(n - 1))

    `above` starts as 1, so that a neuron that starts above the threshold has to fall below it before it counts as
    spiking. The surrogate stands in for the derivative of `above` in the voltage. In the product it tells an event that
    moves to the neighbouring step from one that appears: gradients of spike times keep their sign and the count.

    A neuron that resets its voltage when it spikes (`Fire`, `Izhikevich`, `AdEx`) is reset before the synapse sees it
    above any threshold. Then `spikes` names the state by which it says that it spiked; the gradient is that of the
    neuron's own surrogate.

    Args:
        name: Prefix of parameters and states; the class name by default.
        spikes: State of the presynaptic compartment that is 1 in a step with a spike and else 0, for instance
            "Fire_spikes". Then neither v_th nor `above` is needed.
        surrogate: Stands in for the derivative of the step in pre_v - v_th: "superspike", "sigmoid", "triangle", or a
            function of the distance [mV]. None leaves the exact derivative, zero.
        surrogate_warning: Whether derivatives through its spikes warn without a surrogate; runs never do.

    Attributes:
        defaults: Default of each parameter without prefix; the threshold v_th, 10 mV as in NEURON, comes on top.
        excited: States that events excite, without prefix; they start as 0 and stay there without events.
        delayed: Whether its events arrive after a delay, `<name>_delay` [ms]. The engine then detects the spikes and
            passes the number of arrivals in a step; the synapse has no state `above`.

    Raises:
        MechanismError: There is no such surrogate, or there is one beside `spikes`.
    """

    defaults: ClassVar[dict[str, float]]
    excited: ClassVar[tuple[str, ...]]
    delayed: bool = False

    def __init__(
        self,
        name: str | None = None,
        *,
        spikes: str | None = None,
        surrogate: str | Surrogate | None = None,
        surrogate_warning: bool = True,
    ) -> None:
        super().__init__(name)
        self.choose_surrogate(surrogate, surrogate_warning or spikes is not None)
        self.spikes = spikes
        self.synapse_params = {f"{self.name}_{key}": value for key, value in self.defaults.items()}
        self.synapse_states = {f"{self.name}_{key}": 0.0 for key in self.excited}
        if spikes is None:
            self.synapse_params[f"{self.name}_v_th"] = 10.0  # mV
            self.synapse_states[f"{self.name}_above"] = 1.0
            return
        if self.surrogate is not None:
            raise MechanismError(
                f'The synapse {self.name!r} listens to "{spikes}", whose gradient is that of the neuron\'s own '
                "surrogate. Give the surrogate to the neuron, and only `spikes` to the synapse."
            )
        self.pre_states = (spikes,)

    def with_delay(self: AnyEventSynapse) -> AnyEventSynapse:  # noqa: PYI019 - Self is not checkable method by method
        """The same synapse with a delay, by default 1 ms.

        Raises:
            MechanismError: It responds to a state of the presynaptic compartment rather than to a threshold.
        """
        if self.spikes is not None:
            raise MechanismError(
                f'The synapse {self.name!r} listens to "{self.spikes}" and cannot have a delay. Leave `spikes` out: '
                f"then a spike is a crossing of the threshold {self.name}_v_th."
            )
        made = copy.deepcopy(self)
        made.delayed = True
        made.synapse_params = {**made.synapse_params, f"{made.name}_delay": 1.0}  # ms
        made.synapse_states = {key: value for key, value in made.synapse_states.items() if key != f"{made.name}_above"}
        return made

    def detect(self, states: Values, pre_v: Value, params: Values) -> tuple[Value, Values]:
        """The events of a step.

        Args:
            states: Own states, and that named by `spikes`.
            pre_v: Presynaptic voltage at the start of the step [mV].
            params: Own parameters.

        Returns:
            1 with an event and 0 without one [1], or the number of events that arrived after a delay; and the new
            values of the states that detect them.
        """
        if self.delayed:
            return params[f"{self.name}_arrived"], {}
        if self.spikes is not None:
            return jnp.asarray(states[f"pre_{self.spikes}"]).astype(jnp.result_type(pre_v)), {}
        distance = pre_v - params[f"{self.name}_v_th"]
        above = spike(distance > 0.0, distance, self.surrogate, self._warning)
        return above * (1.0 - states[f"{self.name}_above"]), {f"{self.name}_above": above}

    def jump_and_decay(self, states: Values, delta_t: Value, pre_v: Value, params: Values) -> Values:
        """Advance a fraction s that jumps by 1 at each event and decays with time constant tau.

        Args:
            states: Own states, and that named by `spikes`.
            delta_t: Time step [ms].
            pre_v: Presynaptic voltage at the start of the step [mV].
            params: Own parameters, tau [ms] among them.

        Returns:
            All states; s is exact for events at the start of the step. An event that arrives after a delay has its full
            size in the step of its arrival, as at a point process.
        """
        event, detector = self.detect(states, pre_v, params)
        s, decay = states[f"{self.name}_s"], exp(-elapsed(delta_t, params[f"{self.name}_tau"]))
        after: Values = {f"{self.name}_s": s * decay + event if self.delayed else (s + event) * decay}
        return after | detector

    def equilibrium(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Silence: no spike has come, and one that is under way at `pre_v` [mV] does not count."""
        del post_v
        silent: Values = {f"{self.name}_{key}": jnp.zeros_like(pre_v) for key in self.excited}
        return silent if self.delayed else silent | self.detect(states, pre_v, params)[1]

    @property
    def _warning(self) -> str | None:
        """What those are told who differentiate through its spikes without a surrogate."""
        if not self.surrogate_warning:
            return None
        return (
            f"The synapse {self.name} detects spikes without a surrogate gradient: this derivative is zero with "
            'respect to the presynaptic neuron. Choose one, for example surrogate="superspike"; or give the synapse a '
            "delay, `jx.connect(..., delay=)`, by which spike times have exact derivatives; or silence this with "
            "surrogate_warning=False."
        )
