"""Several protocols as one vmapped run, scored together."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from dendrax import arguments
from dendrax.engine import memory
from dendrax.errors import DendraxError, FitWarning, ModelTypeError, NotFiniteError
from dendrax.features import NAMES, Measured, Stimulus, measure, missing_spikes
from dendrax.features.spikes import MOST
from dendrax.integrate import integrate
from dendrax.modules.module import Module
from dendrax.optimize.protocols import Protocol, checked_protocols
from dendrax.optimize.targets import check_targets, lay_out, read_targets, stimuli
from dendrax.running.checks import check_module

if TYPE_CHECKING:
    import pandas as pd

MISSING = 250.0
"""Score of a feature that a trace does not have, as in BluePyOpt."""
OPTIONS = ("solver", "voltage_solver", "checkpoint_lengths", "memory")


class Experiment:
    """Protocols and targets as a loss: the weighted sum of |value - mean| / std over all targets.

    All protocols are one `integrate` under `vmap`, as long as the longest of them. A feature that a trace does not
    have, such as the width of action potentials without spikes, or the time constant of a decay that goes on beyond
    the duration of the protocol, scores `missing` plus the mV by which the voltage stays below the threshold in the
    stimulus window, so that there is a slope towards spikes. All features of a trace that reaches NaN or infinity score
    NaN, even features of an earlier window: `diagnose` tells what broke.

    The experiment works on a copy of the module: what is edited afterwards does not reach it. What the module is
    stimulated and clamped with itself acts in every protocol.

    Args:
        module: The whole model, with trainable parameters.
        protocols: What is done with it; places are views of `module`.
        targets: What it should show: a table as `read_targets` takes it.
        delta_t: Time step [ms].
        max_spikes: How many spikes of a trace are looked at, the first ones; `report` warns where there are more.
        missing: Score of a feature that a trace does not have.
        **options: More arguments of `integrate`: solver, voltage_solver, checkpoint_lengths, memory.

    Raises:
        ModelTypeError: `module` is none or a view, a protocol is none, or an option that `integrate` has not.
        ModelValueError: No protocols; two of one name; places in another model.
        UnknownNameError: A target of an unknown protocol, recording or feature; a state that is not there.

    Example:
        >>> import jax, dendrax as jx
        >>> from dendrax.channels import Leak
        >>> from dendrax.optimize import Experiment, Protocol, Step
        >>> cell = jx.Cell()
        >>> cell.insert(Leak())
        >>> cell.make_trainable("Leak_gLeak", verbose=False)
        >>> soma = cell.branch(0).comp(0)
        >>> steps = [Protocol(f"{i}", soma, Step(20.0, 40.0, i), {"soma": soma}, 80.0) for i in (-0.001, 0.001)]
        >>> targets = [
        ...     {"protocol": "0.001", "recording": "soma", "feature": "voltage_base", "mean": -70.0, "std": 1.0},
        ...     {"protocol": "-0.001", "recording": "soma", "feature": "ohmic_input_resistance_vb_ssse",
        ...      "mean": 900.0, "std": 50.0},
        ... ]
        >>> loss = Experiment(cell, steps, targets, delta_t=0.1)
        >>> value, slope = jax.value_and_grad(loss)(cell.get_parameters())

    References:
        Druckmann et al. (2007), Front. Neurosci. 1, 7: distances in units of the experimental standard deviation. Van
        Geit et al. (2016), Front. Neuroinform. 10, 17: BluePyOpt, whose scores these are.
    """

    def __init__(
        self,
        module: Module,
        protocols: Sequence[Protocol],
        targets: Any,
        *,
        delta_t: float = 0.025,
        max_spikes: int = MOST,
        missing: float = MISSING,
        **options: Any,
    ) -> None:
        check_module(module)
        if unknown := [name for name in options if name not in OPTIONS]:
            raise ModelTypeError(
                f"Experiment: no argument {unknown[0]!r}; for `integrate` it takes {', '.join(OPTIONS)}."
            )
        self.protocols = checked_protocols(module, protocols)
        self.targets = read_targets(targets)
        self.delta_t = arguments.positive("Experiment: delta_t", delta_t)
        self._max_spikes = arguments.whole("Experiment: max_spikes", max_spikes)
        self._missing = arguments.real("Experiment: missing", missing)
        self._options = options
        check_targets(self.protocols, self.targets)
        self.t_max = max(one.duration for one in self.protocols.values())
        self._module = module.copy()
        self._module.delete_recordings()
        self._rows, self._currents = stimuli(self.protocols, round(self.t_max / self.delta_t), self.delta_t)
        self._names = tuple(dict.fromkeys(one.feature for one in self.targets))
        self._traces, of_target = lay_out(self._module, self.protocols, self.targets)
        self._places = of_target, np.array([self._names.index(one.feature) for one in self.targets])
        self._means, self._stds, self._weights = np.array([one[3:] for one in self.targets]).T

    def __call__(self, params: list[dict[str, Any]]) -> Float[Array, ""]:
        """The loss: sum of weight * |score| over all targets.

        Args:
            params: As `module.get_parameters()` returns them.
        """
        return jnp.sum(self._weights * jnp.abs(self.scores(params)))

    def scores(self, params: list[dict[str, Any]]) -> Float[Array, " target"]:
        """(value - mean) / std of every target, in their order.

        Least squares take these; half the sum of their squares is minus the logarithm of a Gaussian likelihood.

        Args:
            params: As `module.get_parameters()` returns them.
        """
        v = self._voltages(params)
        return self._score(v, self._measure(v))

    def record(self, params: list[dict[str, Any]]) -> dict[str, dict[str, Float[Array, " time"]]]:
        """What every protocol records, by its name and that of the recording: [mV] of voltages, (time,).

        Only recordings that have targets are made.

        Args:
            params: As `module.get_parameters()` returns them.
        """
        v = self._voltages(params)
        names = dict.fromkeys(one[:2] for one in self.targets)
        found: dict[str, dict[str, Array]] = {}
        for (protocol, recording), trace in zip(names, v, strict=True):
            n = round(self.protocols[protocol].duration / self.delta_t) + 1
            found.setdefault(protocol, {})[recording] = trace[:n]
        return found

    def report(self, params: list[dict[str, Any]]) -> pd.DataFrame:
        """A table of the targets, with the value that the model has and its score; NaN where it has none.

        Args:
            params: As `module.get_parameters()` returns them.

        Warns:
            FitWarning: A trace has more than `max_spikes` spikes.
        """
        import pandas as pd  # noqa: PLC0415 - only who asks for tables needs it

        v = self._voltages(params)
        measured = self._measure(v)
        self._warn_of_spikes(v)
        values, defined = (np.asarray(one)[self._places] for one in measured)
        table = pd.DataFrame([one._asdict() for one in self.targets])
        table["unit"] = [NAMES[one.feature] for one in self.targets]
        table["value"] = np.where(defined, values, np.nan)
        table["score"] = np.asarray(self._score(v, measured))
        return table

    def _warn_of_spikes(self, v: Float[Array, "trace time"]) -> None:
        """Warn if a trace has more spikes than are looked at."""
        missing = jax.vmap(
            lambda trace, threshold, end: missing_spikes(
                trace, self.delta_t, max_spikes=self._max_spikes, threshold=threshold, stop=end
            )
        )(v, jnp.asarray(self._traces.threshold), jnp.asarray(self._traces.stimulus.end))
        if most := int(missing.max()):
            warnings.warn(
                f"Experiment: a trace has {self._max_spikes + most} spikes, of which features see the first "
                f"{self._max_spikes}. Pass max_spikes={self._max_spikes + most} to see all.",
                FitWarning,
                stacklevel=3,
            )

    def diagnose(self, params: list[dict[str, Any]]) -> str:
        """Where simulations with these parameters break: the protocol, the time, the compartment and the likely cause.

        A fit that has come to a NaN asks this at its end. Every protocol is a run of its own that is watched.

        Args:
            params: As `module.get_parameters()` returns them.

        Returns:
            Of the first protocol that breaks; empty where all recordings are finite.
        """
        place = self._module.select(nodes=self._rows)
        for one, current in zip(self.protocols.values(), self._currents, strict=True):
            stimuli = place.data_stimulate(jnp.asarray(current))
            options = {name: value for name, value in self._options.items() if name in ("solver", "voltage_solver")}
            try:
                integrate(
                    self._module, params, data_stimuli=stimuli, t_max=one.duration, delta_t=self.delta_t, check=True,
                    **options,
                )  # fmt: skip
            except NotFiniteError as broke:
                return (
                    f"In protocol {one.name!r}, at {broke.time:.6g} ms, {broke.state} is not finite any more in "
                    f"{broke.place}. {broke.cause}"
                )
            except DendraxError as refused:  # parameters that no simulation begins with
                return f"Protocol {one.name!r} cannot be run. {refused}"
        return ""

    def _voltages(self, params: list[dict[str, Any]]) -> Float[Array, "trace time"]:
        """The traces that have targets."""
        place = self._module.select(nodes=self._rows)

        def of_one(current: Array) -> Array:
            stimuli = place.data_stimulate(current)
            return integrate(
                self._module, params, data_stimuli=stimuli, t_max=self.t_max, delta_t=self.delta_t, **self._options
            )

        with memory.side_by_side(len(self._currents)):
            voltages = jax.vmap(of_one)(jnp.asarray(self._currents))
        return voltages[self._traces.protocol, self._traces.recording]

    def _measure(self, v: Float[Array, "trace time"]) -> Measured:
        """All features that targets speak of, of all traces."""

        def of_one(trace: Array, threshold: Array, stimulus: Stimulus) -> Measured:
            return measure(self._names, trace, self.delta_t, stimulus, threshold=threshold, max_spikes=self._max_spikes)

        return jax.vmap(of_one)(
            v, jnp.asarray(self._traces.threshold), jax.tree.map(jnp.asarray, self._traces.stimulus)
        )

    def _score(self, v: Float[Array, "trace time"], measured: Measured) -> Float[Array, " target"]:
        values, defined = (one[self._places] for one in measured)
        time = np.arange(v.shape[1]) * self.delta_t
        onset, offset = (np.asarray(one)[:, None] for one in self._traces.stimulus[:2])
        within = (time >= onset) & (time <= offset)
        highest = jnp.where(within, v, -jnp.inf).max(1)
        gap = jnp.where(within.any(1), jnp.maximum(self._traces.threshold - highest, 0.0), 0.0)[self._places[0]]
        end = np.asarray(self._traces.stimulus.end)[:, None] + self.delta_t / 2
        broken = (jnp.asarray(time <= end) & ~jnp.isfinite(v)).any(1)[self._places[0]]
        scores = jnp.where(defined, (values - self._means) / self._stds, self._missing + gap)
        return jnp.where(broken, jnp.nan, scores)


def where_it_broke(function: Any, params: Any, called: str) -> str:
    """Time, compartment and cause if the function is an experiment; otherwise how to find them.

    This simulates; it is called at the end of a fit, so that finite fits pay nothing for it.
    """
    experiment = getattr(function, "__self__", function)  # of its own, or of a method of it
    if not isinstance(experiment, Experiment):
        return (
            f"`integrate(module, {called}, check=True)` says at what time, in which compartment and why a simulation "
            f"breaks with them."
        )
    return experiment.diagnose(params) or (
        "All simulations are finite with them, but the derivative or the distance from the targets is not."
    )
