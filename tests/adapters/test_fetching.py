"""A document from a server that does whatever a server can do wrong, over TLS."""

import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from adapters import fetching
from adapters.fetching import MAX_BYTES, Unread
from tests import servers
from tests.certificates import Authority

BODY = b'{"keys": []}'
# How long a server that hangs is waited for: what is shorter saves time, no more.
SECONDS = 0.5
Answer = Callable[["Issuer"], None]


class Server(ThreadingHTTPServer):
    """Answers what it is told to; a client that hangs up early is no fault."""

    daemon_threads = True
    answer: Answer

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Issuer)
        self.ended = threading.Event()
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server_port}/jwks.json"
        if context is not None:
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent."""


class Issuer(BaseHTTPRequestHandler):
    @property
    def ended(self) -> threading.Event:
        assert isinstance(self.server, Server)
        return self.server.ended

    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        with suppress(OSError):
            self.server.answer(self)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Stay silent."""


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None) -> Generator[Server]:
    server = Server(context)
    server.answer = answer
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def tell(status: int, body: bytes, **headers: str) -> Answer:
    def answer(to: Issuer) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(body)

    return answer


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


def why(place: str) -> str:
    with pytest.raises(Unread) as caught:
        fetching.read(place, seconds=SECONDS)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_it_is_read_over_tls(trusted: Authority):
    with serving(tell(200, BODY), trusted.context("127.0.0.1")) as server:
        assert fetching.read(server.url) == BODY


def test_it_is_read_from_this_machine_without(trusted: Authority):
    del trusted
    with serving(tell(200, BODY), None) as server:
        assert fetching.read(server.url) == BODY


def test_an_authority_that_is_not_trusted_is_none(authority: Authority):
    with serving(tell(200, BODY), authority.context("127.0.0.1")) as server:
        assert "certificate verify failed" in why(server.url)


@pytest.mark.parametrize(
    ("host", "expired", "told"),
    [
        ("127.0.0.2", False, "IP address mismatch"),
        ("127.0.0.1", True, "certificate has expired"),
    ],
)
def test_a_certificate_of_another_or_of_yesterday_is_none(
    trusted: Authority, host: str, told: str, *, expired: bool
):
    context = trusted.context(host, is_expired=expired)
    with serving(tell(200, BODY), context) as server:
        assert told in why(server.url)


@pytest.mark.usefixtures("trusted")
def test_a_server_that_speaks_no_tls_is_none():
    with serving(tell(200, BODY), None) as server:
        assert "SSL" in why(server.url.replace("http:", "https:"))


def hang_before_the_status(to: Issuer) -> None:
    to.ended.wait()


def hang_amid_the_headers(to: Issuer) -> None:
    to.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
    drip(to)


def hang_amid_the_body(to: Issuer) -> None:
    tell(200, b'{"keys"', content_length="99")(to)
    to.ended.wait()


def never_end_slowly(to: Issuer) -> None:
    tell(200, b'{"keys": [')(to)
    drip(to)


def drip(to: Issuer) -> None:
    """Say something now and then, so that no single wait is long."""
    while not to.ended.wait(SECONDS / 10):
        to.wfile.write(b" ")


@pytest.mark.parametrize(
    "answer",
    [
        hang_before_the_status,
        hang_amid_the_headers,
        hang_amid_the_body,
        never_end_slowly,
    ],
)
def test_a_server_that_hangs_is_left_in_time(trusted: Authority, answer: Answer):
    with serving(answer, trusted.context("127.0.0.1")) as server:
        assert why(server.url) == "there was no answer in time"


@pytest.mark.parametrize("waiting", [0, 8], ids=["says nothing", "takes nobody"])
def test_a_server_that_greets_nobody_is_left_in_time(waiting: int):
    with (
        ExitStack() as crowd,
        socket.create_server(("127.0.0.1", 0), backlog=0) as deaf,
    ):
        for _one in range(waiting):
            one = crowd.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())

        told = why(f"https://127.0.0.1:{deaf.getsockname()[1]}/jwks.json")

        assert told == "there was no answer in time"


def never_end(to: Issuer) -> None:
    tell(200, b"[")(to)
    while True:
        to.wfile.write(b" " * 65536)


def test_a_body_without_an_end_is_left_where_it_is_too_long(trusted: Authority):
    with (
        serving(never_end, trusted.context("127.0.0.1")) as server,
        pytest.raises(Unread, match=f"longer than {MAX_BYTES} bytes"),
    ):
        fetching.read(server.url)
    with serving(tell(200, b"x" * MAX_BYTES), None) as server:
        assert len(fetching.read(server.url)) == MAX_BYTES


def test_a_body_that_breaks_off_is_none(trusted: Authority):
    short = tell(200, BODY, content_length="99")
    with serving(short, trusted.context("127.0.0.1")) as server:
        assert "IncompleteRead" in why(server.url)


@pytest.mark.parametrize("status", [204, 401, 404, 500, 503])
def test_an_answer_that_is_no_success_is_none(trusted: Authority, status: int):
    with serving(tell(status, b"oops"), trusted.context("127.0.0.1")) as server:
        if status == 204:
            assert fetching.read(server.url) == b""
        else:
            assert why(server.url).startswith(f"{status} ")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(trusted: Authority, status: int):
    with serving(tell(200, BODY), None) as there:
        moved = tell(status, b"", location=there.url)
        with serving(moved, trusted.context("127.0.0.1")) as server:
            assert why(server.url).startswith(f"{status} ")


def test_nobody_there_is_said():
    assert "refused" in why(f"http://127.0.0.1:{servers.free_port()}/jwks.json")


def test_an_answer_that_is_no_http_is_said():
    def gibberish(to: Issuer) -> None:
        to.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    with serving(gibberish, None) as server:
        assert "SSH-2.0-OpenSSH" in why(server.url)


def test_a_file_is_read_as_far_as_it_may_be_long(tmp_path: Path):
    (tmp_path / "jwks.json").write_bytes(BODY)

    assert fetching.read(str(tmp_path / "jwks.json")) == BODY
    assert "No such file" in why(str(tmp_path / "none"))
    assert "Is a directory" in why(str(tmp_path))
    assert "longer than" in why("/dev/zero")
    assert "null" in why("/etc/\0")


@pytest.mark.parametrize(
    ("place", "is_one"),
    [
        ("https://issuer.example/jwks", True),
        ("https://issuer.example:8443/jwks?v=2", True),
        ("http://localhost:8080/jwks", True),
        ("http://[::1]:8080/jwks", True),
        ("http://issuer.example/jwks", False),
        ("https:///jwks", False),
        ("https://me:hush@issuer.example/jwks", False),
        ("https://issuer.example:https/jwks", False),
        ("https://[::1/jwks", False),
        ("ftp://issuer.example/jwks", False),
        ("/etc/jwks.json", False),
    ],
)
def test_an_address_is_one_that_nobody_on_the_way_can_change(
    place: str, *, is_one: bool
):
    assert fetching.is_address(place) is is_one


def test_what_may_be_secret_of_an_address_is_not_told():
    assert fetching.told("https://issuer.example/jwks?key=hush") == (
        "https://issuer.example/jwks"
    )
    assert fetching.told("/etc/what?.json") == "/etc/what?.json"
