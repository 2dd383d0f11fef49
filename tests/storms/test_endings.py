"""What a program of the storm ended with is accepted from its own cause alone."""

import signal
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM, Signals

import pytest

from tests.storms.storm import endings
from tests.storms.storm.endings import Run, Spell

FROM, UNTIL = 100.0, 110.0
AWAY = Spell("database", 104, 106)
WAY_AWAY = AWAY._replace(of="way")
BEFORE, AFTER = AWAY._replace(began=90, ended=99), AWAY._replace(began=111, ended=112)
AT_REDIS, AT_A_COMMIT = AWAY._replace(of="redis"), AWAY._replace(of="amid")
TRACEBACK, MISUSED, FATAL, ABORTED = 1, 2, 70, -signal.SIGABRT


def ended(code: int, *signals: tuple[Signals, float], up: bool = True) -> Run:
    return Run(began=FROM, ended=UNTIL, code=code, signals=list(signals), is_up=up)


def beginning(code: int, *signals: tuple[Signals, float]) -> Run:
    return ended(code, *signals, up=False)


@pytest.mark.parametrize(
    ("run", "spells"),
    [
        (ended(0, (SIGTERM, 105)), []),
        (beginning(0, (SIGTERM, 105)), []),
        (ended(-SIGKILL, (SIGKILL, 109)), []),
        (ended(-SIGKILL, (SIGTERM, 105), (SIGKILL, 109)), []),
        (beginning(-SIGTERM, (SIGTERM, 101)), []),
        (beginning(3), [AWAY]),
        (beginning(3), [WAY_AWAY]),
        (ended(3, (SIGTERM, 105)), [AWAY]),
    ],
)
def test_an_ending_that_was_caused_is_no_violation(run: Run, spells: list[Spell]):
    assert list(endings.unexplained([run], spells)) == []


@pytest.mark.parametrize(
    ("run", "spells"),
    [
        (ended(0), [AWAY]),
        (ended(0, (SIGSTOP, 101), (SIGCONT, 102)), [AWAY]),
        (ended(-SIGKILL), [AWAY]),
        (ended(-SIGKILL, (SIGTERM, 105)), [AWAY]),
        (ended(-SIGTERM), [AWAY]),
        (ended(-SIGTERM, (SIGTERM, 105)), [AWAY]),
        (beginning(3), []),
        (beginning(3), [BEFORE, AFTER, AT_REDIS, AT_A_COMMIT]),
        (ended(3), [AWAY]),
        (ended(3, (SIGTERM, 107)), [AWAY]),
        (ended(3, (SIGTERM, 105)), [AT_REDIS]),
        (ended(TRACEBACK, (SIGTERM, 105)), [AWAY]),
        (ended(MISUSED, (SIGTERM, 105)), [AWAY]),
        (ended(FATAL, (SIGTERM, 105)), [AWAY]),
        (ended(ABORTED, (SIGTERM, 105), (SIGKILL, 110)), [AWAY]),
    ],
)
def test_an_ending_that_nothing_caused_is_a_violation(run: Run, spells: list[Spell]):
    (found,) = endings.unexplained([run], spells)

    assert found.startswith(f"its run 1 ended with {run.code}, ")


def test_what_one_run_was_sent_explains_no_other():
    runs = [ended(-SIGKILL, (SIGKILL, 105)), ended(-SIGKILL)]

    assert list(endings.unexplained(runs, [])) == [
        "its run 2 ended with -9, after it was up and no signal"
    ]


def test_who_still_runs_has_not_ended():
    running = Run(began=FROM, signals=[(SIGTERM, 105)])

    assert list(endings.unexplained([running], [])) == []
