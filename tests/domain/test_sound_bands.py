"""Price bands have days, hours and names, and no time lies in two of them."""

from itertools import pairwise
from typing import Any

import pytest

from domain.policy import DAYS, Policy, PriceBand
from domain.soundness import problems
from domain.structs import replace
from tests.examples import OSLO

NAME = "A name has 1 to 100 characters."
PRINTABLE = "A name has printable characters only."
A_DAY = "A day is one of mon, tue, wed, thu, fri, sat, sun."
A_TIME = 'A time is "HH:MM", "24:00" at most.'
WEEKEND = PriceBand(days=("sat", "sun"), opens="08:00", closes="16:00", band="weekend")


def pointers(policy: Policy) -> list[tuple[str, str]]:
    return [(pointer, code) for pointer, code, _detail in problems(policy)]


def with_bands(*bands: PriceBand) -> Policy:
    return Policy(time_zone=OSLO, price_bands=bands)


def band(**changes: Any) -> Policy:
    """Return a policy whose second price band has `changes`."""
    other = PriceBand(days=("mon",), opens="08:00", closes="16:00", band="first")
    return with_bands(other, replace(WEEKEND, **changes))


@pytest.mark.parametrize(
    "bands",
    [
        (),
        (WEEKEND,),
        (replace(WEEKEND, days=DAYS, opens="00:00", closes="24:00"),),
        (WEEKEND, replace(WEEKEND, opens="16:00", closes="18:00")),
        (WEEKEND, replace(WEEKEND, opens="07:00", closes="08:00")),
        (WEEKEND, replace(WEEKEND, days=("fri",))),
    ],
)
def test_price_bands_may_be_these(bands):
    assert problems(with_bands(*bands)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"days": ()}, ("days", "length", "A price band has at least one day.")),
        ({"days": ("sat", "Sunday")}, ("days/1", "format", A_DAY)),
        ({"days": ("sat", "sat")}, ("days/1", "duplicate", "The day is there twice.")),
        ({"opens": "8:00"}, ("from", "format", A_TIME)),
        ({"closes": "24:30"}, ("to", "format", A_TIME)),
        ({"opens": "16:00"}, ("to", "format", "A price band ends after it starts.")),
        ({"opens": "17:00"}, ("to", "format", "A price band ends after it starts.")),
        ({"band": ""}, ("band", "length", NAME)),
        ({"band": "b" * 101}, ("band", "length", NAME)),
        ({"band": "\0"}, ("band", "format", PRINTABLE)),
    ],
)
def test_an_impossible_price_band_is_named(changes, problem):
    place, code, detail = problem

    assert problems(band(**changes)) == [(f"/price_bands/1/{place}", code, detail)]


def test_both_ends_of_a_price_band_are_looked_at():
    assert pointers(band(opens="x", closes="a")) == [
        ("/price_bands/1/from", "format"),
        ("/price_bands/1/to", "format"),
    ]


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("08:00", "16:00"), ("15:59", "16:30"), ("07:00", "08:01"), ("10:00", "11:00")],
)
def test_price_bands_do_not_overlap(opens, closes):
    other = PriceBand(days=("fri", "sun"), opens=opens, closes=closes, band="other")
    overlap = ("/price_bands/1", "format", "Price bands do not overlap.")

    assert problems(with_bands(WEEKEND, other)) == [overlap]
    assert problems(with_bands(other, WEEKEND)) == [overlap]


def test_a_price_band_is_held_against_each_before_it():
    monday = replace(WEEKEND, days=("mon",))
    both = replace(WEEKEND, days=("mon", "tue"))

    assert pointers(with_bands(monday, WEEKEND, both, replace(both))) == [
        ("/price_bands/2", "format"),
        ("/price_bands/3", "format"),
    ]


def test_what_overlaps_is_told_once_and_not_of_those_after_it():
    long = replace(WEEKEND, closes="20:00")
    evening = replace(WEEKEND, opens="18:00", closes="20:00")

    assert pointers(with_bands(WEEKEND, long, evening)) == [
        ("/price_bands/1", "format")
    ]


def test_a_price_band_without_sound_hours_overlaps_nothing():
    wrong = replace(WEEKEND, opens="0", closes="9")

    assert pointers(with_bands(wrong, WEEKEND)) == [
        ("/price_bands/0/from", "format"),
        ("/price_bands/0/to", "format"),
    ]
    assert pointers(with_bands(WEEKEND, wrong)) == [
        ("/price_bands/1/from", "format"),
        ("/price_bands/1/to", "format"),
    ]


def test_there_are_a_hundred_price_bands_at_most():
    """More are not even looked at: each is compared with each."""
    minutes = [f"{index // 60:02}:{index % 60:02}" for index in range(102)]
    bands = [
        replace(WEEKEND, opens=opens, closes=closes)
        for opens, closes in pairwise(minutes)
    ]

    assert problems(with_bands(*bands[:100])) == []
    for wrong in (bands, [*bands, replace(WEEKEND, opens="x")]):
        assert problems(with_bands(*wrong)) == [
            ("/price_bands", "length", "There are at most 100 price bands.")
        ]
