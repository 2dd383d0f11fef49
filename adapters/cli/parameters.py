"""Kinds of parameters that several commands take."""

from typing import Annotated

from cyclopts import Parameter, validators

# Nine digits, as organisation numbers have.
OrgNr = Annotated[int, Parameter(validator=validators.Number(gte=10**8, lt=10**9))]
Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]
# PostgreSQL's bigint.
BookingId = Annotated[int, Parameter(validator=validators.Number(gte=1, lt=2**63))]
Json = Annotated[bool, Parameter(negative="", help="For machines: JSON, by the line.")]
UnsafeDurability = Annotated[
    bool,
    Parameter(
        negative="",
        help="Work also on a store that may lose what it acknowledged.",
    ),
]
