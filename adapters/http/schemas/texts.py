"""Values of bodies as the documentation shows them; `application.checks` checks them.

Patterns hold for what is sent: of a text, before its outer white space goes.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from application import intent, placing, rulings, steps, uploading

_CONTROL = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
_BREAKS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"


def _inked(but: str) -> str:
    """Return a pattern: something to see, and nothing of the characters `but`."""
    return rf"[^{but}]*[^\s{but}][^{but}]*$"


_TEXT = f"^{_inked(_CONTROL)}"
_LINE = f"^{_inked(_BREAKS)}"
_FILE = r"^(?!\s*\.\.?\s*$)" + _inked(_BREAKS + r"/\\")
_DATE = "(20[0-9]{2}|2100)-[0-9]{2}-[0-9]{2}"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"

Time = Annotated[
    datetime,
    Meta(
        tz=True,
        description="RFC 3339 with offset, in whole minutes, 2000 to 2100 in UTC",
        extra_json_schema={
            "pattern": rf"^{_DATE}T([01][0-9]|2[0-3]):[0-5][0-9]:00(\.0+)?{_OFFSET}$"
        },
    ),
]
Moment = Annotated[
    datetime,
    Meta(
        tz=True,
        description="RFC 3339 with offset, 2000 to 2100 in UTC",
        extra_json_schema={
            "pattern": rf"^{_DATE}T([01][0-9]|2[0-3])(:[0-5][0-9]){{2}}"
            rf"(\.[0-9]+)?{_OFFSET}$"
        },
    ),
]
Reason = Annotated[str, Meta(min_length=1, max_length=intent.MAX_REASON, pattern=_TEXT)]
Text = Annotated[str, Meta(min_length=1, max_length=intent.MAX_TEXT, pattern=_TEXT)]
Note = Annotated[str, Meta(min_length=1, max_length=rulings.MAX_NOTE, pattern=_TEXT)]
Caption = Annotated[
    str, Meta(max_length=intent.MAX_CAPTION, pattern=f"^[^{_CONTROL}]*$")
]
Plate = Annotated[str, Meta(min_length=1, max_length=placing.MAX_PLATE, pattern=_LINE)]
CarName = Annotated[str, Meta(min_length=1, max_length=placing.MAX_NAME, pattern=_LINE)]
OwnerId = Annotated[
    str, Meta(min_length=1, max_length=placing.MAX_OWNER, pattern="^[ -~]+$")
]
FileName = Annotated[
    str, Meta(min_length=1, max_length=uploading.MAX_NAME, pattern=_FILE)
]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")]
Year = Annotated[int, Meta(ge=placing.YEARS[0], le=placing.YEARS[1])]
OrgNr = Annotated[int, Meta(ge=placing.ORG_NRS[0], le=placing.ORG_NRS[1])]
ServiceId = Annotated[int, Meta(ge=placing.SERVICE_IDS[0], le=placing.SERVICE_IDS[1])]
BookingId = Annotated[int, Meta(ge=steps.BOOKING_IDS[0], le=steps.BOOKING_IDS[1])]
Size = Annotated[int, Meta(ge=1, le=uploading.MAX_SIZE)]
