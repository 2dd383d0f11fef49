"""PostgreSQL and Redis over TLS: with a certificate to be trusted, or not at all."""

import asyncio
import os
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from structlog.testing import capture_logs

from adapters.counting import InRedis, Uncounted
from adapters.errors import StoreUnreachable
from adapters.postgres import connection
from tests import running, servers, tls
from tests.adapters.cli.conftest import Bookings
from tests.certificates import Authority

PASSWORD = "hu%2Fsh"  # noqa: S105 - nobody asks for it


class Authorities(NamedTuple):
    own: Authority
    other: Authority


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    folder = tmp_path_factory.mktemp("authorities")
    return Authorities(Authority(folder, "own"), Authority(folder, "other"))


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    with servers.own_redis() as server:
        yield server.url


def over_tls(url: str, port: int, authority: Authority, **more: str | Path) -> str:
    options = {"sslmode": "verify-full", "sslrootcert": str(authority.file)}
    more_options = {name: str(value) for name, value in more.items()}
    return tls.postgres_url(url, port, options | more_options)


def redis_over_tls(port: int, authority: Authority) -> str:
    return f"rediss://localhost:{port}/0?ssl_ca_certs={authority.file}"


def test_a_whole_day_goes_over_tls(
    postgres_url: str, redis: str, authorities: Authorities
):
    """Also the counts of calls, which are the same for two processes by Redis alone."""
    own = authorities.own
    booked = asyncio.run(running.place_one_each(postgres_url, ["kari"]))
    context = own.context("localhost")
    with (
        tls.tls_before(postgres_url, context) as database,
        tls.tls_before(redis, context) as cache,
    ):
        more = {
            "DATABASE_URL": over_tls(postgres_url, database.port, own),
            "REDIS_URL": redis_over_tls(cache.port, own),
            "BOOKINGS_RATE_PER_TOKEN": "3 per day",
            "BOOKINGS_RATE_FAIL": "closed",
        }
        with running.serving(postgres_url, processes=2, more=more) as processes:
            statuses = [
                put(server.url, booked["kari"], minute)
                for minute, server in enumerate(processes * 2, start=1)
            ]

        assert statuses == [200, 200, 200, 429]
        assert database.count >= 4
        assert cache.count >= 2


def put(url: str, booking_id: int, minute: int) -> int:
    """Move a booking; return the status, once its count was to be had."""
    start = running.first_start() + timedelta(minutes=minute)
    headers = {"Authorization": f"Bearer {running.token('kari')}"}
    body = {"service_start_time": start.isoformat().replace("+00:00", "Z")}
    while True:
        answer = httpx.put(
            f"{url}/api/co/bookings/{booking_id}", json=body, headers=headers
        )
        # A machine that is busy may take longer for a first handshake than we wait.
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return answer.status_code


def context_of(kind: str, authorities: Authorities) -> ssl.SSLContext | None:
    """Return what a server speaks TLS with that must not be trusted."""
    if kind == "plain text":
        return None
    if kind == "another authority":
        return authorities.other.context("localhost")
    host = "elsewhere" if kind == "another host" else "localhost"
    return authorities.own.context(host, is_expired=kind == "yesterday")


WHY = {
    "another authority": "certificate verify failed",
    "another host": 'for "elsewhere" does not match host name "localhost"',
    "yesterday": "certificate verify failed",
    "plain text": "server does not support SSL",
}


