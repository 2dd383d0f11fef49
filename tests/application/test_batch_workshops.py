"""A workshop's own changes within a batch: its coming into being, and its policies."""

import pytest

from application.answers import PolicyShown
from application.calls import KeyReused, NotFound, PreconditionFailed
from application.stored import KeyId
from domain import commands, errors
from domain.identity import workshop_stream
from domain.structs import replace
from tests.batches import call, decided, stored, story, workshop_call
from tests.examples import (
    BOOKING_ID,
    CALL,
    CONFIRMED,
    FRIDAY,
    MANAGER,
    MONDAY,
    OPERATOR,
    ORG_NR,
    PLACED,
    POLICY,
    SUNDAY,
    TYRES,
    WORKSHOP,
    move,
    place,
    slot,
)

ADD = commands.AddWorkshop(
    at=MONDAY, by=OPERATOR, org_nr=ORG_NR, name="Verksted", policy=POLICY
)
TWO_BAYS = replace(POLICY, bays=2)
THREE_BAYS = replace(POLICY, bays=3)
ONCE = KeyId(caller=MANAGER.id, scope=workshop_stream(ORG_NR), key="once")


def change(policy, **members):
    wish = commands.ChangePolicy(at=MONDAY, by=MANAGER, policy=policy)
    return workshop_call(wish, **members)


def versions(found):
    return [one.answer.policy.version for one in found.answers]


def test_a_workshop_is_added_with_its_first_policy():
    found = decided(stored(workshop=None), workshop_call(ADD))

    assert found.answer.answer.policy == PolicyShown(policy=POLICY, version=1)
    assert found.append.workshops[ORG_NR].after == WORKSHOP
    assert found.append.workshops[ORG_NR].tip.version == 1
    assert found.answer.position == 1001


def test_a_workshop_is_added_once():
    found = decided(stored(workshop=None), workshop_call(ADD), workshop_call(ADD))

    assert isinstance(found.outcomes[1], errors.WorkshopExists)
    assert len(found.append.stored) == 1


def test_a_new_policy_is_the_next_version():
    found = decided(stored(), change(TWO_BAYS))

    answer = found.answer.answer
    assert (answer.status, answer.request_id, answer.generated_at) == (
        200,
        CALL,
        MONDAY,
    )
    assert answer.policy == PolicyShown(policy=TWO_BAYS, version=2)
    (recorded,) = found.append.workshops[ORG_NR].recorded
    assert (recorded.version, recorded.origin.actor) == (2, MANAGER)
    assert found.append.workshops[ORG_NR].after.policy == TWO_BAYS


def test_the_policy_that_is_there_changes_nothing():
    found = decided(stored(), change(POLICY))

    assert found.answer.answer.policy == PolicyShown(policy=POLICY, version=1)
    assert found.answer.position == 101
    assert not found.append


def test_policies_of_one_batch_follow_each_other():
    found = decided(stored(), change(TWO_BAYS), change(TWO_BAYS), change(POLICY))

    assert versions(found) == [2, 2, 3]
    change_ = found.append.workshops[ORG_NR]
    assert [one.version for one in change_.recorded] == [2, 3]
    assert change_.ordinals == [1, 2]
    assert change_.tip.version == 3


def test_there_is_no_policy_where_no_workshop_is():
    found = decided(stored(workshop=None), change(TWO_BAYS))

    assert isinstance(found.error, NotFound)


@pytest.mark.parametrize(
    ("tag", "is_met"), [('"1"', True), ('"2"', False), ("*", True)]
)
def test_a_policy_can_depend_on_the_version_before_it(tag, is_met):
    found = decided(stored(), change(TWO_BAYS, if_match=(tag,)))

    assert isinstance(found.outcomes[0], PreconditionFailed) is not is_met
    assert bool(found.append) is is_met


def test_of_two_who_saw_the_same_version_the_first_has_its_way():
    found = decided(
        stored(),
        change(TWO_BAYS, if_match=('"1"',)),
        change(THREE_BAYS, if_match=('"1"',)),
    )

    assert isinstance(found.outcomes[1], PreconditionFailed)
    assert found.append.workshops[ORG_NR].after.policy == TWO_BAYS


def test_a_workshop_that_is_not_there_meets_no_condition():
    found = decided(stored(workshop=None), workshop_call(ADD, if_match=("*",)))

    assert isinstance(found.error, PreconditionFailed)


def test_the_same_policy_sent_again_under_its_key_is_the_first_answer():
    first = change(TWO_BAYS, key=ONCE, fingerprint=b"a", if_match=('"1"',))

    found = decided(stored(), first, change(POLICY), first)

    one, _between, again = found.answers
    assert again.is_replay
    assert again.answer == one.answer
    assert again.position == one.position
    assert versions(found) == [2, 3, 2]


def test_another_policy_under_the_same_key_is_told_so():
    found = decided(
        stored(),
        change(TWO_BAYS, key=ONCE, fingerprint=b"a"),
        change(THREE_BAYS, key=ONCE, fingerprint=b"b"),
    )

    assert isinstance(found.outcomes[1], KeyReused)


def test_an_answer_without_an_event_is_kept_where_the_stream_ended():
    found = decided(stored(), change(POLICY, key=ONCE, fingerprint=b"a"))

    (kept,) = found.append.answers
    assert (kept.ordinal, kept.position) == (None, 101)


def test_what_comes_after_in_the_batch_is_judged_by_the_new_policy():
    every_sunday = replace(
        POLICY,
        services=(TYRES,),
        opening_hours=replace(POLICY.opening_hours, sun=(("08:00", "16:00"),)),
    )
    booked = story(replace(PLACED, service=TYRES, slot=slot(FRIDAY, TYRES)), CONFIRMED)

    found = decided(
        stored(booked),
        call(move(to=SUNDAY)),
        change(every_sunday),
        call(move(to=SUNDAY)),
    )

    refused, _changed, moved = found.answers
    assert refused.answer.refused is not None
    assert moved.answer.result is not None
    assert moved.answer.result.decision is not None
    assert moved.answer.result.decision.policy_version == 2
    assert found.append.bookings[BOOKING_ID].after.slot == slot(SUNDAY, TYRES)


def test_a_workshop_and_its_first_booking_can_come_in_one_batch():
    found = decided(stored(workshop=None), workshop_call(ADD), call(place()))

    assert [one.answer.status for one in found.answers] == [200, 201]
    assert [event.topic for event in found.append.stored] == [
        "workshop.added",
        "booking.placed",
    ]
