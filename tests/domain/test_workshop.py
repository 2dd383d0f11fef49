"""A workshop is added once and changes its policy as often as it likes."""

import pytest

from domain import commands, errors, events, workshop
from domain.policy import Policy, Service
from domain.structs import replace
from tests.examples import LATE, MONDAY, OPERATOR, ORG_NR, OSLO, POLICY, WORKSHOP

ADD = commands.AddWorkshop(
    at=MONDAY, by=OPERATOR, org_nr=ORG_NR, name="Verksted", policy=POLICY
)
ADDED = events.WorkshopAdded(org_nr=ORG_NR, name="Verksted", policy=POLICY)
TWO_BAYS = Policy(time_zone=OSLO, bays=2)
WASH = Service(id=7, name="Wash", minutes=10)
PAINT = Service(id=8, name="Paint", minutes=150, buffer=50)
CHANGE = commands.ChangePolicy(at=LATE, by=OPERATOR, policy=TWO_BAYS)
CHANGED = events.PolicyChanged(policy=TWO_BAYS)


def test_a_workshop_is_added_with_its_first_policy():
    assert workshop.decide(ADD, None) == ADDED
    assert workshop.evolve(None, ADDED) == WORKSHOP
    assert WORKSHOP.policy_version == 1


def test_a_workshop_is_added_once():
    with pytest.raises(errors.WorkshopExists):
        workshop.decide(ADD, WORKSHOP)


def test_a_new_policy_is_the_next_version():
    assert workshop.decide(CHANGE, WORKSHOP) == CHANGED

    changed = workshop.evolve(WORKSHOP, CHANGED)

    assert changed == replace(WORKSHOP, policy=TWO_BAYS, policy_version=2)
    assert workshop.evolve(changed, CHANGED).policy_version == 3


def test_the_policy_that_is_there_already_changes_nothing():
    same = replace(CHANGE, policy=POLICY)

    assert workshop.decide(same, WORKSHOP) is None
    assert workshop.decide(replace(same, policy=TWO_BAYS), WORKSHOP) == CHANGED


def test_the_longest_hold_is_that_of_any_policy_it_has_had():
    """A booking of a service that is no longer offered still moves with its minutes."""
    shorter = workshop.evolve(WORKSHOP, CHANGED)
    longer = events.PolicyChanged(policy=replace(TWO_BAYS, services=(WASH, PAINT)))

    assert TWO_BAYS.longest_hold < WORKSHOP.longest_hold == 75
    assert shorter.longest_hold == 75
    assert workshop.evolve(shorter, longer).longest_hold == 200


def test_a_workshop_that_is_not_there_has_no_policy_to_change():
    with pytest.raises(errors.Missing):
        workshop.decide(CHANGE, None)
    with pytest.raises(errors.Missing):
        workshop.evolve(None, CHANGED)