@pytest.mark.parametrize("kind", WHY)
@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_database_that_cannot_be_trusted_is_none(
    bookings: Bookings,
    postgres_url: str,
    authorities: Authorities,
    kind: str,
    command: str,
):
    context = context_of(kind, authorities)
    with tls.tls_before(postgres_url, context) as way:
        url = over_tls(postgres_url, way.port, authorities.own)
        secret = url.replace("@localhost", f":{PASSWORD}@localhost")
        done = bookings(command, DATABASE_URL=secret, PORT="0")

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("bookings: The store cannot be reached: ")
    assert done.err.count("\n") == 1
    assert WHY[kind] in done.err
    assert "hu/sh" not in done.err
    assert PASSWORD not in done.err


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("another authority", "ConnectionError: unable to get local issuer"),
        ("another host", "ConnectionError: Hostname mismatch, certificate is not"),
        ("yesterday", "ConnectionError: certificate has expired"),
    ],
)
def test_a_redis_that_cannot_be_trusted_is_away(
    redis: str, authorities: Authorities, kind: str, why: str
):
    """Whoever serves it could count as they like, and learn nothing else."""
    with (
        tls.tls_before(redis, context_of(kind, authorities)) as way,
        capture_logs() as logs,
    ):
        asyncio.run(fail_to_count(redis_over_tls(way.port, authorities.own)))

    (line,) = logs
    assert (line["event"], line["log_level"]) == ("redis is away", "warning")
    assert line["why"].startswith(why)


def test_a_redis_that_speaks_no_tls_is_away(redis: str, authorities: Authorities):
    url = redis.replace("redis:", "rediss:")
    with capture_logs() as logs:
        asyncio.run(fail_to_count(f"{url}?ssl_ca_certs={authorities.own.file}", 0.2))

    assert [line["event"] for line in logs] == ["redis is away"]


async def fail_to_count(url: str, patience: float = 5.0) -> None:
    counter = InRedis(url, "tests", patience=patience, pause=0)
    for _time in range(2):
        with pytest.raises(Uncounted):
            await counter.count("calls", 1, 60)
    await counter.close()


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("options", ["ssl_cert_reqs=hush", "no_such_option=hush"])
def test_an_option_that_redis_does_not_have_ends_the_start(
    bookings: Bookings, options: str
):
    done = bookings("serve", REDIS_URL=f"rediss://localhost/0?{options}", PORT="0")

    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1] == "bookings: REDIS_URL cannot be used."
    assert "hush" not in done.err


def test_a_client_shows_its_certificate(postgres_url: str, authorities: Authorities):
    own = authorities.own
    context = own.context("localhost")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(own.file)
    certificate, key = own.certificate("bookings")
    with tls.tls_before(postgres_url, context) as way:
        shown = over_tls(postgres_url, way.port, own, sslcert=certificate, sslkey=key)
        with connection.connect(shown) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
            assert conn.pgconn.ssl_in_use
        with pytest.raises(StoreUnreachable):
            connection.connect(over_tls(postgres_url, way.port, own))


def test_a_channel_that_is_not_bound_is_refused_where_it_must_be(
    bookings: Bookings, postgres_url: str, authorities: Authorities
):
    """TLS ends before this server, so it cannot prove that nobody is in between."""
    own = authorities.own
    with tls.tls_before(postgres_url, own.context("localhost")) as way:
        url = over_tls(postgres_url, way.port, own, channel_binding="require")
        done = bookings("migrate", DATABASE_URL=url)

    assert done.code == 3
    assert "channel binding required" in done.err


def test_what_the_address_leaves_open_libpq_takes_from_the_environment(
    authorities: Authorities,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    own = authorities.own
    with (
        # One that lets everybody in, whatever password they come with.
        servers.running_postgres({}) as url,
        tls.tls_before(url, own.context("localhost")) as way,
    ):
        service = tmp_path / "service.conf"
        service.write_text(
            f"[town]\nhost=localhost\nport={way.port}\nsslmode=verify-full\n"
            f"sslrootcert={own.file}\nuser=postgres\ngssencmode=disable\n"
            f"dbname={servers.database_name(url)}\n"
        )
        passwords = tmp_path / "pgpass"
        passwords.write_text("*:*:*:*:out of a file\n")
        passwords.chmod(0o600)
        monkeypatch.setenv("PGSERVICEFILE", str(service))
        monkeypatch.setenv("PGPASSFILE", str(passwords))
        with connection.connect("postgresql://?service=town") as conn:
            assert conn.pgconn.ssl_in_use
            assert conn.info.password == "out of a file"  # noqa: S105 - as above
        monkeypatch.setenv("PGPASSWORD", "out of a variable")
        with connection.connect("postgresql://?service=town") as conn:
            assert conn.info.password == os.environ["PGPASSWORD"]
