"""Grown neurons: morphologies of our own, the same on every machine, for demos, tutorials and tests.

Neurites grow as persistent random walks with a pull in one direction. Where one divides, the radii of the daughters
keep the sum of r^(3/2) of the mother (Rall 1959, Exp. Neurol. 1, 491-527) and share it unevenly. The measures are
those of the textbooks for neocortex (somata of radius 7 to 10 um, dendritic tips of radius 0.2 to 0.3 um, apical
dendrites of 600 um); no traced cell was copied.
"""

from dataclasses import dataclass, field

import numpy as np

AXON, BASAL, APICAL = 2, 3, 4
RALL = 1.5
UP = (0.0, 1.0, 0.0)
DOWN = (0.0, -1.0, 0.0)


@dataclass(frozen=True)
class Habit:
    """How a kind of neurite grows.

    Attributes:
        kind: SWC type.
        length: Mean length between two forks [um]; single ones vary by `spread`.
        orders: How often it divides from the stem to a tip.
        taper: Share of the radius that is left at the end of a branch.
        smallest: Radius below which it neither tapers nor divides [um].
        angle: Mean angle between a daughter and its mother [degrees].
        wiggle: Random part of the direction at every step.
        pull: Direction that it bends to, its length says how much.
        step: Distance between traced points [um].
        spread: Relative standard deviation of branch lengths.
        early_end: Probability that a daughter does not divide any more.
    """

    kind: int
    length: float
    orders: int
    taper: float = 0.9
    smallest: float = 0.22
    angle: float = 35.0
    wiggle: float = 0.25
    pull: tuple[float, float, float] = (0.0, 0.0, 0.0)
    step: float = 9.0
    spread: float = 0.35
    early_end: float = 0.0


@dataclass
class Sprout:
    """A place where a neurite goes on growing."""

    parent: int
    place: np.ndarray
    direction: np.ndarray
    radius: float
    orders: int


