"""Files of a booking: announced, sent, used, and shown to those they are for."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast
from urllib.parse import unquote

import httpx
import pytest
from litestar.types import HTTPScope

from adapters.http.uploads import File
from tests import files, stores
from tests.adapters.http.api import UPLOAD_LIMIT, Ask, Line, Shop, say
from tests.examples import DAY, MONDAY

BYTES = {"content-type": "application/octet-stream"}


def announce(line: Line, content: bytes = files.JPEG, **more: Any) -> httpx.Response:
    body = {"size": len(content)} | more
    return line.api.ask("POST", f"{line.path}/uploads", line.owner, body)


def send(
    line: Line,
    where: str,
    content: bytes = files.JPEG,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    return line.api.ask(
        "PUT", where, line.owner, content=content, headers=BYTES | dict(headers or {})
    )


def fetch(line: Line, where: str) -> httpx.Response:
    return line.api.ask("GET", where, line.owner)


def announced(line: Line, content: bytes = files.JPEG, **more: Any) -> str:
    """Return where an upload is, of which the bytes are still to come."""
    answer = announce(line, content, **more)
    assert answer.status_code == 201
    return answer.headers["location"]


def uploaded(line: Line, content: bytes = files.JPEG, **more: Any) -> str:
    """Return where a complete upload is."""
    where = announced(line, content, **more)
    assert send(line, where, content).status_code == 200
    return where


def attach(line: Line, *where: str) -> httpx.Response:
    attachments = [{"upload_id": place.rpartition("/")[2]} for place in where]
    return line.put({"attachments": attachments})


def staff(shop: Shop, role: str = "staff", **claims: Any) -> dict[str, str]:
    whose = {"workshop": shop.org_nr} | claims
    return {"authorization": f"Bearer {shop.api.token('somebody', role=role, **whose)}"}


def at_desk(where: str) -> str:
    return where.replace("/api/co/", "/api/ws/")


@pytest.mark.parametrize(("kind", "content"), list(files.WANTED.items()))
def test_a_file_is_announced_sent_and_used(shop: Shop, kind: str, content: bytes):
    line = shop.confirmed()
    sha256 = hashlib.sha256(content).hexdigest()

    first = announce(line, content, name="the car.bin", sha256=sha256.upper())

    where = first.headers["location"]
    assert first.status_code == 201
    assert first.json()["data"] == {
        "id": where.removeprefix(f"{line.path}/uploads/"),
        "content_type": None,
        "size": len(content),
        "sha256": sha256,
    }
    sent = send(line, where, content)
    assert sent.status_code == 200
    assert sent.json()["data"] == first.json()["data"] | {"content_type": kind}
    used = attach(line, where).json()["data"]["result"]
    assert used["outcome"] == "message_appended"
    assert used["attachments"] == [
        {
            "upload_id": first.json()["data"]["id"],
            "caption": None,
            "content_type": kind,
            "size": len(content),
        }
    ]


def test_a_file_is_given_to_be_saved_and_never_to_be_opened(shop: Shop):
    line = shop.confirmed()
    where = uploaded(line, files.PNG, name="bil foran.png")

    answer = fetch(line, where)

    assert (answer.status_code, answer.content) == (200, files.PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(files.PNG))
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''bil%20foran.png"
    )
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "saved_as"),
    [
        ("bil.JPG", "bil.JPG"),
        ("bilde.jpeg", "bilde.jpeg"),
        ("page.html", "page.html.jpg"),
        ("run.exe", "run.exe.jpg"),
        ("Åses bil 🚗", "Åses bil 🚗.jpg"),
        ('a"; filename="b.html', 'a"; filename="b.html.jpg'),
    ],
)
def test_a_file_is_saved_by_its_name_and_as_what_it_is(
    shop: Shop, name: str, saved_as: str
):
    line = shop.confirmed()
    where = uploaded(line, name=name)

    given = fetch(line, where).headers["content-disposition"]

    start = "attachment; filename*=UTF-8''"
    assert given.startswith(start)
    assert unquote(given.removeprefix(start)) == saved_as
    assert given.removeprefix(start).isascii()
    assert not {'"', ";", "'", "/"} & set(given.removeprefix(start))


def test_a_file_without_a_name_is_saved_by_its_id(shop: Shop):
    line = shop.confirmed()
    where = uploaded(line, files.PDF)

    given = fetch(line, where).headers["content-disposition"]

    assert given.endswith(f"''{where.rpartition('/')[2]}.pdf")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "a\\b", "a\nb"])
def test_a_path_is_no_name(shop: Shop, name: str):
    answer = announce(shop.confirmed(), name=name)

    assert (answer.status_code, answer.json()["code"]) == (422, "format")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/name"]


@pytest.mark.parametrize(
    "content", [files.HTML, files.SVG, files.ZIP, files.FILM, files.JPEG[:-1], b"\0"]
)
def test_what_is_none_of_four_kinds_is_not_taken_whatever_it_is_called(
    shop: Shop, content: bytes
):
    line = shop.confirmed()
    where = announced(line, content, name="photo.jpg")

    answer = line.api.ask(
        "PUT",
        where,
        line.owner,
        content=content,
        headers={"content-type": "image/jpeg"},
    )

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"
    assert answer.headers["accept"] == (
        "image/jpeg, image/png, image/heic, application/pdf"
    )
    assert fetch(line, where).status_code == 404
    assert not list(shop.api.uploads.glob(f"{line.id}/*"))


@pytest.mark.parametrize("content", [b"", files.JPEG[:-1], files.JPEG + b"\0"])
def test_more_or_fewer_bytes_than_announced_are_an_error(shop: Shop, content: bytes):
    line = shop.confirmed()
    where = announced(line)

    answer = send(line, where, content)

    assert (answer.status_code, answer.json()["code"]) == (422, "length")
    assert [error["pointer"] for error in answer.json()["errors"]] == [""]
    assert send(line, where).status_code == 200


@pytest.mark.parametrize("content", [files.JPEG[:-1], files.JPEG + b"\0"])
def test_so_they_are_when_nobody_said_how_many_would_come(shop: Shop, content: bytes):
    line = shop.confirmed()
    where = announced(line)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(content), 100):
            yield content[at : at + 100]

    answer = line.api.stream(where, line.owner, pieces())

    assert (answer.status_code, answer.json()["code"]) == (422, "length")


def test_bytes_may_come_in_pieces(shop: Shop):
    line = shop.confirmed()
    where = announced(line)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(files.JPEG), 100):
            yield files.JPEG[at : at + 100]

    assert line.api.stream(where, line.owner, pieces()).status_code == 200
    assert fetch(line, where).content == files.JPEG


def test_bytes_of_another_hash_than_announced_are_an_error(shop: Shop):
    line = shop.confirmed()
    where = announced(line, sha256=hashlib.sha256(files.PNG).hexdigest())

    answer = send(line, where)

    assert (answer.status_code, answer.json()["code"]) == (422, "format")


def test_a_file_above_the_limit_is_too_large_from_its_announcement_on(shop: Shop):
    line = shop.confirmed()

    assert announce(line, size=UPLOAD_LIMIT).status_code == 201
    answer = announce(line, size=UPLOAD_LIMIT + 1)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert str(UPLOAD_LIMIT) in answer.json()["detail"]


def test_a_body_above_the_limit_is_too_large_before_all_else(shop: Shop):
    line = shop.confirmed()

    answer = send(line, f"{line.path}/uploads/{NOBODYS}", bytes(UPLOAD_LIMIT + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


NOBODYS = "0193a1b2-1234-7abc-8def-0123456789ab"


def test_the_same_bytes_again_are_as_good_as_the_first_time(shop: Shop):
    line = shop.confirmed()
    where = uploaded(line)

    again = send(line, where)

    assert again.status_code == 200
    assert again.json()["data"]["content_type"] == "image/jpeg"
    attach(line, where)
    assert send(line, where).status_code == 200


def test_other_bytes_never_take_the_place_of_the_first(shop: Shop):
    line = shop.confirmed()
    other = files.JPEG.replace(b"JFIF", b"JFXX")
    where = uploaded(line)

    answer = send(line, where, other)

    assert (answer.status_code, answer.json()["code"]) == (409, "upload_complete")
    assert fetch(line, where).content == files.JPEG
    assert len(list(shop.api.uploads.glob(f"{line.id}/*/*"))) == 1


def test_of_two_who_send_at_once_one_wins_whole(shop: Shop):
    line = shop.confirmed()
    where = announced(line)
    both = [files.JPEG, files.JPEG.replace(b"JFIF", b"JFXX")]

    answers = shop.api.ask_at_once(
        *[
            Ask(method="PUT", path=where, by=line.owner, content=content, headers=BYTES)
            for content in both * 3
        ]
    )

    won = {a.json()["data"]["sha256"] for a in answers if a.status_code == 200}
    kept = fetch(line, where).content
    assert {a.status_code for a in answers} == {200, 409}
    assert kept in both
    assert won == {hashlib.sha256(kept).hexdigest()}


def test_under_a_key_an_announcement_is_made_once(shop: Shop):
    line = shop.confirmed()
    key = {"idempotency-key": "a"}
    body, path = {"size": len(files.PNG)}, f"{line.path}/uploads"

    first = line.api.ask("POST", path, line.owner, body, headers=key)
    again = line.api.ask("POST", path, line.owner, body, headers=key)
    other = line.api.ask("POST", path, line.owner, {"size": 1}, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["location"] == first.headers["location"]
    assert again.json()["meta"]["idempotent_replay"] is True
    assert other.json()["code"] == "idempotency_key_reused"


def test_under_a_key_bytes_are_sent_once(shop: Shop):
    line = shop.confirmed()
    where = announced(line)

    first = send(line, where, headers={"idempotency-key": "b"})
    again = send(line, where, headers={"idempotency-key": "b"})

    assert again.json()["data"] == first.json()["data"]
    assert again.json()["meta"]["request_id"] == first.json()["meta"]["request_id"]
    assert again.json()["meta"]["idempotent_replay"] is True


def test_a_revision_can_be_asked_for(shop: Shop):
    line = shop.confirmed()
    stale = {"if-match": '"1"'}
    path, body = f"{line.path}/uploads", {"size": len(files.JPEG)}

    assert (
        line.api.ask("POST", path, line.owner, body, headers=stale).status_code == 412
    )
    where = announced(line)
    assert send(line, where, headers=stale).status_code == 412
    assert send(line, where, headers={"if-match": "*"}).status_code == 200


@pytest.mark.parametrize("header", [{"if-match": "1"}, {"idempotency-key": ""}])
def test_a_wrong_header_is_told_before_the_body_is_read(
    shop: Shop, header: dict[str, str]
):
    line = shop.confirmed()

    answer = send(line, f"{line.path}/uploads/{NOBODYS}", headers=header)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")


def test_in_a_closed_thread_no_upload_is_made(shop: Shop):
    line = shop.confirmed()
    where = announced(line)
    shop.api.now = MONDAY + 40 * DAY

    made, sent = announce(line), send(line, where)

    assert [made.json()["code"], sent.json()["code"]] == ["thread_closed"] * 2
    assert fetch(line, where).status_code == 404


def test_a_stranger_finds_nothing(shop: Shop):
    line, other = shop.confirmed(), f"{shop.owner}-2"
    where, waiting = uploaded(line), announced(line)

    answers = [
        line.api.ask("POST", f"{line.path}/uploads", other, {"size": 1}),
        line.api.ask("PUT", waiting, other, content=files.JPEG, headers=BYTES),
        line.api.ask("PUT", where, other, content=files.JPEG, headers=BYTES),
        line.api.ask("GET", where, other),
    ]

    assert [a.status_code for a in answers] == [404] * 4
    assert {a.json()["detail"] for a in answers} == {
        fetch(line, f"{line.path}/uploads/{NOBODYS}").json()["detail"]
    }


def test_an_upload_is_of_one_booking(shop: Shop):
    line = shop.confirmed()
    other = shop.pending(MONDAY + 4 * DAY)
    where = uploaded(line)
    elsewhere = where.replace(line.path, other.path)

    assert fetch(other, elsewhere).status_code == 404
    assert send(other, elsewhere).status_code == 404
    assert attach(other, where).json()["code"] == "upload_unusable"


def test_the_workshop_sees_a_file_once_a_message_has_it(shop: Shop):
    line = shop.confirmed()
    where = uploaded(line)
    api, desk = shop.api, at_desk(where)

    assert api.ask("GET", desk, None, headers=staff(shop)).status_code == 404
    attach(line, where)

    for role in ("staff", "manager"):
        answer = api.ask("GET", desk, None, headers=staff(shop, role))
        assert (answer.status_code, answer.content) == (200, files.JPEG)
        assert answer.headers["content-disposition"].startswith("attachment;")


def test_photos_are_personal_and_not_for_auditors_or_other_workshops(shop: Shop):
    line = shop.confirmed()
    where = uploaded(line)
    attach(line, where)
    ask, desk = shop.api.ask, at_desk(where)
    other = staff(shop, workshop=shop.org_nr + 1)
    missing = f"{at_desk(line.path)}/uploads/{NOBODYS}"

    assert ask("GET", desk, None, headers=staff(shop, "auditor")).status_code == 403
    assert ask("GET", desk, line.owner).status_code == 403
    assert ask("GET", where, None, headers=staff(shop)).status_code == 403
    assert ask("GET", desk, None, headers=other).status_code == 404
    assert ask("GET", missing, None, headers=staff(shop)).status_code == 404


def test_a_file_that_a_message_has_is_used_once(shop: Shop):
    line = shop.confirmed()
    where = uploaded(line)

    first, again = attach(line, where), attach(line, where)
    beside = line.put(
        say() | {"attachments": [{"upload_id": where.rpartition("/")[2]}]}
    )

    # The same uploads alone are the same message.
    assert [first.status_code, again.status_code] == [200, 200]
    assert (
        again.json()["data"]["result"]["message"]["id"]
        == first.json()["data"]["result"]["message"]["id"]
    )
    assert beside.status_code == 200


def test_an_upload_without_its_bytes_cannot_be_used(shop: Shop):
    line = shop.confirmed()
    where = announced(line)

    answer = attach(line, where)

    assert (answer.status_code, answer.json()["code"]) == (409, "upload_unusable")
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/attachments/0/upload_id"
    ]


def test_bytes_are_kept_before_anybody_is_told(shop: Shop):
    line = shop.confirmed()
    where = uploaded(line)

    (kept,) = shop.api.uploads.glob(f"{line.id}/*/*")

    upload_id = where.rpartition("/")[2]
    assert kept.parts[-2:] == (upload_id, hashlib.sha256(files.JPEG).hexdigest())
    assert kept.read_bytes() == files.JPEG


def test_of_bytes_that_come_when_it_was_given_up_nothing_is_kept(shop: Shop):
    line = shop.confirmed()
    where = announced(line)
    upload_id = where.rpartition("/")[2]

    async def pieces() -> AsyncIterator[bytes]:
        yield files.JPEG[:100]
        doom = f"UPDATE upload SET status = 'DOOMED' WHERE id = '{upload_id}'"  # noqa: S608 - ours
        await asyncio.to_thread(stores.execute, shop.api.url, doom)
        yield files.JPEG[100:]

    assert line.api.stream(where, line.owner, pieces()).status_code == 404
    assert not (shop.api.uploads / str(line.id)).exists()
    assert fetch(line, where).status_code == 404
    assert send(line, where).status_code == 404


def test_where_no_bytes_can_be_kept_none_are_taken_and_later_they_are(shop: Shop):
    line = shop.confirmed()
    where = announced(line)
    in_the_way = shop.api.uploads / str(line.id)
    in_the_way.write_text("a file where a folder should be")

    answer = send(line, where)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    assert fetch(line, where).status_code == 404
    in_the_way.unlink()
    assert send(line, where).status_code == 200


def test_a_file_whose_bytes_were_lost_is_a_fault_and_no_empty_file(shop: Shop):
    line = shop.confirmed()
    where = uploaded(line)
    (kept,) = shop.api.uploads.glob(f"{line.id}/*/*")
    kept.unlink()

    answer = fetch(line, where)

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")


def test_a_file_that_nobody_takes_is_not_offered_for_ever():
    async def pieces() -> AsyncIterator[bytes]:
        yield b"photo"

    sent = list[Any]()

    async def send(event: Any) -> None:
        sent.append(event)
        if event["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def receive() -> Any:
        await asyncio.Event().wait()

    answer = File(pieces(), seconds=0.01, content_length=5, media_type="image/png")
    asyncio.run(answer(cast("HTTPScope", {}), receive, send))

    # What is left unfinished, the server ends.
    assert [event["type"] for event in sent] == [
        "http.response.start",
        "http.response.body",
    ]
    assert sent[-1]["more_body"] is True
