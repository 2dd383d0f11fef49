"""docker-compose.yml and the Dockerfile say nothing that is not so."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from adapters.cli.app import app
from adapters.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
OURS = ("migrate", "api", "worker")
SECRETS = {"POSTGRES_PASSWORD", "BOOKINGS_JWT_SECRET", "BOOKINGS_MASTER_KEY"}


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def test_the_compose_file_keeps_to_the_schema():
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema=vendor.compose-spec",
            COMPOSE,
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


def test_there_are_a_database_its_migrations_a_redis_an_api_and_a_worker(
    services: dict[str, Any],
):
    assert set(services) == {"postgres", "redis", "migrate", "api", "worker"}


def test_each_service_waits_for_one_that_is_there(services: dict[str, Any]):
    waits = {
        name: {other: how["condition"] for other, how in it["depends_on"].items()}
        for name, it in services.items()
        if "depends_on" in it
    }

    assert waits == {
        "migrate": {"postgres": "service_healthy"},
        "api": {"migrate": "service_completed_successfully"},
        "worker": {"migrate": "service_completed_successfully"},
    }
    assert "healthcheck" in services["postgres"]


def test_no_secret_has_a_default():
    named = re.findall(r"\$\{(\w+)(.*?)\}", COMPOSE.read_text())

    assert {name for name, default in named if default.startswith(":?")} == SECRETS
    assert {name for name, default in named if not default.startswith(":?")} == {"PORT"}


def test_the_services_of_ours_are_given_settings_that_exist(services: dict[str, Any]):
    known = {field.encode_name for field in msgspec.structs.fields(Settings)}

    for name in OURS:
        assert services[name]["environment"].keys() <= known


def test_api_and_worker_can_be_scaled(services: dict[str, Any]):
    for name in ("api", "worker"):
        assert "container_name" not in services[name]


def test_api_and_worker_find_the_same_uploads_in_a_volume(services: dict[str, Any]):
    volumes = yaml.safe_load(COMPOSE.read_text())["volumes"]

    for name in ("api", "worker"):
        folder = services[name]["environment"]["BOOKINGS_UPLOADS"]
        assert services[name]["volumes"] == [f"uploads:{folder}"]
        assert f"--owner=bookings --mode=700 {folder}\n" in DOCKERFILE.read_text()
    assert "uploads" in volumes


def test_each_service_of_ours_is_a_command_that_exists(services: dict[str, Any]):
    for name in OURS:
        program, *command = services[name]["command"]
        assert program == "bookings"
        assert command[0] in app


def test_the_image_copies_what_is_there_and_what_its_context_lets_through():
    copied = {
        word
        for line in DOCKERFILE.read_text().splitlines()
        if line.startswith("COPY ")
        for word in line.split()[1:-1]
    }
    let_through = (ROOT / ".dockerignore").read_text().splitlines()

    assert {name for name in copied if not (ROOT / name).exists()} == set()
    assert {name for name in copied if f"!{name}" not in let_through} == set()


def test_the_image_does_not_run_as_root():
    lines = DOCKERFILE.read_text().splitlines()

    assert lines.index("USER bookings") > lines.index("WORKDIR /app")
    assert lines[-1].startswith("CMD ")
