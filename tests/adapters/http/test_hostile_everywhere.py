"""Input that must never hurt, on every route that takes it, on both stores.

The routes are those that the description knows, and each is one of the API.
"""

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from adapters.http import schemas
from adapters.http.body import MAX_BYTES
from adapters.http.openapi import OPERATIONS
from adapters.http.openapi.operation import Operation
from tests.adapters.http.api import Api, Ask, Shop, move
from tests.adapters.http.desk import Person, manager, request_id
from tests.adapters.http.test_hostile import UNREADABLE
from tests.examples import FRIDAY, LATE, uuid

GUARDED = [one for one in OPERATIONS if one.roles]
WITH_BODY = [one for one in OPERATIONS if one.body]
WITH_ID = [one for one in OPERATIONS if "{" in one.path]
NOT_DECLARED = (
    "text/plain",
    "application/msgpack",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/json; charset=latin-1",
    "",
)
# Of an id that is there: another's, were it read with good will.
OTHER_FORMS = ("+{}", "0{}", "{}_0", "%20{}", "{}%0a", "{}%00", "{}/", "{}%2F", "{};x")
NO_ID = {
    "booking_id": ("0", "-1", "%EF%BC%91", "9223372036854775931", "1" + "0" * 23),
    "org_nr": ("1", "1234567890", "012345678", "31300108%D9%A3"),
    "upload_id": ("x", str(uuid(7)).upper().replace("7", "A"), f"{{{uuid(7)}}}"),
    "request_id": ("x", str(uuid(7)).replace("-", "")),
    "group_id": ("x", f"urn:uuid:{uuid(7)}"),
}


class Scene:
    """A workshop, a booking there, and the request that its owner made."""

    def __init__(self, api: Api) -> None:
        self.shop = Shop(api)
        line = self.shop.confirmed()
        api.now = LATE
        line.put(move(FRIDAY))
        self.ids = {
            "booking_id": str(line.id),
            "request_id": request_id(line),
            "upload_id": str(uuid(7)),
            "group_id": line.data()["group_id"],
            "org_nr": str(self.shop.org_nr),
        }
        self.length = api.log_length()

    def asked(self, one: Operation, path: str | None = None, **more: Any) -> Ask:
        path = one.path.format(**self.ids) if path is None else path
        method = one.method.upper()
        if not one.roles or "owner" in one.roles:
            return Ask(method=method, path=path, by=self.shop.owner, **more)
        boss: Person = manager(self.shop)
        headers = more.pop("headers", {})
        asked = boss.asked(method, path, headers=headers)
        asked.json, asked.content = more.pop("json", None), more.pop("content", None)
        return asked

    def ask(self, one: Operation, path: str | None = None, **more: Any) -> Any:
        return self.shop.api.ask_at_once(self.asked(one, path, **more))[0]

    def refused(self, answer: httpx.Response, status: int, code: str) -> None:
        """See that it is that problem, that nothing was stored and nothing is shown."""
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Traceback" not in answer.text
        assert self.shop.api.log_length() == self.length


@pytest.fixture(scope="module")
def scene(api: Api) -> Scene:
    return Scene(api)


def named(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", operations, ids=lambda one: one.name)


@named(WITH_BODY)
def test_what_cannot_be_read_is_malformed(scene: Scene, one: Operation):
    for content in UNREADABLE.values():
        scene.refused(scene.ask(one, content=content), 400, "malformed")


@named(WITH_BODY)
def test_what_is_not_declared_as_json_is_not_read(scene: Scene, one: Operation):
    for media in NOT_DECLARED:
        answer = scene.ask(one, content=b"{}", headers={"content-type": media})

        scene.refused(answer, 415, "unsupported_media_type")


@named(WITH_BODY)
def test_a_large_body_is_refused_before_it_is_read(scene: Scene, one: Operation):
    for size in (MAX_BYTES + 1, 10_000_000):
        answer = scene.ask(one, content=b" " * size, headers={"content-type": "x"})

        scene.refused(answer, 413, "too_large")


@named(WITH_BODY)
def test_a_body_is_an_object_of_known_members(scene: Scene, one: Operation):
    no_objects: list[Any] = [[], "x", 5, True, [{}]]
    for body in no_objects:
        answer = scene.ask(one, json=body)
        scene.refused(answer, 422, "type")
        assert answer.json()["errors"][0]["pointer"] == ""
    answer = scene.ask(one, json={"__proto__": {}, "a/b~c": None})
    found = {(e["pointer"], e["code"]) for e in answer.json()["errors"]}

    assert answer.status_code == 422
    assert {
        ("/__proto__", "unknown_member"),
        ("/a~1b~0c", "unknown_member"),
    } <= found


def poisoned(body: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Yield the body with a U+0000 in each of its texts in turn, and its pointer."""
    inner = body
    for step in place:
        inner = inner[step]
    if isinstance(inner, str):
        poison = copy.deepcopy(body)
        at = poison
        for step in place[:-1]:
            at = at[step]
        at[place[-1]] = f"a\0{inner}"
        yield poison, "/" + "/".join(map(str, place))
    elif isinstance(inner, dict):
        for name in inner:
            yield from poisoned(body, (*place, name))
    elif isinstance(inner, list):
        for index in range(len(inner)):
            yield from poisoned(body, (*place, index))


@named(WITH_BODY)
def test_no_text_has_what_a_store_cannot_keep(scene: Scene, one: Operation):
    sent = [body for type_ in one.body for body in schemas.EXAMPLES[type_].values()]
    for good in sent:
        for body, pointer in poisoned(good):
            answer = scene.ask(one, json=body)

            assert answer.status_code == 422
            assert pointer in {e["pointer"] for e in answer.json()["errors"]}
    assert scene.shop.api.log_length() == scene.length


@named([one for one in GUARDED if "Idempotency-Key" in one.parameters])
def test_a_key_is_visible_ascii_or_refused(scene: Scene, one: Operation):
    body: dict[str, Any] = {"json": {}} if one.body else {}
    for key in ("", "a b", "a\tb", "x" * 256, "\u00e6", "\u007f"):
        answer = scene.ask(one, headers={"idempotency-key": key}, **body)

        scene.refused(answer, 400, "invalid_parameter")


@named([one for one in GUARDED if "If-Match" in one.parameters])
def test_a_tag_is_quoted_or_refused(scene: Scene, one: Operation):
    body: dict[str, Any] = {"json": {}} if one.body else {}
    for tags in ("", "1", '"1', "'1'", '"1" "2"', 'w/"1"', '*, "1"', '"a b"'):
        answer = scene.ask(one, headers={"if-match": tags}, **body)

        scene.refused(answer, 400, "invalid_parameter")


@named(WITH_ID)
def test_an_id_in_another_form_is_no_route(scene: Scene, one: Operation):
    for name, wrong in NO_ID.items():
        if f"{{{name}}}" not in one.path:
            continue
        forms = [form.format(scene.ids[name]) for form in OTHER_FORMS]
        for written in (*forms, *wrong):
            path = one.path.format(**scene.ids | {name: written})

            scene.refused(scene.ask(one, path), 404, "not_found")


@named(GUARDED)
def test_a_token_of_nobody_opens_nothing(scene: Scene, one: Operation):
    asked = scene.asked(one)
    for token in ("", "Bearer", "Bearer x", "Bearer e30.e30.e30", "Basic eDp5"):
        asked.by, asked.headers = None, {"authorization": token}
        answer = scene.shop.api.ask_at_once(asked)[0]

        scene.refused(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")
