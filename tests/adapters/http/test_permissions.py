"""Nobody reaches what is not theirs: every described route, tried by all who must not.

What is another's is as good as none: it is answered word for word as what does not
exist, and after all of it every table and every file is as it was.
"""

import copy
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import httpx
import psycopg
import pytest

from adapters.http import schemas
from adapters.http.openapi import OPERATIONS
from adapters.http.openapi.operation import Operation
from adapters.tokens import Role
from tests import files, stores
from tests.adapters.http.api import Api, Ask, Body, Line, Shop, move, say
from tests.adapters.http.desk import Person, request_id
from tests.examples import FRIDAY, LATE, uuid

GUARDED = [one for one in OPERATIONS if one.roles]
ROLES: tuple[Role, ...] = get_args(Role)
OWN = ("request_id", "generated_at", "instance")
# What names something of one owner or of one workshop, in a path or in a body.
NAMES = {"booking_id", "request_id", "upload_id", "group_id"}
# Staff may do some of it: what they ask is looked at, or the booking's state.
LIMITED = {("changeDeskBooking", "staff"), ("cancelBooking", "staff")}
MISSING = {
    "booking_id": str(10**17 - 1),
    "request_id": str(uuid(404)),
    "upload_id": str(uuid(405)),
    "group_id": str(uuid(406)),
    "org_nr": "999999998",
}


class Scene:
    """A booking with all that hangs on it, and others who have one of their own."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.shop = Shop(api)
        self.ids = self._everything(self.shop.confirmed())
        other = Shop(api)
        self.other = other
        self.others = self._everything(other.confirmed())

    def _everything(self, line: Line) -> dict[str, str]:
        """Give a booking a file that was used, and a change request."""
        self.api.now = LATE
        upload = self.api.ask(
            "POST", f"{line.path}/uploads", line.owner, {"size": len(files.JPEG)}
        )
        where = upload.headers["location"]
        self.api.ask("PUT", where, line.owner, content=files.JPEG)
        upload_id = where.rpartition("/")[2]
        asked = line.put(move(FRIDAY, attachments=[{"upload_id": upload_id}], **say()))
        assert asked.status_code == 202
        return {
            "booking_id": str(line.id),
            "request_id": request_id(line),
            "upload_id": upload_id,
            "group_id": line.data()["group_id"],
            "org_nr": str(line.data()["workshop"]["org_nr"]),
        }

    def owner(self) -> Person:
        return self._person("owner", self.shop.owner, None)

    def other_owner(self) -> Person:
        return self._person("owner", self.other.owner, None)

    def worker(self, role: Role) -> Person:
        return self._person(role, f"{role}-1", self.shop.org_nr)

    def other_worker(self, role: Role) -> Person:
        return self._person(role, f"{role}-2", self.other.org_nr)

    def _person(self, role: Role, sub: str, org_nr: int | None) -> Person:
        person = Person(self.shop, role, org_nr)
        person.sub = sub
        return person

    def stored(self) -> dict[str, list[Any]]:
        """Return all that is stored: each row of each table, and each file."""
        found = {table: _rows(self.api.url, table) for table in _tables(self.api.url)}
        found["files"] = sorted(
            (str(path), path.read_bytes())
            for path in Path(self.api.uploads).rglob("*")
            if path.is_file()
        )
        return found


def _tables(url: str) -> list[str]:
    if stores.is_sqlite(url):
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        query = (
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = current_schema()"
        )
    return [name for (name,) in _asked(url, query)]


def _rows(url: str, table: str) -> list[Any]:
    return sorted(_asked(url, f"SELECT * FROM {table}"), key=repr)  # noqa: S608 - ours


def _asked(url: str, query: str) -> list[Any]:
    if stores.is_sqlite(url):
        with closing(sqlite3.connect(stores.sqlite_path(url))) as connection:
            return connection.execute(query).fetchall()
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def scene(api: Api) -> Scene:
    return Scene(api)


def body(operation: Operation, ids: dict[str, str]) -> Body | None:
    """Return a body that is right, with the ids that bodies have."""
    if not operation.body:
        return None
    (example, *_) = schemas.EXAMPLES[operation.body[0]].values()
    sent = copy.deepcopy(example)
    for name, of in (("id", "booking_id"), ("org_nr", "org_nr")):
        if name in sent:
            sent[name] = int(ids[of])
    if "size" in sent:
        sent["size"] = len(files.JPEG)
    return sent


def request(operation: Operation, by: Person | None, ids: dict[str, str]) -> Ask:
    path = operation.path.format(**ids)
    method, sent = operation.method.upper(), body(operation, ids)
    if by is None:
        asked = Ask(method=method, path=path, by=None, json=sent)
    else:
        asked = by.asked(method, path, sent)
    if operation.media:
        asked.content = files.JPEG
        asked.headers = {"content-type": "image/jpeg", **asked.headers}
    return asked


def ask(
    scene: Scene, operation: Operation, by: Person | None, ids: dict[str, str]
) -> httpx.Response:
    return scene.api.ask_at_once(request(operation, by, ids))[0]


def named(operation: Operation) -> set[str]:
    """Return which ids of somebody's an operation is told."""
    told = set(re.findall(r"\{(\w+)\}", operation.path))
    sent = body(operation, MISSING) or {}
    told |= {
        name for name, of in (("booking_id", "id"), ("org_nr", "org_nr")) if of in sent
    }
    if "owner" in operation.roles:
        # Every owner may ask every workshop.
        told.discard("org_nr")
    return told


