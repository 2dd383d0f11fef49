"""`bookings workshop add`: a workshop comes into being, with its first policy."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from adapters import bootstrap, clock
from adapters.cli import output
from adapters.cli.parameters import OrgNr
from application import documents, trees
from application.calls import WorkshopCall
from domain import commands, errors
from domain.identity import Actor, Role
from domain.policy import Policy
from domain.soundness import problems

LONGEST_NAME = 200
OPERATOR = Actor(role=Role.SYSTEM, id="bookings workshop add")


async def add(
    *,
    org_nr: Annotated[OrgNr, Parameter(help="Its organisation number: nine digits.")],
    name: Annotated[str, Parameter(help="Its name, as car owners see it.")],
    time_zone: Annotated[str, Parameter(help="Where it is, as Europe/Oslo.")],
    policy: Annotated[
        Path | None, Parameter(help="A JSON file with its policy; else the default.")
    ] = None,
) -> None:
    if not (name.isprintable() and name.strip() and len(name) <= LONGEST_NAME):
        raise output.Failed(f"--name is 1 to {LONGEST_NAME} printable characters.")
    wish = commands.AddWorkshop(
        at=clock.now(),
        by=OPERATOR,
        org_nr=org_nr,
        name=name.strip(),
        policy=_policy(time_zone, policy),
    )
    async with bootstrap.opened(bootstrap.settings()) as store:
        (outcome,) = await store.commit([_call(wish)])
    if isinstance(outcome, errors.WorkshopExists):
        raise output.Failed(f"Workshop {org_nr} exists already.")
    output.write(f"Workshop {org_nr} is there: {wish.name}, {time_zone}.")


def _call(wish: commands.AddWorkshop) -> WorkshopCall:
    return WorkshopCall(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=wish.at,
        actor=wish.by,
        org_nr=wish.org_nr,
        wish=wish,
    )


def _policy(time_zone: str, file: Path | None) -> Policy:
    """Return the policy in `file`, or the default one; all that is wrong is told."""
    if file is None:
        policy, name = Policy(time_zone=time_zone), "--time-zone"
    else:
        policy, name = _read(file, time_zone), str(file)
    if wrong := problems(policy):
        raise _told(name, wrong)
    return policy


def _read(file: Path, time_zone: str) -> Policy:
    try:
        document = documents.decode(file.read_bytes())
        if trees.is_object(document):
            document = _in_zone(document, time_zone)
        return documents.convert(document, Policy)
    except OSError as error:
        raise output.Failed(f"{file} cannot be read: {error.strerror}.") from None
    except documents.InvalidDocument as invalid:
        raise _told(str(file), invalid.problems) from None


def _in_zone(document: Mapping[str, Any], time_zone: str) -> Mapping[str, Any]:
    """Let the option stand for the member, and refuse two that differ."""
    if document.get("time_zone", time_zone) != time_zone:
        detail = f"It is not the {time_zone} of --time-zone."
        wrong = documents.Problem("/time_zone", "format", detail)
        raise documents.InvalidDocument([wrong])
    return {**document, "time_zone": time_zone}


def _told(name: str, wrong: Iterable[tuple[str, str, str]]) -> output.Failed:
    return output.Failed(
        *(
            ": ".join(filter(None, (name, pointer, detail)))
            for pointer, _code, detail in wrong
        )
    )
