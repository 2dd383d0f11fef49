"""A store that goes away while a command begins is told as one that is away."""

from collections.abc import Callable

import pytest
from psycopg.conninfo import make_conninfo

from adapters import clock, errors
from adapters.postgres import migrate, safety
from tests.cuts import Way, When

BEGINNINGS: tuple[tuple[Callable[[str], object], bytes], ...] = (
    (migrate.check, b"lock_timeout"),
    (migrate.check, b"_yoyo_migration"),
    (migrate.migrate, b"pg_advisory_lock"),
    (safety.durability, b"pg_settings"),
    (lambda url: safety.skew(url, clock.now), b"clock_timestamp"),
)


@pytest.mark.parametrize("when", [When.BEFORE, When.AMID])
@pytest.mark.parametrize(("begin", "word"), BEGINNINGS)
def test_a_store_that_is_lost_while_a_command_begins_is_unreachable(
    postgres_url: str, begin: Callable[[str], object], word: bytes, when: When
):
    with Way(postgres_url) as way:
        way.cut(word, when)
        with pytest.raises(errors.StoreUnreachable, match=r"^The store cannot be"):
            begin(way.url)

        assert way.is_cut


def test_a_role_that_may_not_look_is_told_in_one_line(postgres_url: str):
    migrate.migrate(postgres_url)
    as_nobody = make_conninfo(postgres_url, options="-c role=pg_monitor")

    with pytest.raises(errors.StoreForbidden, match=r"may not work here: permission"):
        migrate.check(as_nobody)
