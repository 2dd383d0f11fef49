"""Policy documents at random: any of the right types, and sound ones."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

from hypothesis import strategies as st

from domain.policy import (
    DAYS,
    Effect,
    MoveLimit,
    Notice,
    OpenLimit,
    Policy,
    PriceBand,
    PriceChange,
    ReasonTerms,
    RequestTerms,
    Rules,
    Service,
    Spans,
    TargetWindow,
    Week,
    WorkStarted,
)
from domain.structs import replace

ZONES = sorted(available_timezones() - {"localtime"})
INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001
    max_value=datetime(2100, 12, 31, 23, 59),  # noqa: DTZ001
    timezones=st.just(UTC),
)
QUARTERS = [
    f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)
]
SETTLED = [*QUARTERS[16:], "24:00"]
"""Times from 04:00 on, at which no clock in Oslo jumps."""

_effects = st.sampled_from(Effect)


@st.composite
def spans(draw: st.DrawFn, clocks: list[str] = SETTLED) -> Spans:
    """Return spans that are in order and do not overlap."""
    borders = draw(st.lists(st.sampled_from(clocks), unique=True, max_size=6))
    borders = sorted(borders)[: len(borders) // 2 * 2]
    return tuple(zip(borders[::2], borders[1::2], strict=True))


def weeks() -> st.SearchStrategy[Week]:
    return st.builds(Week, **dict.fromkeys(DAYS, spans()))


@st.composite
def _few_spans(draw: st.DrawFn, clocks: list[str]) -> Week:
    """Return a week of two kinds of days at most: each draw of spans takes time."""
    some, others = draw(spans(clocks)), draw(spans(clocks))
    kinds = draw(st.integers(min_value=0, max_value=2 ** len(DAYS) - 1))
    return Week(**{day: (some, others)[kinds >> n & 1] for n, day in enumerate(DAYS)})


@st.composite
def bands(draw: st.DrawFn, clocks: list[str]) -> tuple[PriceBand, ...]:
    """Return price bands that do not overlap: those of a group of days each."""
    groups = draw(st.sampled_from([(), (DAYS,), (DAYS[:5], DAYS[5:]), (("wed",),)]))
    names = st.sampled_from(["early", "late", "dear"])
    return tuple(
        PriceBand(days=days, opens=opens, closes=closes, band=draw(names))
        for days in groups
        for opens, closes in draw(spans(clocks))
    )


def rules(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Rules]:
    """Return rules of any effect whose limits and hours are `numbers`."""
    notices = st.builds(Notice, hours=numbers, effect=_effects)
    return st.builds(
        Rules,
        reschedule_notice=notices,
        cancel_notice=notices,
        max_reschedules=st.builds(MoveLimit, limit=numbers, effect=_effects),
        work_started=st.builds(WorkStarted, effect=_effects),
        price_change=st.builds(PriceChange, effect=_effects),
        reason=st.builds(ReasonTerms, required=st.booleans()),
        open_bookings=st.builds(OpenLimit, limit=numbers),
        target_window=st.builds(
            TargetWindow,
            lead_minutes=numbers,
            horizon_days=numbers,
            grid_minutes=numbers,
        ),
        change_request=st.builds(RequestTerms, ttl_hours=numbers),
    )


def documents() -> st.SearchStrategy[Policy]:
    """Return policy documents of the right types, sound or not."""
    zones = st.text() | st.sampled_from(["Europe/Oslo", "/etc/passwd", "..", "Europe"])
    numbers = st.integers(min_value=-1, max_value=2000)
    clocks = st.sampled_from([*QUARTERS, "24:00", "2:00", "24:30", "", "\0", "x"])
    day = st.lists(st.tuples(clocks, clocks), max_size=2).map(tuple)
    days = st.lists(st.sampled_from([*DAYS, "Mon", ""]), max_size=3).map(tuple)
    band = st.builds(PriceBand, days=days, opens=clocks, closes=clocks, band=st.text())
    service = st.builds(Service, id=numbers, name=st.text(), minutes=numbers)
    return st.builds(
        Policy,
        time_zone=zones,
        bays=numbers,
        services=st.lists(service, max_size=3).map(tuple),
        opening_hours=st.builds(Week, **dict.fromkeys(DAYS, day)),
        holidays=st.lists(st.dates().map(str) | st.text(), max_size=2).map(tuple),
        price_bands=st.lists(band, max_size=3).map(tuple),
        rules=rules(numbers),
    )


@st.composite
def sound_documents(
    draw: st.DrawFn, zones: st.SearchStrategy[str] | None = None
) -> Policy:
    clocks = [*QUARTERS, "24:00"]
    window = TargetWindow(
        lead_minutes=draw(st.integers(min_value=0, max_value=1440)),
        horizon_days=draw(st.integers(min_value=1, max_value=732)),
        grid_minutes=draw(
            st.sampled_from([1, 7, 15, 20, 30, 45, 60, 90, 120, 480, 1440])
        ),
    )
    drawn = draw(rules(st.integers(min_value=1, max_value=1000)))
    days = st.dates(datetime(2000, 1, 1).date(), datetime(2100, 12, 31).date())  # noqa: DTZ001
    return Policy(
        time_zone=draw(st.sampled_from(ZONES) if zones is None else zones),
        bays=draw(st.integers(min_value=1, max_value=4)),
        opening_hours=draw(_few_spans(clocks)),
        holidays=tuple(draw(st.sets(days.map(str), max_size=2))),
        price_bands=draw(bands(clocks)),
        rules=replace(drawn, target_window=window),
    )
