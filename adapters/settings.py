"""What the environment may say, read once at start; a wrong word ends the start.

No message and no `repr` shows a value that may hold a secret.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from adapters import secret_files
from adapters.secret_files import SecretUnusable

MIB = 1024 * 1024
# An upload is held in memory while it is looked at.
MOST_UPLOAD_BYTES = 256 * MIB
# Of a limit that is none.
OFF = "off"
_REDIS = ("redis://", "rediss://")
_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")
# What a file may hold as well; True is for those that may be several, one a line.
SECRETS = {
    "DATABASE_URL": False,
    "REDIS_URL": False,
    "BOOKINGS_JWT_SECRET": True,
    "BOOKINGS_MASTER_KEY": True,
    "BOOKINGS_S3_SECRET": False,
}

LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting that cannot be meant; `exit_code` is what a command ends with."""

    exit_code: ClassVar[int] = 2


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field with the name that it has in the environment."""

    database_url: str = msgspec.field(
        name="DATABASE_URL", default="sqlite:///var/bookings.db"
    )
    host: str = msgspec.field(name="BOOKINGS_HOST", default="127.0.0.1")
    port: Annotated[int, Meta(ge=0, le=65535)] = msgspec.field(
        name="PORT", default=5000
    )
    call_seconds: Annotated[float, Meta(ge=0.1, le=300)] = msgspec.field(
        name="BOOKINGS_CALL_SECONDS", default=10.0
    )
    grace_seconds: Annotated[float, Meta(ge=0.1, le=300)] = msgspec.field(
        name="BOOKINGS_GRACE_SECONDS", default=7.0
    )
    drain_seconds: Annotated[float, Meta(ge=0, le=300)] = msgspec.field(
        name="BOOKINGS_DRAIN_SECONDS", default=0.0
    )
    log_level: LogLevel = msgspec.field(name="BOOKINGS_LOG_LEVEL", default="info")
    log_requests: bool = msgspec.field(name="BOOKINGS_LOG_REQUESTS", default=False)
    metrics_host: str = msgspec.field(name="BOOKINGS_METRICS_HOST", default="127.0.0.1")
    metrics_port: Annotated[int, Meta(ge=1, le=65535)] | None = msgspec.field(
        name="BOOKINGS_METRICS_PORT", default=None
    )
    redis_url: str | None = msgspec.field(name="REDIS_URL", default=None)
    redis_prefix: Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")] = (
        msgspec.field(name="BOOKINGS_REDIS_PREFIX", default="bookings")
    )
    rate_per_token: str = msgspec.field(
        name="BOOKINGS_RATE_PER_TOKEN", default="1000/second"
    )
    rate_per_address: str = msgspec.field(name="BOOKINGS_RATE_PER_ADDRESS", default=OFF)
    rate_fail: Literal["open", "closed"] = msgspec.field(
        name="BOOKINGS_RATE_FAIL", default="open"
    )
    trusted_proxies: str | None = msgspec.field(
        name="BOOKINGS_TRUSTED_PROXIES", default=None
    )
    jwt_issuer: str = msgspec.field(name="BOOKINGS_JWT_ISSUER", default="bookings")
    jwt_audience: str = msgspec.field(
        name="BOOKINGS_JWT_AUDIENCE", default="bookings-api"
    )
    jwt_secret: str | None = msgspec.field(name="BOOKINGS_JWT_SECRET", default=None)
    jwks: str | None = msgspec.field(name="BOOKINGS_JWKS", default=None)
    master_key: str | None = msgspec.field(name="BOOKINGS_MASTER_KEY", default=None)
    uploads: str | None = msgspec.field(name="BOOKINGS_UPLOADS", default=None)
    upload_limit: Annotated[int, Meta(ge=1, le=MOST_UPLOAD_BYTES)] = msgspec.field(
        name="BOOKINGS_UPLOAD_LIMIT", default=10 * MIB
    )
    sweep_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = msgspec.field(
        name="BOOKINGS_SWEEP_SECONDS", default=1.0
    )
    s3_endpoint: str | None = msgspec.field(name="BOOKINGS_S3_ENDPOINT", default=None)
    s3_region: str = msgspec.field(name="BOOKINGS_S3_REGION", default="us-east-1")
    s3_key_id: str | None = msgspec.field(name="BOOKINGS_S3_KEY_ID", default=None)
    s3_secret: str | None = msgspec.field(name="BOOKINGS_S3_SECRET", default=None)

    def __post_init__(self) -> None:
        if self.redis_url is not None and not self.redis_url.startswith(_REDIS):
            raise SettingsError("REDIS_URL begins with redis:// or rediss://.")
        if self.database_url.startswith(_POSTGRES):
            return
        if self.database_url.startswith(_SQLITE):
            _must_name_a_file(self.database_url.removeprefix(_SQLITE))
            return
        kind, found, _rest = self.database_url.partition("://")
        unknown = f" of the unknown kind {kind!r}" if found else " no URL"
        raise SettingsError(
            f"DATABASE_URL is{unknown}: it begins with {_SQLITE} or {_POSTGRES[0]}"
        )

    def __repr__(self) -> str:
        return "Settings(…)"

    @property
    def tells_requests(self) -> bool:
        """Whether each answer is a line of the log."""
        return self.log_requests or self.log_level == "debug"

    @property
    def sqlite_path(self) -> Path | None:
        """The store's file, or None when the store is PostgreSQL."""
        if not self.database_url.startswith(_SQLITE):
            return None
        return Path(self.database_url.removeprefix(_SQLITE))


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings in `environ`, or raise `SettingsError` with one line."""
    fields = {field.encode_name for field in msgspec.structs.fields(Settings)}
    known = fields | {name + secret_files.SUFFIX for name in SECRETS}
    ours = {
        name: value
        for name, value in environ.items()
        if name in known or name.startswith("BOOKINGS_")
    }
    for name in ours.keys() - known:
        raise SettingsError(f"{name} is no setting; is it misspelt?")
    for name, value in ours.items():
        if not value.strip():
            raise SettingsError(f"{name} is empty; give it a value, or unset it.")
    try:
        ours |= dict(secret_files.secrets(ours, SECRETS))
    except SecretUnusable as error:
        raise SettingsError(str(error)) from None
    try:
        # What is no field by now named a file.
        return msgspec.convert(ours, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_name_first(str(error))) from None


def _must_name_a_file(path: str) -> None:
    if path in {"", ":memory:"} or "?" in path:
        raise SettingsError(
            "DATABASE_URL must name a file after sqlite:///, and nothing else."
        )


def _name_first(message: str) -> str:
    """Turn "Expected `int` - at `$.PORT`" into "PORT: Expected `int`"."""
    return re.sub(r"^(.*) - at `\$\.(\w+)`$", r"\2: \1", message)
