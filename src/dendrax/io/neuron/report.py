"""What of a model in NEURON was read, and what was left out."""

from dataclasses import dataclass, field

from dendrax.errors import ModelValueError, NeuronModelError

CHOICES = ("error", "warn", "ignore")


@dataclass
class Report:
    """What became of a model that NEURON holds.

    Attributes:
        inserted: Number of segments with each density mechanism.
        placed: Number of point processes of each kind.
        n_connection: Number of NetCons.
        left_out: What has no counterpart here, and why.
    """

    inserted: dict[str, int] = field(default_factory=dict[str, int])
    placed: dict[str, int] = field(default_factory=dict[str, int])
    n_connection: int = 0
    left_out: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str], repr=False)

    def leave_out(self, what: str, *, missing: str = "") -> None:
        """Note what was left out; `missing` is the mechanism for which there is no source."""
        self.left_out.append(what)
        self.missing += [missing] if missing else []

    def check(self) -> None:
        """Refuse a model of which something was left out.

        Raises:
            NeuronModelError: The text says what.
        """
        if self.left_out:
            lines = "\n".join(f"  {one}" for one in self.left_out)
            hint = (
                f"\nPass the folder with the .mod files of {', '.join(self.missing)}: mod=..." if self.missing else ""
            )
            raise NeuronModelError(f"from_neuron: this has no counterpart in Dendrax:\n{lines}{hint}")


def checked_choice(on_missing: str) -> str:
    """What to do about what is left out.

    Raises:
        ModelValueError: It is none of the choices.
    """
    if on_missing not in CHOICES:
        raise ModelValueError(f"on_missing={on_missing!r}: choose one of {', '.join(map(repr, CHOICES))}.")
    return on_missing
