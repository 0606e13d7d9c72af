"""The page says what was measured: the worst, what misses, what is missing, and of which run it is."""

import math

import pytest
import validation_page
from validation_figures import FIGURES, Measurement, worst
from validation_journal import Journal

RUN = {"machine": "a machine", "versions": "some versions", "date": "today", "seconds": 60}


def measured(
    value: float, *, figure: str = "1", what: str = "error", bound: float = 1e-3, most: bool = True
) -> Measurement:
    return Measurement(figure, what, value, bound, most)


@pytest.mark.parametrize(
    ("one", "holds", "margin"),
    [
        (measured(5e-4), True, "2 x"),
        (measured(0.0), True, "exact"),
        (measured(2e-3), False, "DOES NOT HOLD"),
        (measured(math.nan), False, "DOES NOT HOLD"),
        (measured(30.0, bound=20.0, most=False), True, "1.5 x"),
        (measured(10.0, bound=20.0, most=False), False, "DOES NOT HOLD"),
        (measured(math.nan, most=False), False, "DOES NOT HOLD"),
        (measured(1e-12), True, "1e9 x"),
    ],
)
def test_a_measurement_is_on_one_side_of_its_bound(one: Measurement, holds: bool, margin: str) -> None:
    assert (one.holds, one.margin) == (holds, margin)


def test_the_worst_of_a_kind_is_shown() -> None:
    (one,) = worst([measured(1e-4), measured(5e-4), measured(2e-4)])
    assert (one.measured, one.tests) == (5e-4, 3)
    (broken,) = worst([measured(1e-4), measured(math.nan), measured(2e-4)])
    assert not broken.holds
    (least,) = worst([measured(30.0, bound=20.0, most=False), measured(25.0, bound=20.0, most=False)])
    assert least.measured == 25.0
    with pytest.raises(ValueError, match="two bounds"):
        worst([measured(1e-4), measured(1e-4, bound=1e-2)])


def test_the_page_says_what_misses_and_what_is_missing() -> None:
    journal = Journal()
    journal.add(
        RUN | {"commit": "one"}, {"f::test_a": {"measured": [vars(measured(2e-3))], "failed": False, "skipped": ""}}
    )
    page = validation_page.page(journal)
    assert "1 do not hold" in page
    assert "DOES NOT HOLD" in page
    assert f"Nothing was measured of {', '.join(one.name for one in FIGURES[1:])}." in page
    assert all(one.title in page for one in FIGURES)


def test_a_test_that_fails_without_a_number_is_not_passed_over() -> None:
    journal = Journal()
    good = {"measured": [vars(measured(2e-4))], "failed": False, "skipped": ""}
    journal.add(RUN | {"commit": "one"}, {"f::test_a": good, "f::test_b": good})
    journal.add(RUN | {"commit": "two"}, {"f::test_b": {"measured": [], "failed": True, "skipped": ""}})
    assert "Failed: test_b." in validation_page.page(journal)
    journal.add(RUN | {"commit": "three"}, {"f::test_b": {"measured": [], "failed": False, "skipped": ""}})
    assert list(journal.tests) == ["f::test_a"]


def test_a_part_is_measured_again(tmp_path) -> None:
    entry = {"measured": [vars(measured(2e-4))], "failed": False, "skipped": ""}
    journal, file = Journal(), tmp_path / "page.json"
    journal.add(RUN | {"commit": "one"}, {"f::test_a": entry, "f::test_b": entry})
    journal.add(RUN | {"commit": "two"}, {"f::test_b": {"measured": [], "failed": False, "skipped": "no data"}})
    journal.write(file)
    again = Journal.read(file)
    assert again == journal
    assert [run["commit"] for run in again.runs] == ["one", "two"]
    assert again.skipped == [("test_b", "no data")]
    again.add(RUN | {"commit": "three"}, {"f::test_a": entry})
    assert [run["commit"] for run in again.runs] == ["two", "three"]
    assert {name: test["run"] for name, test in again.tests.items()} == {"f::test_a": 1, "f::test_b": 0}
    assert len(again.measurements) == 1
