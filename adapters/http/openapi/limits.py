"""What types alone do not say: limits of members, and what members say side by side."""

from typing import Any

from adapters.http import schemas
from domain import policy, soundness

Json = dict[str, Any]

_CLOCK: Json = {
    "type": "string",
    "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
}
_NAME: Json = {"type": "string", "minLength": 1, "maxLength": soundness.LONGEST_NAME}
_MINUTES: Json = {"type": "integer", "minimum": 1, "maximum": policy.DAY_MINUTES}
_DAY: Json = {"type": "string", "enum": list(policy.DAYS)}
_DATE: Json = {"type": "string", "format": "date"}
_SPANS: Json = {
    "type": "array",
    "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": _CLOCK},
}
_ZONE = {"type": "string", "examples": ["Europe/Oslo"]}
_YEAR_HOURS = 24 * 365


def _whole(least: int, most: int) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most}


def _listed(item: Json, least: int, most: int, **more: object) -> Json:
    return {"type": "array", "items": item, "minItems": least, "maxItems": most} | more


# These stand beside what the type says of the same member.
MEMBERS: dict[type, dict[str, Json]] = {
    schemas.PolicyDocument: {
        "time_zone": _ZONE,
        "bays": _whole(1, soundness.MOST_BAYS),
        "services": {"minItems": 1, "maxItems": soundness.MOST_SERVICES},
        "holidays": _listed(_DATE, 0, soundness.MOST_HOLIDAYS, uniqueItems=True),
        "price_bands": {"maxItems": soundness.MOST_BANDS},
    },
    policy.Service: {
        "id": _whole(1, 2**31 - 1),
        "name": _NAME,
        "minutes": _MINUTES,
        "buffer": _whole(0, policy.DAY_MINUTES),
    },
    policy.Week: dict.fromkeys(policy.DAYS, _SPANS),
    policy.PriceBand: {
        "days": _listed(_DAY, 1, len(policy.DAYS), uniqueItems=True),
        "from": _CLOCK,
        "to": _CLOCK,
        "band": _NAME,
    },
    policy.Notice: {"hours": _whole(0, _YEAR_HOURS)},
    policy.MoveLimit: {"limit": _whole(0, 1000)},
    policy.OpenLimit: {"limit": _whole(1, 1000)},
    policy.TargetWindow: {
        "lead_minutes": _whole(0, _YEAR_HOURS * 60),
        "horizon_days": _whole(1, 366 * 2),
        "grid_minutes": _MINUTES,
    },
    policy.RequestTerms: {"ttl_hours": _whole(1, _YEAR_HOURS)},
}
_ONE_ACTION: Json = {
    "minProperties": 1,
    "not": {"required": ["service_start_time", "status"]},
}
TOGETHER: dict[type, Json] = {
    schemas.Change: _ONE_ACTION
    | {"dependentRequired": {"cancellation_reason": ["status"]}},
    schemas.WorkshopChange: _ONE_ACTION
    | {
        "dependentRequired": {
            "cancellation_reason": ["status"],
            "override": ["service_start_time"],
        }
    },
}
