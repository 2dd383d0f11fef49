"""Following the log: something is said of every position, in their order, once."""

# ruff: noqa: S608 - what a person does by hand is SQL in a string

import pytest

from application import following, replay
from application.following import Followed, Noted
from domain import commands
from domain.structs import replace
from tests import stores, stories
from tests.examples import BOOKING_ID, LATE, OPERATOR, ORG_NR, POLICY
from tests.stories import VAULT

BOOKING, WORKSHOP = f"booking-{BOOKING_ID}", f"workshop-{ORG_NR}"
ALL = 1000


def followed(url: str, position: int = 0, limit: int = ALL) -> list[Followed]:
    with stores.log(url) as log:
        noted = log.after(position, limit)
        return list(following.followed(log, VAULT, noted))


def tamper(url: str, stream: str, version: int, change: str) -> None:
    stores.execute(
        url,
        f"UPDATE stored_events SET {change} "
        f"WHERE originator_id = '{stream}' AND originator_version = {version}",
    )


def faults(found: list[Followed]) -> dict[tuple[str, int], str]:
    return {(one.stream, one.version): one.fault for one in found if one.fault}


def test_every_position_is_told_once_and_in_order(told):
    found = followed(told)

    with stores.recording(told) as recorder:
        last = recorder.max_notification_id()
    assert last is not None
    assert [one.position for one in found] == list(range(1, last + 1))
    assert faults(found) == {}


def test_pages_tell_what_one_look_tells(told):
    found = followed(told)

    paged = [one for n in range(0, len(found), 3) for one in followed(told, n, 3)]
    assert paged == found


def test_a_bookings_event_is_told_as_replay_tells_it(told):
    found = [one for one in followed(told) if one.stream == BOOKING]

    with stores.log(told) as log:
        steps = replay.replay(log, VAULT, BOOKING_ID).steps
        noted = log.stream_after(BOOKING, 0, ALL)
    assert [(n.position, n.version) for n in noted] == [
        (one.position, one.version) for one in found
    ]
    for one, step in zip(found, steps, strict=True):
        for name in step.__struct_fields__:
            assert getattr(one, name) == getattr(step, name)


def test_a_stream_is_looked_at_from_a_position_on(told):
    with stores.log(told) as log:
        first, second, *_ = log.stream_after(BOOKING, 0, ALL)

        assert log.stream_after(BOOKING, first.position, 1) == [second]


def test_a_workshops_event_is_told_by_what_it_changed(store_url):
    another = replace(POLICY, bays=POLICY.bays + 1)
    change = stories.workshop(
        commands.ChangePolicy(at=LATE, by=OPERATOR, policy=another)
    )
    stories.told(store_url, [stories.STORY[0], change])

    added, changed = followed(store_url)
    assert (added.event, added.state) == ("workshop.added", None)
    assert [c.field for c in added.changes] == ["name", "version", "policy"]
    assert changed.actor == OPERATOR
    assert [(c.field, c.from_, c.to) for c in changed.changes] == [
        ("version", 1, 2),
        ("policy.bays", POLICY.bays, another.bays),
    ]


@pytest.mark.parametrize("stream", [BOOKING, WORKSHOP])
def test_a_broken_stream_is_told_up_to_there_and_others_whole(told, stream: str):
    tamper(told, stream, 1, "topic = 'booking.confirmed'")

    found = followed(told)
    told_of = {one.stream for one in found if one.fault}
    assert stream in told_of
    assert found[0].position == 1
    assert len(found) == found[-1].position
    assert "its topic is" in faults(found)[stream, 1]


def test_an_event_in_the_middle_that_was_changed_is_told_by_its_tag(told):
    tamper(told, BOOKING, 2, "topic = 'booking.confirmed2'")

    found = [one for one in followed(told) if one.stream == BOOKING]
    assert found[0].fault is None
    assert found[1].event == "booking.confirmed2"
    assert found[1].at is None
    assert found[1].state is None
    assert found[1].fault is not None
    assert f"{BOOKING}, version 2" in found[1].fault


def test_a_stream_with_a_foreign_name_is_told(told):
    stores.execute(
        told,
        "UPDATE stored_events SET originator_id = 'chair-1' "
        f"WHERE originator_id = '{BOOKING}'",
    )

    assert faults(followed(told))["chair-1", 1] == "chair-1: no stream has such a name."


def test_an_owners_key_that_was_changed_is_told(told):
    stores.execute(
        told,
        "UPDATE owner_key SET wrapped = (SELECT wrapped FROM owner_key AS other "
        "WHERE other.owner <> owner_key.owner LIMIT 1)",
    )

    assert faults(followed(told))[BOOKING, 1] == (
        f"{BOOKING}: the key of its owner was changed by hand."
    )


def test_an_event_that_is_not_where_it_was_noted_is_told(told):
    noted = Noted(position=2, stream=BOOKING, version=7, topic="booking.placed")
    with stores.log(told) as log:
        moved = noted._replace(position=10_000)
        (one,) = following.followed(log, VAULT, [moved])

    assert one.fault == f"{BOOKING}: version 7 is not where it was."
