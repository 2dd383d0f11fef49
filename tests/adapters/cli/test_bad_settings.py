"""Each command with other wrong settings; and all that commands say is on a page."""

import re
import signal
from pathlib import Path

import pytest

from adapters.cli.ending import Ending
from adapters.cli.output import Failed
from application.failures import EpochChanged
from tests.adapters.cli.bad_setups import SAID, WORK, WRITE, all_say, answering, says
from tests.adapters.cli.conftest import Bookings

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "failures.md"


def test_the_page_of_failures_has_these_lines_and_no_others():
    rows = re.findall(r"^\| (\d+) \| `` ?(.+?) ?`` \|", PAGE.read_text(), re.MULTILINE)

    assert sorted((int(code), line) for code, line in rows) == sorted(SAID.values())


@pytest.mark.usefixtures("postgres")
def test_what_postgresql_needs_and_is_not_set(
    bookings: Bookings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("BOOKINGS_UPLOADS")
    all_say(bookings, {"serve": ("serve",)}, "not set")
    monkeypatch.delenv("BOOKINGS_MASTER_KEY")
    some = WRITE | {"replay": WORK["replay"], "keys status": WORK["keys status"]}
    all_say(bookings, some, "not set")


@pytest.mark.usefixtures("sqlite")
def test_a_redis_that_is_none(bookings: Bookings):
    some = {name: WORK[name] for name in ("serve", "worker", "follow")}
    all_say(bookings, some, "no Redis", REDIS_URL="http://127.0.0.1:6379")


@pytest.mark.usefixtures("sqlite")
def test_a_redis_that_is_away_keeps_nobody_from_work(bookings: Bookings):
    for url in ("redis://127.0.0.1:1", "redis://no.invalid"):
        done = bookings("worker", "--once", REDIS_URL=url)
        assert (done.code, done.out) == (0, "")


@pytest.mark.usefixtures("sqlite")
def test_public_keys_that_hang(bookings: Bookings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("BOOKINGS_JWT_SECRET")
    with answering(None) as port:
        url = f"http://127.0.0.1:{port}/jwks.json"
        all_say(bookings, {"serve": ("serve",)}, "hanging keys", BOOKINGS_JWKS=url)


@pytest.mark.parametrize(
    ("cause", "what"),
    [(RuntimeError(), "ended"), (EpochChanged(), "ended for another")],
)
def test_a_process_says_why_it_ended(cause: BaseException, what: str):
    before = signal.signal(signal.SIGTERM, lambda *_signal: None)
    try:
        ending = Ending()
        ending.begin(cause)
        with pytest.raises(Failed) as told:
            ending.tell()
    finally:
        signal.signal(signal.SIGTERM, before)

    says(str(told.value), told.value.exit_code, what)
