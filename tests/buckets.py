"""A real S3 for tests: SeaweedFS from its wheel, on ports and files of its own."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests import servers

WEED = Path(sys.executable).parent / "weed"
STARTED = 120.0  # seconds that it may take to take files
BUCKET = "bookings"
REGION, KEY_ID, SECRET = "us-east-1", "tests", "only for tests"
_SERVICES = ("master", "volume", "filer", "s3")


class S3(msgspec.Struct, frozen=True):
    """A server with one bucket, of which each test has a folder."""

    endpoint: str

    def environment(self, folder: str) -> dict[str, str]:
        """Return the settings that keep uploads in a folder there."""
        return {
            "BOOKINGS_UPLOADS": f"s3://{BUCKET}/{folder}/up_loads",
            "BOOKINGS_S3_ENDPOINT": self.endpoint,
            "BOOKINGS_S3_REGION": REGION,
            "BOOKINGS_S3_KEY_ID": KEY_ID,
            "BOOKINGS_S3_SECRET": SECRET,
        }

    def put(self, path: str) -> None:
        """Put a file there behind our back."""
        obstore.put(self._client(), path, b"theirs", use_multipart=False)

    def paths(self, folder: str) -> list[str]:
        """Return what is in the folder, by paths that begin there."""
        pages = obstore.list(self._client(), folder)
        found = [one["path"] for page in pages for one in page]
        return sorted(path.removeprefix(f"{folder}/") for path in found)

    def _client(self) -> S3Store:
        return S3Store(
            BUCKET,
            endpoint=self.endpoint,
            region=REGION,
            access_key_id=KEY_ID,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )


@contextmanager
def running_s3() -> Iterator[S3]:
    """Yield a server that takes files."""
    folder = Path(tempfile.mkdtemp(prefix="s3-"))
    try:
        ports = _free_ports(2 * len(_SERVICES))
        command = _command(folder, ports)
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(
                command, cwd=folder, env={"HOME": str(folder)}, stdout=log, stderr=log
            ) as server,
        ):
            try:
                found = S3(f"http://127.0.0.1:{ports[-2]}")
                _wait_until_ready(server, found)
                yield found
            finally:
                server.kill()
    finally:
        shutil.rmtree(folder)


def _command(folder: Path, ports: list[int]) -> list[str]:
    keys = {"accessKey": KEY_ID, "secretKey": SECRET}
    whose = {"name": "tests", "credentials": [keys], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [whose]}))
    given = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "filer": "true",
        "filer.localSocket": folder / "filer.sock",
        "s3": "true",
        "s3.config": folder / "s3.json",
        "s3.iam": "false",
        "s3.localSocket": folder / "s3.sock",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
    }
    for service, http, grpc in zip(_SERVICES, ports[::2], ports[1::2], strict=True):
        given |= {f"{service}.port": http, f"{service}.port.grpc": grpc}
    options = [f"-{name}={value}" for name, value in given.items()]
    return [str(WEED), "server", *options]


def _free_ports(count: int) -> list[int]:
    ports = set[int]()
    while len(ports) < count:
        ports.add(servers.free_port())
    return list(ports)


def _wait_until_ready(server: "subprocess.Popen[bytes]", found: S3) -> None:
    give_up = time.monotonic() + STARTED
    while True:
        assert server.poll() is None, "SeaweedFS ended by itself"
        try:
            # It makes the bucket.
            found.put("ready")
        except BaseError:
            assert time.monotonic() < give_up, "SeaweedFS did not become ready"
            time.sleep(0.05)
        else:
            return