@dataclass
class Growing:
    """A neuron while it grows: a soma of one point, then points in the order of growth."""

    rng: np.random.Generator
    soma_radius: float
    rows: list[tuple[int, float, float, float, float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows.append((1, 0.0, 0.0, 0.0, self.soma_radius, -1))

    def add(self, kind: int, place: np.ndarray, radius: float, parent: int) -> int:
        """Add one point and return its id."""
        x, y, z = place.tolist()
        self.rows.append((kind, x, y, z, float(radius), parent))
        return len(self.rows)

    def stem(self, habit: Habit, direction: tuple[float, float, float], radius: float) -> Sprout:
        """Begin a neurite on the surface of the soma."""
        away = _unit(np.array(direction) + 0.12 * self.rng.normal(size=3))
        place = self.soma_radius * away
        return Sprout(self.add(habit.kind, place, radius, 1), place, away, radius, habit.orders)

    def branch(self, habit: Habit, sprout: Sprout, length: float | None = None) -> Sprout:
        """Grow one unbranched piece; returns its end."""
        if length is None:
            length = max(2 * habit.step, habit.length * (1 + habit.spread * self.rng.normal()))
        steps = max(2, round(length / habit.step))
        place, direction, parent = sprout.place, sprout.direction, sprout.parent
        end_radius = max(habit.smallest, sprout.radius * habit.taper)
        radius = sprout.radius
        for i in range(1, steps + 1):
            direction = _unit(direction + habit.wiggle * self.rng.normal(size=3) + np.array(habit.pull))
            place = place + length / steps * direction
            radius = sprout.radius + (end_radius - sprout.radius) * i / steps
            traced = radius * (1 + 0.05 * self.rng.normal())  # an observer's eye
            parent = self.add(habit.kind, place, max(traced, 0.8 * habit.smallest), parent)
        return Sprout(parent, place, direction, radius, sprout.orders)

    def divide(self, habit: Habit, end: Sprout) -> list[Sprout]:
        """Make two daughters, or none at a tip."""
        if end.orders == 0 or end.radius <= 0.8 * habit.smallest:
            return []
        share = self.rng.uniform(0.35, 0.65)
        side = _unit(np.cross(end.direction, self.rng.normal(size=3)))
        daughters = []
        for part, sign in ((share, 1.0), (1.0 - share, -1.0)):
            angle = np.deg2rad(habit.angle * (1.5 - part) * (1 + 0.2 * self.rng.normal()))
            direction = _unit(np.cos(angle) * end.direction + sign * np.sin(angle) * side)
            radius = max(habit.smallest, end.radius * part ** (1 / RALL))
            orders = 0 if self.rng.random() < habit.early_end else end.orders - 1
            daughters.append(Sprout(end.parent, end.place, direction, radius, orders))
        return daughters

    def grow(self, habit: Habit, sprout: Sprout) -> None:
        """Grow a whole tree from one sprout."""
        waiting = [sprout]
        while waiting:
            waiting.extend(self.divide(habit, self.branch(habit, waiting.pop())))

    def side_branch(self, habit: Habit, end: Sprout, radius: float) -> None:
        """Grow a tree sideways from the end of a branch that goes on itself."""
        side = _unit(np.cross(end.direction, self.rng.normal(size=3)))
        direction = _unit(side + 0.3 * end.direction)
        self.grow(habit, Sprout(end.parent, end.place, direction, radius, habit.orders))

    def text(self, title: str) -> str:
        """Content of an SWC file, in steps of a nanometre."""
        head = [f"# {title}, grown by dendrax.trees.synthetic (not a traced cell)", "# id type x y z radius parent"]
        body = [
            f"{i} {kind} {x:.3f} {y:.3f} {z:.3f} {radius:.3f} {parent}"
            for i, (kind, x, y, z, radius, parent) in enumerate(self.rows, 1)
        ]
        return "\n".join(head + body) + "\n"


def pyramidal(seed: int = 5) -> str:
    """SWC text of a layer 5 pyramidal cell: basal dendrites, apical trunk with obliques and tuft, axon."""
    cell = Growing(np.random.default_rng(seed), soma_radius=9.0)
    basal = Habit(BASAL, length=62.0, orders=2, taper=0.8, pull=(0.0, -0.03, 0.0))
    for angle in np.deg2rad([0, 55, 110, 180, 235, 300]):
        cell.grow(basal, cell.stem(basal, (np.cos(angle), -0.45, np.sin(angle)), cell.rng.uniform(0.9, 1.3)))

    trunk = Habit(APICAL, length=55.0, orders=0, taper=0.93, wiggle=0.06, pull=(0.0, 0.12, 0.0), smallest=0.9)
    oblique = Habit(APICAL, length=70.0, orders=1, taper=0.85, early_end=0.0)
    tuft = Habit(APICAL, length=65.0, orders=3, taper=0.85, angle=30.0, pull=(0.0, 0.08, 0.0))
    tip = cell.stem(trunk, UP, 2.4)
    for _ in range(8):
        tip = cell.branch(trunk, tip)
        cell.side_branch(oblique, tip, cell.rng.uniform(0.45, 0.7))
    tip = cell.branch(trunk, tip, 160.0)
    tip.orders = tuft.orders
    for sprout in cell.divide(tuft, tip):
        cell.grow(tuft, sprout)

    initial = Habit(AXON, length=40.0, orders=0, taper=0.55, wiggle=0.08, pull=(0.0, -0.1, 0.0), smallest=0.3, step=5.0)
    main = Habit(AXON, length=110.0, orders=0, taper=0.97, wiggle=0.12, pull=(0.0, -0.08, 0.0), smallest=0.3, step=12.0)
    collateral = Habit(AXON, length=95.0, orders=1, taper=0.9, smallest=0.15, step=12.0)
    tip = cell.branch(initial, cell.stem(initial, DOWN, 1.1))
    for _ in range(4):
        cell.side_branch(collateral, tip, 0.25)
        tip = cell.branch(main, tip)
    return cell.text("Pyramidal cell")


def interneuron(seed: int = 12) -> str:
    """SWC text of a small basket cell: short dendrites all around, and a dense local axon."""
    cell = Growing(np.random.default_rng(seed), soma_radius=6.5)
    dendrite = Habit(BASAL, length=70.0, orders=2, taper=0.85, early_end=0.35)
    for direction in ((1.0, 0.3, 0.1), (-0.9, 0.4, 0.3), (0.1, 0.9, -0.5), (-0.2, -0.8, -0.6), (0.3, -0.4, 0.9)):
        cell.grow(dendrite, cell.stem(dendrite, direction, cell.rng.uniform(0.7, 1.0)))
    axon = Habit(
        AXON, length=60.0, orders=4, taper=0.9, smallest=0.18, angle=50.0, wiggle=0.3, step=8.0, early_end=0.15
    )
    cell.grow(axon, cell.stem(axon, DOWN, 0.6))
    return cell.text("Interneuron")


def _unit(vector: np.ndarray) -> np.ndarray:
    """The vector made one long."""
    return vector / np.sqrt((vector**2).sum())
