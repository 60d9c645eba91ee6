"""What docs/security.md promises of container and service is in the files that make them."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "examples" / "systemd" / "powerwall-mqtt.service"
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
SERVICE = {
    "Type": "notify",
    "WatchdogSec": "60",
    "Restart": "always",
    "RestartSec": "30",
    "RestartPreventExitStatus": "2",
    "DynamicUser": "yes",
    "StateDirectory": "powerwall-mqtt",
    "StateDirectoryMode": "0700",
    "UMask": "0077",
    "LimitCORE": "0",
    "MemoryMax": "256M",
    "TasksMax": "64",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "RemoveIPC": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service ~@privileged @resources",
    "SystemCallErrorNumber": "EPERM",
    "LoadCredential": "powerwall_password:/etc/powerwall-mqtt/powerwall_password",
}
COMPOSE = {
    "read_only": True,
    "tmpfs": ["/tmp"],  # noqa: S108  # the container's
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "ulimits": {"core": 0},
    "pids_limit": 64,
}
LOOSENS = {"privileged", "cap_add", "user", "userns_mode", "pid", "ipc", "network_mode", "devices"}


def in_use() -> dict[str, str]:
    """Return the keys of the unit's service; values of one that stands there again follow."""
    section = UNIT.read_text(encoding="utf-8").partition("\n[Service]\n")[2].partition("\n[")[0]
    found: dict[str, str] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", section, re.MULTILINE):
        found[key] = f"{found[key]} {value}" if key in found else value
    return found


def stages() -> list[list[str]]:
    """Return the instructions of each stage of the image, in order."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [" ".join(line.split()) for line in text.splitlines() if not line.startswith("#")]
    starts = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


@pytest.mark.parametrize("key", SERVICE)
def test_the_service_is_hardened_and_watched(key: str) -> None:
    assert in_use().get(key) == SERVICE[key]


def test_the_service_gives_nothing_back() -> None:
    """An exception to what is forbidden would be a key of its own."""
    others = {"ExecStart", "EnvironmentFile", "Environment", "TimeoutStartSec", "TimeoutStopSec"}

    assert in_use().keys() - SERVICE.keys() == others


def test_the_image_is_not_root_and_says_how_it_is() -> None:
    final = stages()[-1]
    users = [line.removeprefix("USER ") for line in final if line.startswith("USER ")]

    assert users == ["10001:10001"]
    assert final.index("USER 10001:10001") < final.index('ENTRYPOINT ["powerwall-mqtt"]')
    assert [line for line in final if line.startswith("VOLUME ")] == ["VOLUME /data"]
    assert any(line.startswith("HEALTHCHECK ") and "healthcheck" in line for line in final)
    assert "user and group 10001" in SECURITY


def test_the_image_has_the_packages_that_were_audited() -> None:
    (install,) = (line for line in stages()[0] if "pip install" in line)

    assert "--constraint requirements-dev.txt" in install


@pytest.mark.parametrize("key", COMPOSE)
def test_the_container_of_compose_may_little(key: str) -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    bridge = services["bridge"]

    assert bridge.get(key) == COMPOSE[key]
    assert bridge.keys() & LOOSENS == set()
    assert bridge["volumes"] == ["state:/data"]


def test_the_line_without_compose_may_as_little() -> None:
    line = SECURITY.partition("    docker run ")[2].partition("\n\n")[0]

    for option in ("--read-only", "--tmpfs /tmp", "--cap-drop ALL", "--ulimit core=0"):
        assert option in line
    assert "--security-opt no-new-privileges" in line
    assert "--pids-limit 64" in line
