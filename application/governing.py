"""A workshop's own changes within a batch: it comes into being, and changes policy."""

from application import answers, happening
from application.answers import Answer, PolicyShown
from application.calls import NotFound, WorkshopCall
from application.happening import must_match
from application.kept import Kept, Pending
from application.scene import Scene
from domain import commands, identity, workshop
from domain.events import Recorded
from domain.workshop import Workshop


def change(call: WorkshopCall, at: Scene, kept: Kept) -> Pending:
    before = at.workshop(call.org_nr)
    if before is None and not isinstance(call.wish, commands.AddWorkshop):
        raise NotFound
    first = kept.find(call, None)
    if first is not None:
        return first
    must_match(call, None if before is None else before.policy_version)
    answer = _answer(call, _changed(call, before, at), at)
    kept.keep(call, answer)
    return answer


def _changed(call: WorkshopCall, before: Workshop | None, at: Scene) -> Workshop:
    event = workshop.decide(call.wish, before)
    if event is None:
        return at.workshops[call.org_nr]
    end = at.ends.of(identity.workshop_stream(call.org_nr))
    after = workshop.evolve(before, event)
    recorded = Recorded(
        version=end.version + 1, origin=happening.origin(call, end), event=event
    )
    at.write_workshop(after, recorded)
    return after


def _answer(call: WorkshopCall, after: Workshop, at: Scene) -> Pending:
    end = at.ends.of(identity.workshop_stream(call.org_nr))
    return Pending(
        answer=Answer(
            status=answers.OK,
            request_id=call.request_id,
            generated_at=call.at,
            policy=PolicyShown(policy=after.policy, version=after.policy_version),
        ),
        ordinal=end.ordinal,
        position=end.position,
    )
