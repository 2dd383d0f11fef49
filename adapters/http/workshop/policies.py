"""The workshop's policy: shown, replaced as a whole, and tried on what was decided."""

from litestar import get, post, put
from litestar.response.base import ASGIResponse

from adapters.http import answering, arrival, envelopes, services
from adapters.http.body import StrictRequest
from adapters.http.problems import Problem
from adapters.http.workshop import people, seeing
from adapters.http.workshop.shapes import PolicyEnvelope, SimulationEnvelope
from application import bodies, calls, policies
from application.calls import WorkshopCall
from application.simulation import simulate
from domain import commands, identity

_POLICY = "/api/ws/policy"


@get(_POLICY, opt=people.READERS)
async def read(request: StrictRequest) -> ASGIResponse:
    """Return the policy as it holds now."""
    its, came = services.of(request), arrival.of(request.scope)
    found = await its.reader.workshop(seeing.workshop(request))
    if found is None:
        raise Problem("not_found")
    shown = bodies.policy(found.workshop.policy, found.workshop.policy_version)
    return envelopes.success(
        PolicyEnvelope(data=shown, meta=envelopes.meta(came, found.head.position)),
        headers=envelopes.etag(shown.version),
    )


@put(_POLICY, opt=people.MANAGERS)
async def change(request: StrictRequest) -> ASGIResponse:
    """Replace the policy; what was decided by the old one stands."""
    body = await request.json()
    by = answering.asker(request, body)
    policy = policies.parse(body)
    org_nr = seeing.theirs(request.user)
    call = WorkshopCall(
        command_id=by.new_id(),
        request_id=by.came.request_id,
        at=by.came.received_at,
        actor=by.actor,
        org_nr=org_nr,
        wish=commands.ChangePolicy(at=by.came.received_at, by=by.actor, policy=policy),
        if_match=by.if_match,
        key=by.key_on(identity.workshop_stream(org_nr)),
        fingerprint=by.fingerprint,
    )
    answered = await answering.submit(by, call)
    after = answered.answer.policy
    if after is None:
        raise calls.Fault("a policy was changed and is not shown")
    return envelopes.success(
        PolicyEnvelope(
            data=bodies.policy(after.policy, after.version),
            meta=answering.meta(answered),
        ),
        headers=envelopes.etag(after.version),
    )


@post(f"{_POLICY}/simulate", status_code=200, opt=people.MANAGERS)
async def try_out(request: StrictRequest) -> ASGIResponse:
    """Judge the decisions of a period by a candidate; nothing is stored."""
    its, came = services.of(request), arrival.of(request.scope)
    asked = policies.parse_simulation(await request.json())
    org_nr = seeing.theirs(request.user)
    found = await its.reader.workshop(org_nr)
    if found is None:
        raise Problem("not_found")
    return envelopes.success(
        SimulationEnvelope(
            data=await simulate(its.reader, org_nr, asked),
            meta=envelopes.meta(came, found.head.position),
        )
    )
