"""A small document out of a file or from an address, whole or not at all.

Its one law: it takes so many seconds and so many bytes at most, whoever is asked; only
to find, reach and greet a server may take as long each.
"""

import os
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    IncompleteRead,
)
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    Request,
    build_opener,
)

SECONDS = 5.0
MAX_BYTES = 1024 * 1024
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Unread(Exception):
    """The document cannot be had; why, in one line."""


def is_address(place: str) -> bool:
    """Whether `place` is an address that nobody on the way can change."""
    parts = _parts(place)
    if parts is None or not parts.hostname or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOCAL
    )


def told(place: str) -> str:
    """Return `place` as it may be shown: what follows a question mark may be secret."""
    return place.partition("?")[0] if is_address(place) else place


def read(place: str, *, seconds: float = SECONDS) -> bytes:
    """Return what is at `place`. Raises `Unread`."""
    try:
        content = _fetch(place, seconds) if is_address(place) else _read(Path(place))
    except HTTPError as error:
        with error:
            raise Unread(f"{error.code} {error.reason}") from None
    except (OSError, ValueError, HTTPException) as error:
        raise Unread(_why(error)) from None
    if len(content) > MAX_BYTES:
        raise Unread(f"it is longer than {MAX_BYTES} bytes")
    return content


def _parts(place: str) -> SplitResult | None:
    try:
        parts = urlsplit(place)
        _port = parts.port
    except ValueError:
        return None
    return parts


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "there was no answer in time"
    return (str(reason).splitlines() or [type(reason).__name__])[0]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _fetch(address: str, seconds: float) -> bytes:
    with _cutting(seconds) as cut:
        opener = build_opener(_NoRedirects, _Http(cut), _Https(cut))
        with opener.open(address, timeout=seconds) as answer:
            content: bytes = answer.read(MAX_BYTES + 1)
            if answer.length and len(content) <= MAX_BYTES:
                raise IncompleteRead(content, answer.length)
    return content


class _Cut:
    """Ends what connections wait for, once their time is over."""

    def __init__(self) -> None:
        self.is_over = False
        self._open = list[socket.socket]()

    def add(self, connection: socket.socket) -> None:
        # Another name for it: whoever reads from it may close his at any time.
        self._open.append(socket.socket(fileno=os.dup(connection.fileno())))
        if self.is_over:
            self.cut()

    def cut(self) -> None:
        self.is_over = True
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for connection in self._open:
            connection.close()


@contextmanager
def _cutting(seconds: float) -> Generator[_Cut]:
    with ExitStack() as last:
        cut = _Cut()
        last.callback(cut.close)
        timer = Timer(seconds, cut.cut)
        timer.daemon = True
        timer.start()
        last.callback(timer.join)
        last.callback(timer.cancel)
        try:
            yield cut
        except (OSError, ValueError, HTTPException):
            if not cut.is_over:
                raise
        if cut.is_over:
            # Whatever else was made of it.
            raise TimeoutError


class _NoRedirects(HTTPRedirectHandler):
    """Another address might be one that anybody can change."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


class _CutHttp(HTTPConnection):
    def __init__(self, host: str, *, cut: _Cut, **options: Any) -> None:
        super().__init__(host, **options)
        self._cut = cut

    def connect(self) -> None:
        super().connect()
        self._cut.add(self.sock)


class _CutHttps(HTTPSConnection):
    def __init__(self, host: str, *, cut: _Cut, **options: Any) -> None:
        super().__init__(host, **options)
        self._cut = cut

    def connect(self) -> None:
        super().connect()
        self._cut.add(self.sock)


class _Http(HTTPHandler):
    def __init__(self, cut: _Cut) -> None:
        super().__init__()
        self._cut = cut

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_CutHttp, cut=self._cut), req)


class _Https(HTTPSHandler):
    def __init__(self, cut: _Cut) -> None:
        super().__init__()
        self._cut = cut

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_CutHttps, cut=self._cut), req)
