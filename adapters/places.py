"""Where the bytes of uploads go, as the settings say: a folder, or a bucket."""

import os
import re
from pathlib import Path

import msgspec

from adapters.settings import Settings, SettingsError

_URL = re.compile(
    r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w.-]+(?:/[\w.-]+)*))?/?"
)
_DOTS = re.compile(r"(?:^|/)\.\.?(?:/|$)")


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket, and the folder in it that is ours (`prefix`, empty for all of it)."""

    name: str
    prefix: str
    endpoint: str
    region: str
    key_id: str
    secret: str

    def __repr__(self) -> str:
        return f"Bucket({self.name!r}, {self.prefix!r}, {self.endpoint!r})"


def uploads_at(settings: Settings) -> Path | Bucket:
    """Return where `BOOKINGS_UPLOADS` leads to. Raises `SettingsError`."""
    place = settings.uploads
    if place is None:
        if settings.sqlite_path is None:
            raise SettingsError(
                "On PostgreSQL BOOKINGS_UPLOADS must be set: a folder that all "
                "processes share, or s3://bucket/prefix."
            )
        return settings.sqlite_path.parent / "uploads"
    if "://" in place:
        return _bucket(place, settings)
    return _usable(Path(place))


def _usable(root: Path) -> Path:
    """Return `root` if it can be written to, or made."""
    there = next(place for place in (root, *root.parents) if _is_there(place))
    if not there.is_dir() or not _is_open(there):
        raise SettingsError(f"BOOKINGS_UPLOADS: nothing can be written to {there}")
    return root


def _is_there(place: Path) -> bool:
    """Return whether we can see it: a folder may be closed to us."""
    try:
        return place.exists()
    except PermissionError:
        return False


def _is_open(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def _bucket(url: str, settings: Settings) -> Bucket:
    match = _URL.fullmatch(url)
    if match is None or _DOTS.search(match[2] or ""):
        raise SettingsError("BOOKINGS_UPLOADS is a folder, or s3://bucket/prefix.")
    if settings.s3_key_id is None or settings.s3_secret is None:
        raise SettingsError(
            "With S3, BOOKINGS_S3_KEY_ID and BOOKINGS_S3_SECRET or "
            "BOOKINGS_S3_SECRET_FILE must be set."
        )
    region = settings.s3_region
    endpoint = settings.s3_endpoint or f"https://s3.{region}.amazonaws.com"
    if not endpoint.startswith(("http://", "https://")):
        raise SettingsError("BOOKINGS_S3_ENDPOINT begins with http:// or https://.")
    return Bucket(
        name=match[1],
        prefix=match[2] or "",
        endpoint=endpoint,
        region=region,
        key_id=settings.s3_key_id,
        secret=settings.s3_secret,
    )
