"""Which paths are routes: each id in a path has one written form, all else is none.

The router would take `//`, a trailing `/`, `%31` and other scripts' digits for the path
that they resemble.
"""

import re
from collections.abc import Iterable

from litestar.routes.base import BaseRoute

_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
FORMS = {
    "booking_id": "[1-9][0-9]{0,17}",
    "group_id": _UUID,
    "org_nr": "[1-9][0-9]{8}",
    "request_id": _UUID,
    "upload_id": _UUID,
}
# Of the framework's own routes: it would answer paths that do not exist with HTML.
_CATCH_ALL = "path"


def canonical(routes: Iterable[BaseRoute]) -> re.Pattern[bytes]:
    """Return what a raw path matches as a whole when it is one of `routes`.

    Raises `KeyError` for a parameter whose written form is not in `FORMS`.
    """
    patterns = sorted({_pattern(route) for route in routes if _exists(route)})
    return re.compile("|".join(patterns).encode())


def _exists(route: BaseRoute) -> bool:
    return _CATCH_ALL not in route.path_parameters


def _pattern(route: BaseRoute) -> str:
    return "/" + "/".join(
        re.escape(part) if isinstance(part, str) else FORMS[part.name]
        for part in route.path_components
    )
