"""A policy document that contradicts itself says where, and all of it at once."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

import pytest

from domain.policy import Policy, PriceBand, RequestTerms, Rules, TargetWindow, Week
from domain.soundness import problems
from domain.structs import replace
from tests.examples import DAY, OSLO, POLICY, SERVICE, TYRES

DEFAULT = Policy(time_zone=OSLO)
NAME = "A name has 1 to 100 characters."
PRINTABLE = "A name has printable characters only."
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def pointers(policy: Policy) -> list[tuple[str, str]]:
    return [(pointer, code) for pointer, code, _detail in problems(policy)]


def with_service(**changes: Any) -> Policy:
    return replace(DEFAULT, services=(TYRES, replace(SERVICE, **changes)))


def with_monday(*spans: tuple[str, str]) -> Policy:
    return replace(DEFAULT, opening_hours=Week(mon=spans))


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


def test_all_problems_are_told_at_once():
    impossible = Policy(
        time_zone="Oslo",
        bays=0,
        services=(),
        opening_hours=Week(fri=(("1", "2"),)),
        holidays=("Christmas",),
        price_bands=(PriceBand(days=("mon",), opens="0", closes="9", band="b"),),
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
        "/price_bands/0/from",
        "/price_bands/0/to",
        "/rules/change_request/ttl_hours",
        "/rules/target_window/lead_minutes",
    ]
