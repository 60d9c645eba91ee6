"""The audit of pinned packages: what it finds fails, what it could not ask is said."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from audit import main
from brokers import LOOPBACK

BAD = ("requests", "2.25.0")
ID = "GHSA-0000-0000-0000"
ADVISORY = {
    "id": ID,
    "published": "2023-05-01T00:00:00Z",
    "modified": "2023-05-01T00:00:00Z",
    "summary": "tells secrets",
    "affected": [{"package": {"name": BAD[0], "ecosystem": "PyPI"}}],
}


class Database(BaseHTTPRequestHandler):
    """Answers as OSV does: one known vulnerability, of one package."""

    status = 200

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        bad = (asked["package"]["name"], asked["version"]) == BAD
        body = json.dumps({"vulns": [ADVISORY]} if bad else {}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Broken(Database):
    status = 503


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    handler = getattr(request, "param", Database)
    with ThreadingHTTPServer((LOOPBACK, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}/v1/query"
        server.shutdown()


def audit(tmp_path: Path, database: str, pins: str) -> int:
    file = tmp_path / "pins.txt"
    file.write_text(pins, encoding="utf-8")
    return main(["--database", database, "--pins", str(file)])


def test_a_known_vulnerability_fails_and_is_named(
    tmp_path: Path, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert audit(tmp_path, database, "six==1.17.0\nrequests==2.25.0\n") == 1
    assert ID in capfd.readouterr().out


def test_without_one_it_is_well(tmp_path: Path, database: str) -> None:
    assert audit(tmp_path, database, "six==1.17.0\nrequests==2.34.2\n") == 0


def test_pins_that_cannot_be_read_fail(tmp_path: Path, database: str) -> None:
    assert audit(tmp_path, database, "six>=1\n") == 1


@pytest.mark.parametrize("database", [Broken], indirect=True)
def test_a_database_in_trouble_is_said_and_stops_nobody(
    tmp_path: Path, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert audit(tmp_path, database, "requests==2.25.0\n") == 0
    assert capfd.readouterr().err.startswith(f"audit: NOT DONE, {database} gives no answer (HTTP")


def test_no_database_is_one_line_that_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert audit(tmp_path, "http://127.0.0.1:1/v1/query", "requests==2.25.0\n") == 0

    said = capfd.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "NOT DONE" in said.err
