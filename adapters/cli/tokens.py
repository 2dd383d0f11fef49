"""`bookings token`: signs, prints the token and nothing else."""

import os
from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter

from adapters import clock, tokens
from adapters.cli import output
from adapters.cli.parameters import OrgNr
from adapters.keys import load_keys
from adapters.settings import read_settings
from adapters.tokens import Role

LONGEST_SUB = 255
WORKDAY = timedelta(hours=8)
_OF_A_WORKSHOP = frozenset({"staff", "manager"})


def token(
    *,
    sub: Annotated[
        str, Parameter(name=("--sub", "--owner"), help="Whose token it is.")
    ],
    role: Annotated[Role, Parameter(help="What they may do.")] = "owner",
    workshop: Annotated[
        OrgNr | None, Parameter(help="Whose people they are, unless a car owner.")
    ] = None,
    ttl: Annotated[
        timedelta, Parameter(help="How long it holds, as 30m, 8h or 7d.")
    ] = WORKDAY,
) -> None:
    _must_fit(sub, role, workshop, ttl)
    settings = read_settings(os.environ)
    output.write(
        tokens.issue(
            settings,
            load_keys(settings).signs_with,
            sub=sub,
            role=role,
            workshop=workshop,
            now=clock.now(),
            ttl=ttl,
        )
    )


def _must_fit(sub: str, role: Role, workshop: int | None, ttl: timedelta) -> None:
    if not (sub.isprintable() and sub.strip() and len(sub) <= LONGEST_SUB):
        raise output.Failed(f"--sub is 1 to {LONGEST_SUB} printable characters.")
    if role == "owner" and workshop is not None:
        raise output.Failed("--workshop goes with a --role that is not owner.")
    if role in _OF_A_WORKSHOP and workshop is None:
        raise output.Failed(f"--role {role} needs a --workshop.")
    if ttl <= timedelta(0):
        raise output.Failed("--ttl is longer than nothing.")
