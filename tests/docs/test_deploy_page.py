"""Units, scrapes and alert rules of the page about deploying name what there is."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import promql_parser
import pytest
import yaml

from adapters import settings
from adapters.cli.app import app
from adapters.cli.ending import LAST_SECONDS
from adapters.connections import Connections
from adapters.http.problems import KINDS
from adapters.http.telling import Answered
from adapters.metrics import Metrics
from adapters.secret_files import SUFFIX
from adapters.settings import Settings
from application.sweeping import Swept
from application.watching import Tried
from tests import composed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/howto/deploy.md").read_text()
OPERATE = (ROOT / "docs/howto/operate.md").read_text()
# What there is of a process anyway, and what Prometheus adds.
ANYWAY = {"up", "process_open_fds", "process_max_fds"}
HARDENED = {
    "CapabilityBoundingSet": "",
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "PrivateTmp": "yes",
    "ProtectHome": "yes",
    "ProtectSystem": "strict",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
    "User": "bookings",
}
SECTIONS = {
    "Unit": {"Description", "Requires", "After", "Wants", "StartLimitIntervalSec"},
    "Install": {"WantedBy"},
    "Service": {
        *HARDENED,
        *("Type", "RemainAfterExit", "ExecStart", "EnvironmentFile", "Environment"),
        *("LoadCredential", "Restart", "RestartSec", "RestartPreventExitStatus"),
        *("TimeoutStopSec", "LimitNOFILE", "StateDirectory", "StateDirectoryMode"),
        *("ProtectProc", "ProtectClock", "ProtectHostname", "ProtectKernelLogs"),
        *("ProtectKernelModules", "ProtectKernelTunables", "ProtectControlGroups"),
        *("RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID"),
        *("LockPersonality", "SystemCallArchitectures"),
    },
}


def files(kind: str) -> dict[str, str]:
    """Return the blocks of a kind by the names in their first lines."""
    block = re.compile(rf"^```{kind}\n# (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    found = block.findall(PAGE)
    return {name.rpartition("/")[2]: text for name, text in found}


INI, YAML = files("ini"), files("yaml")
UNITS = sorted(name for name in INI if name.endswith(".service"))


def unit(name: str) -> dict[str, list[tuple[str, str]]]:
    """Return what each section of a unit says, in order; a name can be there twice."""
    sections: dict[str, list[tuple[str, str]]] = {}
    section = ""
    for line in INI[name].splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            sections[section] = []
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, line
            sections[section].append((key, value))
    return sections


def environment(name: str) -> dict[str, str]:
    """Return what a unit sets itself, and what the file does that it reads."""
    service = unit(name)["Service"]
    assert ("EnvironmentFile", "/etc/bookings/settings") in service
    lines = [value for key, value in service if key == "Environment"]
    pairs = [*INI["settings"].split(), *" ".join(lines).split()]
    return dict(pair.split("=", 1) for pair in pairs)


def test_the_blocks_are_there():
    assert [
        *("bookings-migrate.service", "bookings-worker.service", "bookings@.service")
    ] == UNITS
    assert set(INI) - set(UNITS) == {"settings"}
    assert set(YAML) == {"prometheus.yml", "bookings.rules.yml"}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_says_what_systemd_knows(name: str):
    for section, said in unit(name).items():
        assert {key for key, _value in said} <= SECTIONS[section]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_a_command_with_settings_that_it_takes(name: str):
    service = dict(unit(name)["Service"])
    program, command = service["ExecStart"].split()
    given = {
        # In the place of %d and %i, and of files that are not here.
        key: value.replace("%i", "5001")
        for key, value in environment(name).items()
        if not key.endswith(SUFFIX)
    }

    assert program == "/opt/bookings/bin/bookings"
    assert program.removesuffix("/bin/bookings") in PAGE.split("```ini")[0]
    assert command in app
    settings.read_settings(given | {"DATABASE_URL": "postgresql://localhost"})


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_finds_each_secret_where_it_is_put(name: str):
    service = unit(name)["Service"]
    loaded = dict(
        value.split(":", 1) for key, value in service if key == "LoadCredential"
    )
    read = {
        value.removeprefix("%d/"): key.removesuffix("_FILE")
        for key, value in environment(name).items()
        if value.startswith("%d/")
    }

    assert loaded == {one: f"/etc/bookings/secrets/{one}" for one in read}
    assert {value.lower().removeprefix("bookings_") for value in read.values()} == set(
        read
    )
    assert set(read.values()) <= set(settings.SECRETS)
    made = set(re.findall(r"> secrets/(\w+)", PAGE))
    assert set(read) <= made == set(composed.compose()["secrets"])


@pytest.mark.parametrize("name", ["bookings@.service", "bookings-worker.service"])
def test_a_unit_that_stays_is_hardened_and_has_time_to_end(name: str):
    service = dict(unit(name)["Service"])
    at_end = float(environment(name)["BOOKINGS_DRAIN_SECONDS"])
    at_end += Settings().grace_seconds + LAST_SECONDS

    assert service.items() >= HARDENED.items()
    assert float(service["TimeoutStopSec"]) > at_end
    uploads = environment(name)["BOOKINGS_UPLOADS"]
    assert uploads.startswith(f"/var/lib/{service['StateDirectory']}/")


def test_api_and_worker_are_hardened_alike():
    api, worker = (
        {
            (key, value)
            for key, value in unit(name)["Service"]
            if key not in {"ExecStart", "Environment", "TimeoutStopSec", "LimitNOFILE"}
        }
        for name in ("bookings@.service", "bookings-worker.service")
    )
    assert api == worker


def counted() -> Metrics:
    """Return metrics of a process in which everything has happened once."""
    metrics = Metrics()
    metrics.watch_queue(lambda: 0)
    metrics.watch_sweeps()
    metrics.watch_connections("store", Pool())
    metrics.swept("facts", Swept(done=1, is_all=True), 0.1)
    metrics.tried(Tried([], False, began=0, loaded=1, decided=1, ended=1))
    metrics.answered(
        Answered(
            request_id=UUID(int=1),
            trace_id=None,
            method="PUT",
            route="/",
            status=500,
            code="internal",
            seconds=0.1,
        )
    )
    return metrics


class Pool:
    connections = Connections.of_one(is_open=True, callers=1)


SAMPLES = {
    sample.name: set(sample.labels)
    for family in counted().registry.collect()
    for sample in family.samples
}


def rules() -> list[dict[str, Any]]:
    found = yaml.safe_load(YAML["bookings.rules.yml"])
    return [rule for group in found["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_can_be_read_and_names_metrics_that_there_are(rule: dict[str, Any]):
    named: list[promql_parser.VectorSelector] = []

    def look(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            named.append(node)
        if isinstance(node, promql_parser.MatrixSelector):
            named.append(node.vector_selector)
        return True

    promql_parser.walk(promql_parser.parse(rule["expr"]), look)

    assert named
    assert rule["annotations"]["summary"]
    for selector in named:
        assert selector.name in SAMPLES.keys() | ANYWAY
        for matcher in selector.matchers.matchers:
            assert matcher.name in SAMPLES.get(str(selector.name), {"job"})
            if matcher.name == "code":
                assert matcher.value in KINDS


def test_what_is_scraped_is_where_the_compose_file_shows_it():
    (scrape,) = yaml.safe_load(YAML["prometheus.yml"])["scrape_configs"]
    services = composed.compose()["services"]
    targets = {target for one in scrape["static_configs"] for target in one["targets"]}
    port = services["api"]["environment"]["BOOKINGS_METRICS_PORT"]

    assert targets == {
        *(f"{server.split(':')[0]}:{port}" for server in of_the_proxy(services)),
        f"worker:{services['worker']['environment']['BOOKINGS_METRICS_PORT']}",
    }
    assert scrape["job_name"] == "bookings"


def of_the_proxy(services: dict[str, Any]) -> list[str]:
    servers: list[str] = services["proxy"]["environment"]["SERVERS"].split()
    return servers


def test_each_metric_of_ours_is_in_the_operators_table():
    families = {family.name for family in counted().registry.collect()}
    named = {
        name.removesuffix("_total")
        for name in re.findall(r"`(bookings_\w+)`", OPERATE.split("## At night")[0])
    }

    ours = {name for name in families if name.startswith("bookings_")}
    assert named & ours == ours
    assert {name for name in named if name not in ours} == set()