def parameters(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "operation", operations, ids=[o.name for o in operations]
    )


def alike(answer: httpx.Response) -> tuple[int, dict[str, Any]]:
    """Return an answer but for what names this very request."""
    shown = {k: v for k, v in answer.json().items() if k not in OWN}
    return answer.status_code, shown


@parameters(GUARDED)
def test_nobody_is_answered_without_a_token(scene: Scene, operation: Operation):
    before = scene.stored()

    answer = ask(scene, operation, None, scene.ids)

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"
    assert scene.stored() == before


@parameters(GUARDED)
def test_no_other_role_may(scene: Scene, operation: Operation):
    before = scene.stored()

    for role in set(ROLES) - set(operation.roles):
        by = scene.owner() if role == "owner" else scene.worker(role)
        answer = ask(scene, operation, by, scene.ids)
        assert (role, answer.status_code) == (role, 403)
        assert answer.json()["code"] == "forbidden"

    assert scene.stored() == before


def strangers(scene: Scene, operation: Operation) -> Iterator[Person]:
    for role in operation.roles:
        yield scene.other_owner() if role == "owner" else scene.other_worker(role)


def mixtures(scene: Scene, told: set[str]) -> Iterator[dict[str, str]]:
    """Yield the ids of another, alone and under what is the caller's own."""
    yield scene.ids
    for name in told - {"booking_id", "org_nr"}:
        yield scene.others | {name: scene.ids[name]}


@parameters([one for one in GUARDED if named(one)])
def test_what_is_anothers_is_answered_as_what_is_not_there(
    scene: Scene, operation: Operation
):
    told = named(operation)
    before = scene.stored()

    for by in strangers(scene, operation):
        for ids in mixtures(scene, told):
            foreign = {name for name in told if ids[name] == scene.ids[name]}
            missing = ids | {name: MISSING[name] for name in foreign}
            answer = ask(scene, operation, by, ids)
            assert answer.status_code == 404
            assert alike(answer) == alike(ask(scene, operation, by, missing))
            assert "etag" not in answer.headers

    assert scene.stored() == before


@parameters([one for one in GUARDED if not named(one) and one.method == "get"])
def test_a_list_has_nothing_of_anothers(scene: Scene, operation: Operation):
    for by in strangers(scene, operation):
        answer = ask(scene, operation, by, scene.others)
        assert answer.status_code in {200, 400}
        # What is drawn for each request, and positions, may look like anybody's id.
        drawn = ("meta", "request_id")
        shown = {k: v for k, v in answer.json().items() if k not in drawn}
        assert leaves(shown).isdisjoint(scene.ids[name] for name in NAMES)


def leaves(shown: Any) -> set[str]:
    """Every value in an answer, as text: an id may be part of another by chance."""
    if isinstance(shown, dict):
        return set().union(*map(leaves, shown.values()))
    if isinstance(shown, list):
        return set().union(*map(leaves, shown))
    return {str(shown)}


def test_the_leaves_of_an_answer_are_all_its_values():
    shown = {"data": [{"id": 124, "of": {"id": "a124"}}, [None]], "more": []}

    assert leaves(shown) == {"124", "a124", "None"}


@parameters(
    [o for o in GUARDED if "auditor" in o.roles and "org_nr_asked" in o.parameters]
)
def test_who_belongs_to_a_workshop_cannot_ask_for_another(
    scene: Scene, operation: Operation
):
    for role in operation.roles:
        asked = request(operation, scene.other_worker(role), scene.ids)
        asked.path += f"?org_nr={scene.ids['org_nr']}"
        (answer,) = scene.api.ask_at_once(asked)
        assert answer.status_code == 404


@parameters(GUARDED)
def test_who_may_is_not_turned_away(api: Api, operation: Operation):
    for role in operation.roles:
        scene = Scene(api)
        by = scene.owner() if role == "owner" else scene.worker(role)
        answer = ask(scene, operation, by, scene.ids)
        is_limited = (operation.name, role) in LIMITED
        assert answer.status_code not in {401, 404}, answer.text
        assert (answer.status_code == 403) == is_limited, answer.text
