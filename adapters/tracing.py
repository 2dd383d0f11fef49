"""Whether traces are sent, as the standard's own variables say; an extra sends them.

Its one law: without such a variable what makes spans is not even imported.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adapters.settings import SettingsError

if TYPE_CHECKING:
    from adapters.spans import Spans

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SPOKEN = "http/protobuf"


@contextmanager
def traced(environ: Mapping[str, str]) -> Generator["Spans | None"]:
    """Yield what makes spans and sends them; None unless an endpoint is set.

    Raises `SettingsError`.
    """
    endpoint = wanted(environ)
    if endpoint is None:
        yield None
        return
    _must_be_meant(environ, endpoint)
    try:
        from adapters import spans  # noqa: PLC0415 - it needs the extra, and time
    except ImportError:
        raise SettingsError(
            f"{endpoint} is set, and what sends traces is not installed: "
            "pip install 'bookings[otel]'"
        ) from None
    with spans.sending(environ) as sent:
        yield sent


def wanted(environ: Mapping[str, str]) -> str | None:
    """Return the variable that says where traces go, unless another says nowhere."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none":
        return None
    return _first(environ, ENDPOINTS)


def _must_be_meant(environ: Mapping[str, str], endpoint: str) -> None:
    """Raise `SettingsError` for what would only be found out by nothing arriving."""
    if not environ[endpoint].strip().startswith(("http://", "https://")):
        raise SettingsError(f"{endpoint} begins with http:// or https://.")
    protocol = _first(environ, PROTOCOLS)
    if protocol is not None and environ[protocol].strip() != _SPOKEN:
        raise SettingsError(f"{protocol}: only {_SPOKEN} is spoken here.")


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if environ.get(name, "").strip()), None)
