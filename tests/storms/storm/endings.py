"""What a program may end with: each code has one cause, which must have been there.

Nothing here is taken from the program itself: that a code means what it should is what
is to be proved.
"""

import math
import signal
import threading
from collections.abc import Iterable, Iterator
from signal import Signals
from typing import NamedTuple

import msgspec

WELL, STORE_AWAY = 0, 3
STORE = frozenset({"database", "way"})
"""What a fault must be of, to keep a program from its store."""


class Run(msgspec.Struct, kw_only=True):
    """A run of a program, from its start until it ended with `code`.

    `signals` are those that it was sent, and when. `is_up`: it said that it works.
    """

    began: float
    log_begins: int = 0
    ended: float = math.inf
    code: int | None = None
    signals: list[tuple[Signals, float]] = []
    is_up: bool = False
    over: threading.Event = msgspec.field(default_factory=threading.Event)

    def told(self, number: Signals) -> float | None:
        """Return when it was first sent that signal."""
        return next((at for sent, at in self.signals if sent == number), None)


class Spell(NamedTuple):
    """When a fault was at work, and what it was of."""

    of: str
    began: float
    ended: float


def unexplained(runs: Iterable[Run], spells: Iterable[Spell]) -> Iterator[str]:
    """Yield what is wrong with how each of `runs` ended."""
    away = [spell for spell in spells if spell.of in STORE]
    for number, run in enumerate(runs, 1):
        if run.code is not None and not _is_explained(run, run.code, away):
            yield f"its run {number} ended with {run.code}, after {_before(run)}"


def _is_explained(run: Run, code: int, away: list[Spell]) -> bool:
    end = run.told(signal.SIGTERM)
    if code == WELL:
        return end is not None
    if code == -signal.SIGKILL:
        return run.told(signal.SIGKILL) is not None
    if code == -signal.SIGTERM:
        # Once it listens to that, it ends by itself.
        return end is not None and not run.is_up
    return code == STORE_AWAY and _was_away(run, away)


def _was_away(run: Run, away: list[Spell]) -> bool:
    """Whether its store was, while it began; or while it ended, as it was told to.

    Whoever is up outlives that its store is away.
    """
    since = run.told(signal.SIGTERM) if run.is_up else run.began
    return since is not None and any(
        spell.began <= run.ended and spell.ended >= since for spell in away
    )


def _before(run: Run) -> str:
    sent = [number.name for number, _at in run.signals]
    return f"{'it was up' if run.is_up else 'it began'} and {sent or 'no signal'}"
