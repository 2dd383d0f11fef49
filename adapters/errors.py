"""What can be wrong with a store as such; each says it in one line a person can use."""

import re
from collections.abc import Iterable
from typing import ClassVar

_QUOTED = re.compile(r"""(["']).*\1""")


class StoreError(Exception):
    """A store that cannot be worked with; `exit_code` is what a command ends with."""

    exit_code: ClassVar[int]


class StoreUnreachable(StoreError):
    exit_code = 3

    def __init__(self, cause: object) -> None:
        lines = str(cause).strip().splitlines() or [type(cause).__name__]
        super().__init__(f"The store cannot be reached: {lines[0]}")


class StoreAddressInvalid(StoreError):
    exit_code = 2

    def __init__(self, cause: object) -> None:
        # Never the address itself, nor what is quoted of it: it may hold a password.
        told = _QUOTED.sub("…", str(cause).splitlines()[0])
        super().__init__(f"DATABASE_URL cannot be used: {told}")


class StoreForbidden(StoreError):
    exit_code = 2

    def __init__(self, cause: object) -> None:
        told = str(cause).strip().splitlines()[0]
        super().__init__(f"The role in DATABASE_URL may not work here: {told}")


class StoreNewer(StoreError):
    exit_code = 2

    def __init__(self, unknown: Iterable[str]) -> None:
        names = ", ".join(sorted(unknown))
        super().__init__(
            f"The store was made by a newer release: this one does not know {names}."
        )


class StoreNotMigrated(StoreError):
    exit_code = 2

    def __init__(self, missing: Iterable[str]) -> None:
        names = ", ".join(sorted(missing))
        super().__init__(
            f"The store lacks {names}: run `bookings migrate` before anything else."
        )


class StoreHalfway(StoreError):
    exit_code = 2

    def __init__(self, skipped: Iterable[str]) -> None:
        names = ", ".join(sorted(skipped))
        super().__init__(
            f"The store lacks {names}, which ends an earlier upgrade: run "
            "`bookings migrate --after` when no process of an older release works."
        )


class StoreBehind(StoreError):
    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "The read models are an earlier release's: `bookings rebuild --switch` "
            "makes this one's beside them, and then takes over."
        )


class StoreTakenOver(StoreError):
    exit_code = 2

    def __init__(self) -> None:
        super().__init__("Another release has taken over the store: work with that.")


class StoreForeign(StoreError):
    exit_code = 2

    def __init__(self, tables: Iterable[str]) -> None:
        names = ", ".join(sorted(tables)[:3])
        super().__init__(
            f"DATABASE_URL leads to tables of somebody else, as {names}: give the "
            "store a database or a schema of its own."
        )


class StoreUnsafe(StoreError):
    exit_code = 2

    def __init__(self, settings: Iterable[str]) -> None:
        names = ", ".join(settings)
        super().__init__(
            f"The store may lose what it acknowledged: {names}. "
            "Mend that, or serve with --unsafe-durability."
        )


class StoreBusy(StoreError):
    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            "Another rebuild, verify or migration has been at work for a minute: "
            "try again when it is done."
        )
