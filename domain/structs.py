"""A typed `replace` for frozen structs; nothing else lives here."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414
else:
    from msgspec.structs import replace

__all__ = ["replace"]
