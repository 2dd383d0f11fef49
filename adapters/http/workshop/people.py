"""Which of a workshop's people a route is for; what depends on more comes later."""

from typing import Any

from adapters.http import auth

READERS: dict[str, Any] = {auth.ROLES: {"staff", "manager", "auditor"}}
DESK: dict[str, Any] = {auth.ROLES: {"staff", "manager"}}
MANAGERS: dict[str, Any] = {auth.ROLES: {"manager"}}
