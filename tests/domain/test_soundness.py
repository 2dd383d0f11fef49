"""A policy document that contradicts itself says where, and all of it at once."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

import pytest

from domain.policy import (
    DAYS,
    MoveLimit,
    Notice,
    OpenLimit,
    Policy,
    PriceBand,
    RequestTerms,
    Rules,
    TargetWindow,
    Week,
)
from domain.soundness import problems
from domain.structs import replace
from tests.examples import DAY, OSLO, POLICY, SERVICE, TYRES

DEFAULT = Policy(time_zone=OSLO)
NAME = "A name has 1 to 100 characters."
PRINTABLE = "A name has printable characters only."
A_DAY = "A day is one of mon, tue, wed, thu, fri, sat, sun."
A_TIME = 'A time is "HH:MM", "24:00" at most.'
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
WEEKEND = PriceBand(days=("sat", "sun"), opens="08:00", closes="16:00", band="weekend")


def pointers(policy: Policy) -> list[tuple[str, str]]:
    return [(pointer, code) for pointer, code, _detail in problems(policy)]


def with_service(**changes: Any) -> Policy:
    return replace(DEFAULT, services=(TYRES, replace(SERVICE, **changes)))


def with_monday(*spans: tuple[str, str]) -> Policy:
    return replace(DEFAULT, opening_hours=Week(mon=spans))


def with_bands(*bands: PriceBand) -> Policy:
    return replace(DEFAULT, price_bands=bands)


def band(**changes: Any) -> Policy:
    """Return a policy whose second price band has `changes`."""
    other = PriceBand(days=("mon",), opens="08:00", closes="16:00", band="first")
    return with_bands(other, replace(WEEKEND, **changes))


@pytest.mark.parametrize("policy", [DEFAULT, POLICY], ids=["default", "example"])
def test_a_sound_document_has_no_problems(policy):
    assert problems(policy) == []


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Atlantis",
        "Europe",
        "europe/oslo",
        "localtime",
        "",
        "\0",
        "../etc/passwd",
        "/usr/share/zoneinfo/Europe/Oslo",
        "+02:00",
    ],
)
def test_a_time_zone_is_one_of_the_known(zone):
    found = problems(replace(DEFAULT, time_zone=zone))

    assert found == [("/time_zone", "format", f"{zone!r} is no IANA time zone.")]


def test_every_zone_of_the_database_will_do():
    for zone in available_timezones() - {"localtime"}:
        assert problems(replace(DEFAULT, time_zone=zone)) == []


@pytest.mark.parametrize("bays", [1, 100])
def test_a_workshop_has_one_to_a_hundred_bays(bays):
    assert problems(replace(DEFAULT, bays=bays)) == []


@pytest.mark.parametrize("bays", [-1, 0, 101])
def test_other_numbers_of_bays_are_impossible(bays):
    found = problems(replace(DEFAULT, bays=bays))

    assert found == [("/bays", "format", "There are 1 to 100 bays.")]


@pytest.mark.parametrize("number", [0, 101])
def test_a_workshop_offers_something_and_not_everything(number):
    services = tuple(replace(SERVICE, id=1 + index) for index in range(number))

    assert problems(replace(DEFAULT, services=services)) == [
        ("/services", "length", "A workshop offers 1 to 100 services.")
    ]


def test_a_workshop_may_offer_a_hundred_services():
    services = tuple(replace(SERVICE, id=1 + index) for index in range(100))

    assert problems(replace(DEFAULT, services=services)) == []


def test_a_service_is_there_once():
    twice = replace(DEFAULT, services=(SERVICE, TYRES, replace(SERVICE, name="Again")))

    assert problems(twice) == [
        ("/services/2/id", "duplicate", "Service 1 is there twice.")
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 1},
        {"id": 2**31 - 1},
        {"name": "S"},
        {"name": "Å" * 100},
        {"name": "Dekkskift & EU-kontroll (4 hjul)"},
        {"minutes": 1},
        {"minutes": 1440},
        {"buffer": 0},
        {"buffer": 1440},
    ],
)
def test_a_service_may_be_as_large_as_this(changes):
    assert problems(with_service(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"id": 0},
            ("/services/1/id", "format", "A service's id is 1 to 2147483647."),
        ),
        (
            {"id": 2**31},
            ("/services/1/id", "format", "A service's id is 1 to 2147483647."),
        ),
        ({"name": ""}, ("/services/1/name", "length", NAME)),
        ({"name": " \t"}, ("/services/1/name", "length", NAME)),
        ({"name": "S" * 101}, ("/services/1/name", "length", NAME)),
        ({"name": "S\0"}, ("/services/1/name", "format", PRINTABLE)),
        ({"name": "S\nT"}, ("/services/1/name", "format", PRINTABLE)),
        (
            {"minutes": 0},
            ("/services/1/minutes", "format", "A service takes 1 to 1440 minutes."),
        ),
        (
            {"minutes": 1441},
            ("/services/1/minutes", "format", "A service takes 1 to 1440 minutes."),
        ),
        (
            {"buffer": -1},
            ("/services/1/buffer", "format", "A buffer takes 0 to 1440 minutes."),
        ),
        (
            {"buffer": 1441},
            ("/services/1/buffer", "format", "A buffer takes 0 to 1440 minutes."),
        ),
    ],
)
def test_an_impossible_service_is_named(changes, problem):
    assert problems(with_service(**changes)) == [problem]


@pytest.mark.parametrize(
    "spans",
    [
        (),
        (("00:00", "24:00"),),
        (("00:00", "00:01"), ("23:59", "24:00")),
        (("08:00", "12:00"), ("12:00", "16:00")),
        (("19:30", "20:00"), ("22:00", "23:00")),
    ],
)
def test_opening_hours_may_be_these(spans):
    assert problems(with_monday(*spans)) == []


@pytest.mark.parametrize(
    "span",
    [
        ("8:00", "16:00"),
        ("08:00", "16:0"),
        ("08:00", "24:01"),
        ("08:00", "25:00"),
        ("08:60", "16:00"),
        ("08.00", "16:00"),
        ("08:00\n", "16:00"),
        ("\u0660\u0668:00", "16:00"),
        ("", ""),
    ],
)
def test_a_span_is_written_with_two_digits_each(span):
    assert problems(with_monday(span)) == [
        (
            "/opening_hours/mon/0",
            "format",
            'A span is ["HH:MM", "HH:MM"], "24:00" at most.',
        )
    ]


@pytest.mark.parametrize("span", [("16:00", "08:00"), ("08:00", "08:00")])
def test_a_span_ends_after_it_starts(span):
    assert problems(with_monday(span)) == [
        ("/opening_hours/mon/0", "format", "A span ends after it starts.")
    ]


def test_spans_are_in_order_and_do_not_overlap():
    overlapping = with_monday(("08:00", "12:00"), ("11:59", "16:00"))

    assert problems(overlapping) == [
        ("/opening_hours/mon/1", "format", "Spans are in order and do not overlap.")
    ]


def test_a_wrong_span_does_not_hide_those_after_it():
    wrong = with_monday(
        ("08:00", "12:00"), ("x", "y"), ("13:00", "12:30"), ("11:00", "15:00")
    )

    assert pointers(wrong) == [
        ("/opening_hours/mon/1", "format"),
        ("/opening_hours/mon/2", "format"),
        ("/opening_hours/mon/3", "format"),
    ]


@pytest.mark.parametrize("day", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
def test_every_day_is_looked_at(day):
    week = replace(Week(), **{day: (("09:00", "08:00"),)})

    assert pointers(replace(DEFAULT, opening_hours=week)) == [
        (f"/opening_hours/{day}/0", "format")
    ]


@pytest.mark.parametrize(
    "day", ["2026-12-25", "2026-01-31", "2026-10-01", "2028-02-29"]
)
def test_a_holiday_is_a_date(day):
    assert problems(replace(DEFAULT, holidays=(day,))) == []


@pytest.mark.parametrize(
    "day",
    [
        "25.12.2026",
        "2026-13-01",
        "2026-00-01",
        "2026-12-32",
        "2026-12-00",
        "2026-1-1",
        "2026-02-30",
        "2027-02-29",
        "20261225",
        "2026-W52-5",
        "2026-12-25T00:00",
        "",
    ],
)
def test_anything_else_is_no_holiday(day):
    found = problems(replace(DEFAULT, holidays=("2026-12-25", day)))

    assert found == [("/holidays/1", "format", 'A holiday is "YYYY-MM-DD".')]


def test_a_holiday_is_there_once():
    found = problems(replace(DEFAULT, holidays=("2026-12-25", "x", "2026-12-25")))

    assert found == [
        ("/holidays/1", "format", 'A holiday is "YYYY-MM-DD".'),
        ("/holidays/2", "duplicate", "The day is there twice."),
    ]


@pytest.mark.parametrize(("number", "is_sound"), [(1000, True), (1001, False)])
def test_there_are_a_thousand_holidays_at_most(number, is_sound):
    days = tuple((FIRST + index * DAY).date().isoformat() for index in range(number))
    too_many = ("/holidays", "length", "There are at most 1000 holidays.")

    found = problems(replace(DEFAULT, holidays=days))

    assert found == ([] if is_sound else [too_many])


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


LIMITS = [
    ("reschedule_notice/hours", 0, 8760),
    ("cancel_notice/hours", 0, 8760),
    ("max_reschedules/limit", 0, 1000),
    ("open_bookings/limit", 1, 1000),
    ("target_window/lead_minutes", 0, 525_600),
    ("target_window/horizon_days", 1, 732),
    ("target_window/grid_minutes", 1, 1440),
    ("change_request/ttl_hours", 1, 8760),
]


def with_rule(pointer: str, value: int) -> Policy:
    rules = {
        "reschedule_notice/hours": Rules(reschedule_notice=Notice(hours=value)),
        "cancel_notice/hours": Rules(cancel_notice=Notice(hours=value)),
        "max_reschedules/limit": Rules(max_reschedules=MoveLimit(limit=value)),
        "open_bookings/limit": Rules(open_bookings=OpenLimit(limit=value)),
        "target_window/lead_minutes": Rules(
            target_window=TargetWindow(lead_minutes=value, horizon_days=732)
        ),
        "target_window/horizon_days": Rules(
            target_window=TargetWindow(horizon_days=value)
        ),
        "target_window/grid_minutes": Rules(
            target_window=TargetWindow(grid_minutes=value)
        ),
        "change_request/ttl_hours": Rules(change_request=RequestTerms(ttl_hours=value)),
    }
    return replace(DEFAULT, rules=rules[pointer])


@pytest.mark.parametrize(("pointer", "least", "most"), LIMITS)
def test_a_rule_has_limits_of_its_own(pointer, least, most):
    assert problems(with_rule(pointer, least)) == []
    assert problems(with_rule(pointer, most)) == []
    for value in (least - 1, most + 1, -(10**30), 10**30):
        assert problems(with_rule(pointer, value)) == [
            (f"/rules/{pointer}", "format", f"It is {least} to {most}.")
        ]


@pytest.mark.parametrize(
    ("lead", "days", "is_sound"), [(1440, 1, True), (1441, 1, False), (1441, 2, True)]
)
def test_the_lead_ends_before_the_horizon_does(lead, days, is_sound):
    window = TargetWindow(lead_minutes=lead, horizon_days=days)
    nothing_is_left = (
        "/rules/target_window/lead_minutes",
        "format",
        "The lead ends before the horizon does.",
    )

    found = problems(replace(DEFAULT, rules=Rules(target_window=window)))

    assert found == ([] if is_sound else [nothing_is_left])


def test_all_problems_are_told_at_once():
    impossible = Policy(
        time_zone="Oslo",
        bays=0,
        services=(),
        opening_hours=Week(fri=(("1", "2"),)),
        holidays=("Christmas",),
        price_bands=(replace(WEEKEND, band=""),),
        rules=Rules(
            target_window=TargetWindow(lead_minutes=1441, horizon_days=1),
            change_request=RequestTerms(ttl_hours=0),
        ),
    )

    assert [pointer for pointer, _code in pointers(impossible)] == [
        "/time_zone",
        "/bays",
        "/services",
        "/opening_hours/fri/0",
        "/holidays/0",
        "/price_bands/0/band",
        "/rules/change_request/ttl_hours",
        "/rules/target_window/lead_minutes",
    ]
