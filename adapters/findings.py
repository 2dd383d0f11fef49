"""What is found when a set-up is looked at: each thing with how it is, in one line."""

from collections.abc import Iterable
from enum import Enum

import msgspec


class Verdict(Enum):
    """From the best to the worst; a command's exit codes are in this order."""

    OK = "ok"
    UNSAFE = "unsafe"
    WRONG = "wrong"
    UNREACHABLE = "unreachable"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`what` was looked at, and what is `told` of it to a person."""

    what: str
    verdict: Verdict
    told: str

    @property
    def is_ok(self) -> bool:
        return self.verdict is Verdict.OK


def judged(what: str, told: str, *, is_safe: bool) -> Finding:
    return Finding(
        what=what, verdict=Verdict.OK if is_safe else Verdict.UNSAFE, told=told
    )


def worst(findings: Iterable[Finding]) -> int:
    """Return the exit code of a command that found these."""
    order = list(Verdict)
    return max((order.index(finding.verdict) for finding in findings), default=0)
