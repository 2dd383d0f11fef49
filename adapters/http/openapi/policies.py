"""What is done with a workshop's policy."""

from adapters.http import schemas
from adapters.http.openapi import listed
from adapters.http.openapi.operation import COMMAND, Answer, Operation, Tag, changed
from adapters.tokens import Role

_READERS: tuple[Role, ...] = ("staff", "manager", "auditor")
_MANAGERS: tuple[Role, ...] = ("manager",)
_POLICY = "/api/ws/policy"

OPERATIONS = (
    Operation(
        name="readPolicy",
        method="get",
        path=_POLICY,
        tag=Tag.WORKSHOP,
        roles=_READERS,
        summary="The workshop's policy",
        description="As it holds now; `ETag` is its version.",
        parameters=("org_nr_asked",),
        answers=(changed("The policy.", policy=listed.POLICY),),
        codes=("not_found",),
    ),
    Operation(
        name="changePolicy",
        method="put",
        path=_POLICY,
        tag=Tag.WORKSHOP,
        roles=_MANAGERS,
        summary="Replace the policy",
        description="The whole document; what was decided by the old one stands.",
        body=(schemas.PolicyDocument,),
        parameters=COMMAND,
        answers=(changed("It holds from now on.", policy=listed.POLICY),),
        codes=("duplicate", "not_found"),
    ),
    Operation(
        name="simulatePolicy",
        method="post",
        path=f"{_POLICY}/simulate",
        tag=Tag.WORKSHOP,
        roles=_MANAGERS,
        summary="Try a policy on what was decided",
        description="Which decisions of a period would flip. Nothing is stored.",
        body=(schemas.Simulation,),
        answers=(
            Answer(description="The flips, by time.", shown={"one": listed.SIMULATION}),
        ),
        codes=("duplicate", "not_found"),
    ),
)
