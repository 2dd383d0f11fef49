"""The commands by name, and what each failure ends with.

A command's module is imported when it is called: `bookings token` needs no server.
"""

import os
import sys
from collections.abc import Sequence
from importlib import metadata

from cyclopts import App, CycloptsError

from adapters.cli import manual, output
from adapters.errors import StoreError, StoreTakenOver
from adapters.settings import SettingsError
from application.failures import Conflict, EpochChanged, Unavailable

USAGE, UNREACHABLE, INTERRUPTED = 2, 3, 130

app = App(
    name="bookings",
    help=manual.BOOKINGS,
    help_format="markdown",
    version=lambda: metadata.version("bookings"),
    print_error=False,
    exit_on_error=False,
    suppress_keyboard_interrupt=False,
    result_action="return_int_as_exit_code_else_zero",
)
workshop = App(name="workshop", help=manual.WORKSHOP)
workshop.command("adapters.cli.workshops:add", help=manual.WORKSHOP_ADD)
keys = App(name="keys", help=manual.KEYS)
keys.command("adapters.cli.rotation:rotate", help=manual.KEYS_ROTATE)
keys.command("adapters.cli.rotation:status", help=manual.KEYS_STATUS)
app.command("adapters.cli.serve:serve", help=manual.SERVE)
app.command("adapters.cli.worker:worker", help=manual.WORKER)
app.command("adapters.cli.migrate:migrate", help=manual.MIGRATE)
app.command("adapters.cli.backup:backup", help=manual.BACKUP)
app.command("adapters.cli.doctor:doctor", help=manual.DOCTOR)
app.command("adapters.cli.tokens:token", help=manual.TOKEN)
app.command(workshop)
app.command("adapters.cli.demo:demo", help=manual.DEMO)
app.command("adapters.cli.seed:seed", help=manual.SEED)
app.command("adapters.cli.owners:export", help=manual.EXPORT)
app.command("adapters.cli.owners:erase", help=manual.ERASE)
app.command(keys)
app.command("adapters.cli.trail:replay", help=manual.REPLAY)
app.command("adapters.cli.model:rebuild", help=manual.REBUILD)
app.command("adapters.cli.model:verify", help=manual.VERIFY)


def main(words: Sequence[str] | None = None) -> int:
    """Run a command (`words`, else the process's arguments); return its exit code."""
    try:
        exit_code = int(app(words))
        sys.stdout.flush()
    except _EXPECTED as error:
        return _failed(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nor can Python flush it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return exit_code


_EXPECTED = (
    Conflict,
    CycloptsError,
    SettingsError,
    StoreError,
    Unavailable,
    output.Failed,
)


def _failed(error: Exception) -> int:
    if isinstance(error, CycloptsError):
        output.say(f"{error} Try --help.")
        return USAGE
    if isinstance(error, Conflict):
        output.say("Others wrote at the same time; try again.")
        return UNREACHABLE
    if isinstance(error, EpochChanged):
        return _failed(StoreTakenOver())
    output.say(str(error))
    return getattr(error, "exit_code", UNREACHABLE)
