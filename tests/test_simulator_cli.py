"""The command `simulate` from outside."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from bridge.cli import main
from bridge.simulator import NAMED
from bridge.simulator.certificate import make_certificate

ROWS = ("address", "username", "password", "certificate", "control", "fault", "try")


def started(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bridge", "simulate", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rows(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in ROWS]
    return {name: words.strip() for name, _, words in (line.partition(" ") for line in lines)}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_well(end: signal.Signals) -> None:
    with started("--port", "0", "--scenario", "grid-charging", "--packs", "3") as process:
        told = rows(process)
        with urllib.request.urlopen(told["control"] + "state", timeout=5) as answer:  # noqa: S310 - ours
            state = json.load(answer)
        process.send_signal(end)
        _, errors = process.communicate(timeout=10)

    assert tuple(told) == ROWS
    assert re.fullmatch(r"127\.0\.0\.1:\d+", told["address"])
    assert re.fullmatch(r"sha256 [0-9a-f]{64}", told["certificate"])
    assert (state["scenario"], state["battery_w"]) == ("grid-charging", -300)
    assert (process.returncode, errors) == (0, "")


def test_a_busy_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started("--port", port) as process:
            words, errors = process.communicate(timeout=10)

    assert (process.returncode, words) == (1, "")
    assert errors == f"cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_busy_control_port_is_the_one_that_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started("--port", "0", "--control-port", port) as process:
            _, errors = process.communicate(timeout=10)

    assert process.returncode == 1
    assert errors == f"cannot listen on 127.0.0.1:{port} (control): Address already in use\n"


def test_a_busy_port_is_named_beside_a_control_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started("--port", port, "--control-port", "1") as process:
            _, errors = process.communicate(timeout=10)

    assert errors == f"cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_the_faults_are_listed_with_their_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--faults"]) == 0

    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(NAMED)
    assert [line.split(maxsplit=1)[1] for line in listed] == [row.words for row in NAMED.values()]


def test_the_help_names_the_list_of_faults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["simulate", "--help"])

    shown = capsys.readouterr().out
    assert "--faults" in shown
    assert "counters-leap" not in shown


def test_an_unknown_fault_is_pointed_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["simulate", "--fault", "earthquake"])

    errors = capsys.readouterr().err
    assert "argument --fault: there is no fault 'earthquake', see --faults" in errors


def test_a_number_of_packs_that_cannot_be_is_one_line() -> None:
    with started("--packs", "11") as process:
        _, errors = process.communicate(timeout=10)

    assert (process.returncode, errors) == (2, "a site has 1 to 10 packs, not 11\n")


def test_without_the_extra_it_says_what_to_install() -> None:
    hidden = (
        "import sys; sys.modules['cryptography'] = None;"
        "from bridge.cli import main; sys.exit(main(['simulate', '--port', '0']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, timeout=10, check=False
    )

    assert done.returncode == 2
    assert (
        done.stderr
        == 'simulate needs the extra "demo": pip install ".[demo]" where it was cloned\n'
    )


def certificate_of(*options: str) -> str:
    with started("--port", "0", *options) as process:
        told = rows(process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    return told["certificate"]


def test_a_certificate_is_another_at_each_start_unless_a_file_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "gateway.pem"

    kept = [certificate_of("--certificate", str(file)) for _ in range(2)]
    made = [certificate_of() for _ in range(2)]

    assert kept[0] == kept[1]
    assert len({*kept, *made}) == 3
    assert file.stat().st_mode & 0o777 == 0o600


def of_another_key() -> str:
    return (make_certificate().chain + make_certificate().key).decode()


def with_a_locked_key() -> str:
    made = make_certificate()
    key = serialization.load_pem_private_key(made.key, None)
    lock = serialization.BestAvailableEncryption(b"secret")
    form = serialization.PrivateFormat.PKCS8
    return (made.chain + key.private_bytes(serialization.Encoding.PEM, form, lock)).decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no PEM", "it holds none with its key"),
        pytest.param(of_another_key(), "it holds none with its key", id="foreign"),
        pytest.param(with_a_locked_key(), "it holds none with its key", id="locked"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_cannot_keep_a_certificate_is_one_line(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    file = tmp_path / ("gateway.pem" if text else "nowhere/gateway.pem")
    if text:
        file.write_text(text, encoding="utf-8")

    with started("--port", "0", "--certificate", str(file)) as process:
        _, errors = process.communicate(timeout=10)

    assert (process.returncode, errors) == (2, f"{file} cannot keep the certificate: {reason}\n")


def test_it_begins_with_the_faults_that_are_named() -> None:
    with started("--port", "0", "--fault", "busy", "--fault", "no-vitals") as process:
        told = rows(process)
        with urllib.request.urlopen(told["control"] + "state", timeout=5) as answer:  # noqa: S310 - ours
            state = json.load(answer)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)

    assert state["named_faults"] == ["busy", "no-vitals"]


def test_the_line_that_it_prints_switches_a_fault() -> None:
    with started("--port", "0") as process:
        told = rows(process)
        curl, option, document, url = shlex.split(told["fault"])
        urllib.request.urlopen(url, document.encode(), timeout=5).close()  # noqa: S310 - ours
        with urllib.request.urlopen(told["control"] + "state", timeout=5) as answer:  # noqa: S310 - ours
            state = json.load(answer)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)

    assert (curl, option) == ("curl", "-d")
    assert state["named_faults"] == ["reboot"]
