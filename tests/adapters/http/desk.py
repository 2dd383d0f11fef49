"""Those who work at a workshop or look on, and what they ask of the API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from adapters.tokens import Role
from tests.adapters.http.api import Ask, Body, Line, Shop, wire


class Person:
    """Somebody with a role, at the workshop `org_nr` or at none."""

    def __init__(self, shop: Shop, role: Role, org_nr: int | None) -> None:
        self.api = shop.api
        self.sub = f"{role}-1"
        self.role = role
        self.org_nr = org_nr

    def asked(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Ask:
        where = {} if self.org_nr is None else {"workshop": self.org_nr}
        token = self.api.token(self.sub, role=self.role, **where)
        return Ask(
            method=method,
            path=path,
            by=None,
            json=json,
            headers={"authorization": f"Bearer {token}"} | dict(headers or {}),
        )

    def ask(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        asked = self.asked(method, path, json, headers=headers)
        return self.api.ask_at_once(asked)[0]

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def post(
        self, path: str, json: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self.ask("POST", path, json, headers=headers)

    def put(
        self, path: str, json: object, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self.ask("PUT", path, json, headers=headers)


def staff(shop: Shop) -> Person:
    return Person(shop, "staff", shop.org_nr)


def manager(shop: Shop) -> Person:
    return Person(shop, "manager", shop.org_nr)


def auditor(shop: Shop) -> Person:
    return Person(shop, "auditor", shop.org_nr)


def elsewhere(shop: Shop, role: Role) -> Person:
    """Return somebody of a workshop that no test has."""
    return Person(shop, role, 999_999_999)


def step(line: Line, name: str) -> str:
    """Return the path of a step that names its booking, as `confirm`."""
    return f"/api/ws/bookings/{name}/{line.id}"


def at_desk(line: Line) -> str:
    return f"/api/ws/bookings/{line.id}"


def new_booking(shop: Shop, start: datetime, **changed: Any) -> Body:
    """Return what a workshop sends to book for an owner."""
    return {
        "org_nr": shop.org_nr,
        "service_id": 1,
        "service_start_time": wire(start),
        "vehicle": {"plate": "AB 12345", "make": "Volvo"},
        "owner_id": shop.owner,
    } | changed


def request_id(line: Line) -> str:
    """Return the id of the booking's open change request."""
    return str(line.data()["pending_change_request"]["id"])


def decision_of(line: Line) -> str:
    return f"/api/ws/bookings/change-requests/{request_id(line)}/decision"


def outcome(answer: httpx.Response) -> str:
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["data"]["result"]["outcome"])


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
