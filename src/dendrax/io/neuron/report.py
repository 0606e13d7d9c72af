"""The parts of a model in NEURON that were read, and those that were left out."""

from dataclasses import dataclass, field

from dendrax.errors import ModelValueError, NeuronModelError

CHOICES = ("error", "warn", "ignore")


@dataclass
class Report:
    """The parts of a model in NEURON that were read, and those that were left out.

    Attributes:
        inserted: Number of segments with each density mechanism.
        placed: Number of point processes of each kind.
        n_connection: Number of NetCons.
        left_out: Parts that Dendrax does not support or does not reproduce exactly.
    """

    inserted: dict[str, int] = field(default_factory=dict[str, int])
    placed: dict[str, int] = field(default_factory=dict[str, int])
    n_connection: int = 0
    left_out: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str], repr=False)

    def leave_out(self, what: str, *, missing: str = "") -> None:
        """Note a part that was left out; `missing` names a mechanism whose .mod file was not given."""
        self.left_out.append(what)
        self.missing += [missing] if missing else []

    def check(self) -> None:
        """Raise an error if a part was left out.

        Raises:
            NeuronModelError: The message lists the parts.
        """
        if self.left_out:
            lines = "\n".join(f"  {one}" for one in self.left_out)
            hint = (
                f"\nPass the folder with the .mod files of {', '.join(self.missing)}: mod=..." if self.missing else ""
            )
            raise NeuronModelError(f"from_neuron: Dendrax does not support these parts of the model:\n{lines}{hint}")


def checked_choice(on_missing: str) -> str:
    """`on_missing`, checked.

    Raises:
        ModelValueError: The value is not one of the choices.
    """
    if on_missing not in CHOICES:
        raise ModelValueError(f"on_missing={on_missing!r}: choose one of {', '.join(map(repr, CHOICES))}.")
    return on_missing
