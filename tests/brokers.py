"""A real mosquitto on free ports, to be started, stopped, killed and hung at will."""

import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from random import SystemRandom
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
START_S = 10.0
QUIET_PORTS = range(18_000, 32_000)  # below those that Linux gives to connections
_ROUNDS = 101


def free_ports(count: int) -> list[int]:
    """Return loopback ports that nobody listens on, and that no connection is given meanwhile."""
    found: list[int] = []
    with ExitStack() as stack:
        for port in SystemRandom().sample(QUIET_PORTS, len(QUIET_PORTS)):
            if len(found) == count:
                break
            with suppress(OSError):
                stack.enter_context(socket.create_server((LOOPBACK, port)))
                found.append(port)
    return found


@dataclass(frozen=True, slots=True)
class Certificates:
    """A certificate authority, and what it signed for a broker and for a client."""

    ca: Path
    broker: Path
    broker_key: Path
    client: Path
    client_key: Path


@dataclass(frozen=True, slots=True)
class Options:
    """How the broker's door is locked; accounts are passwords by user, none lets anyone in.

    Through the side door of the same broker anyone may do anything over plain TCP. more holds
    further lines of its configuration.
    """

    certificates: Certificates | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    acl: str = ""
    websockets: bool = False
    persistence: bool = False
    more: tuple[str, ...] = ()


class Broker:
    """One mosquitto, within `with`; port is its door, side_door the way in for observers."""

    def __init__(self, directory: Path, options: Options | None = None) -> None:
        self.port, self.side_door = free_ports(2)
        self._directory = directory
        self._options = options or Options()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, on the same ports each time; returns when it takes connections."""
        self._directory.mkdir(parents=True, exist_ok=True)
        file = self._directory / "mosquitto.conf"
        file.write_text("\n".join(self._lines()) + "\n", encoding="utf-8")
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        with (self._directory / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(file)], stdout=log, stderr=log)
        self._await_ports()

    def stop(self) -> None:
        """End it as a service manager would: with persistence, what it holds is saved."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it on the spot; without persistence every retained message is lost."""
        self._end(signal.SIGKILL)

    def hang(self) -> None:
        """Keep the ports open and answer nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)
            process.wait(START_S)

    def _await_ports(self) -> None:
        until_s = time.monotonic() + START_S
        for port in (self.port, self.side_door):
            while not _answers(port):
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > until_s:
                    log = (self._directory / "mosquitto.log").read_text(encoding="utf-8")
                    raise RuntimeError(f"mosquitto did not start:\n{log}")
                time.sleep(0.01)

    def _lines(self) -> list[str]:
        lines = [
            "per_listener_settings true",
            "set_tcp_nodelay true",
            "max_queued_messages 1000000",  # 0 lets 2.0.11 break off at every refused message
            f"persistence {str(self._options.persistence).lower()}",
            f"persistence_location {self._directory}/",
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # else it gives up the rights to read its own files
        lines += [f"listener {self.port} {LOOPBACK}", *self._lock()]
        return [*lines, f"listener {self.side_door} {LOOPBACK}", "allow_anonymous true"]

    def _lock(self) -> list[str]:
        options, lines = self._options, []
        if options.websockets:
            lines.append("protocol websockets")
        if pair := options.certificates:
            lines += [f"cafile {pair.ca}", f"certfile {pair.broker}", f"keyfile {pair.broker_key}"]
            lines.append("require_certificate true")
        if options.accounts:
            accounts = self._directory / "accounts"
            hashed = (_hashed(user, password) for user, password in options.accounts.items())
            accounts.write_text("".join(hashed), encoding="utf-8")
            accounts.chmod(0o600)
            lines.append(f"password_file {accounts}")
        lines.append(f"allow_anonymous {str(not options.accounts).lower()}")
        if options.acl:
            acl = self._directory / "acl"
            acl.write_text(options.acl, encoding="utf-8")
            acl.chmod(0o600)
            lines.append(f"acl_file {acl}")
        return [*lines, *options.more]


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def _hashed(user: str, password: str) -> str:
    """Return the line that `mosquitto_passwd` would write."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    texts = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"{user}:$7${_ROUNDS}${'$'.join(texts)}\n"


def make_certificates(directory: Path) -> Certificates:
    """Write an authority, a broker's certificate for loopback and a client's into a directory."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("test authority", authority_key, None, authority_key)
    files = Certificates(
        *(directory / f"{n}.pem" for n in ("ca", "broker", "broker-key", "client", "client-key"))
    )
    files.ca.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    for name, file, key_file in (
        ("localhost", files.broker, files.broker_key),
        ("bridge", files.client, files.client_key),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        signed = _certificate(name, key, authority, authority_key)
        file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return files


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    names = [x509.DNSName(name), x509.IPAddress(ip_address(LOOPBACK))]
    usage = {"digital_signature": True, "key_cert_sign": issuer is None, "crl_sign": issuer is None}
    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    usage |= dict.fromkeys((*unused, "encipher_only", "decipher_only"), False)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(authority_key, critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
