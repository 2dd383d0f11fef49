"""docker-compose.yml and the Dockerfile say nothing that is not so."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from adapters import settings
from adapters.cli.app import app
from adapters.cli.ending import LAST_SECONDS
from adapters.http.protocol import HEAD_SECONDS
from adapters.postgres.reads import SECONDS as READ_SECONDS
from adapters.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
OURS = ("migrate", "api", "worker")
CADDYFILE = ROOT / "Caddyfile"


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


def test_there_are_a_database_its_migrations_a_redis_an_api_a_worker_and_a_proxy(
    services: dict[str, Any],
):
    assert set(services) == {
        *("postgres", "redis", "migrate", "api", "worker", "proxy")
    }


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
        "proxy": {"api": "service_healthy"},
    }
    assert {name for name, it in services.items() if "healthcheck" not in it} == {
        "migrate"
    }


def test_secrets_are_files_that_nothing_else_holds(services: dict[str, Any]):
    files = yaml.safe_load(COMPOSE.read_text())["secrets"]

    for name, it in services.items():
        given = it.get("environment", {})
        named = {
            variable: value
            for variable, value in given.items()
            if variable.endswith("_FILE")
        }
        secret = {f"/run/secrets/{one}" for one in it.get("secrets", ())}
        assert set(named.values()) == secret, name
        assert not {variable.removesuffix("_FILE") for variable in named} & set(given)
    assert all(it == {"file": f"./secrets/{name}"} for name, it in files.items())
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "/secrets/" in ignored


def test_what_can_be_said_from_outside_has_a_default():
    named = re.findall(r"\$\{(\w+)(.*?)\}", COMPOSE.read_text())

    assert dict(named) == {"PORT": ":-5000", "SUBNET": ":-10.213.0.0/24"}


def test_the_services_of_ours_are_given_settings_that_exist(services: dict[str, Any]):
    known = {field.encode_name for field in msgspec.structs.fields(Settings)}
    of_files = {f"{name}_FILE" for name in settings.SECRETS}

    for name in OURS:
        assert services[name]["environment"].keys() <= known | of_files


def test_api_and_worker_can_be_scaled(services: dict[str, Any]):
    for name in ("api", "worker"):
        assert "container_name" not in services[name]


def test_api_and_worker_find_the_same_uploads_in_a_volume(services: dict[str, Any]):
    volumes = yaml.safe_load(COMPOSE.read_text())["volumes"]

    for name in ("api", "worker"):
        folder = services[name]["environment"]["BOOKINGS_UPLOADS"]
        assert services[name]["volumes"] == [f"uploads:{folder}"]
        owned = f"--owner=10001 --group=10001 --mode=700 {folder}\n"
        assert owned in DOCKERFILE.read_text()
    assert "uploads" in volumes


def test_each_service_of_ours_is_a_command_that_exists(services: dict[str, Any]):
    for name in OURS:
        program, *command = services[name]["command"]
        assert program == "bookings"
        assert command[0] in app


def test_nothing_can_be_written_or_gained_in_a_container(services: dict[str, Any]):
    for name, it in services.items():
        assert it["read_only"] is True, name
        assert it["cap_drop"] == ["ALL"]
        assert it["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "devices", "network_mode", "pid"} & it.keys()
    for name in (*OURS, "proxy", "redis"):
        assert set(services[name].get("cap_add", ())) <= {"NET_BIND_SERVICE"}


def test_one_port_is_open_and_leads_to_two_servers(services: dict[str, Any]):
    open_to_all = {name for name, it in services.items() if "ports" in it}
    api, proxy = services["api"], services["proxy"]
    replicas = range(1, api["deploy"]["replicas"] + 1)

    assert open_to_all == {"proxy"}
    assert proxy["environment"]["SERVERS"].split() == [
        f"bookings-api-{number}:{api['environment']['PORT']}" for number in replicas
    ]
    assert yaml.safe_load(COMPOSE.read_text())["name"] == "bookings"


def test_the_proxy_is_believed_and_nobody_else():
    found = yaml.safe_load(COMPOSE.read_text())
    (network,) = found["networks"]["default"]["ipam"]["config"]

    trusted = found["services"]["api"]["environment"]["BOOKINGS_TRUSTED_PROXIES"]
    assert trusted == network["subnet"]


def test_an_end_has_the_time_that_it_takes(services: dict[str, Any]):
    api = services["api"]
    drains = float(api["environment"]["BOOKINGS_DRAIN_SECONDS"])
    settled = settings.read_settings({})
    needed = drains + settled.grace_seconds + LAST_SECONDS

    assert float(api["stop_grace_period"].removesuffix("s")) > needed
    assert drains > float(of_proxy("health_interval"))


def test_the_times_of_the_proxy_fit_ours():
    assert float(of_proxy("response_header_timeout")) > Settings().call_seconds
    assert float(of_proxy("keepalive")) < HEAD_SECONDS
    assert float(of_proxy("health_timeout")) > READ_SECONDS
    assert float(of_proxy("read_header")) <= HEAD_SECONDS
    # It holds no body to measure it: the API does.
    assert "request_body" not in CADDYFILE.read_text()
    assert "request_buffers" not in CADDYFILE.read_text()


def of_proxy(option: str) -> str:
    (found,) = re.findall(rf"^\s*{option} (\d+)s$", CADDYFILE.read_text(), re.MULTILINE)
    return str(found)


def test_each_image_is_pinned(services: dict[str, Any]):
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    images = [it["image"] for name, it in services.items() if name not in OURS]

    for image in (*bases, *images):
        assert re.fullmatch(r"[a-z]+:\d+\.\d+\.?\d*-[a-z-]+", image), image
    assert len(set(bases)) == 1


def test_the_image_copies_what_is_there_and_what_its_context_lets_through():
    copied = {
        word
        for line in DOCKERFILE.read_text().splitlines()
        if line.startswith("COPY ")
        for word in line.split()[1:-1]
        if "--from" not in line
    }
    let_through = (ROOT / ".dockerignore").read_text().splitlines()

    assert {name for name in copied if not (ROOT / name).exists()} == set()
    assert {name for name in copied if f"!{name}" not in let_through} == set()


def test_the_image_is_a_user_s_and_holds_nothing_that_builds():
    *_build, last = DOCKERFILE.read_text().split("\nFROM ")
    lines = last.splitlines()

    assert "USER 10001:10001" in lines
    assert lines[-1].startswith("CMD ")
    assert "pip uninstall --yes pip" in last
    assert [line for line in lines if line.startswith("COPY")] == [
        "COPY --from=build /opt/bookings /opt/bookings"
    ]
