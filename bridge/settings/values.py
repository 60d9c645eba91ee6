"""What one setting may hold: its check, and the words that say what is allowed.

A check raises ``ValueError`` with a reason that reads well behind the quoted value.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field

from bridge.raw import PATHS
from bridge.views import VIEWS

NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
TOPIC = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*")
ADDRESS = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]+)(:(?P<port>[0-9]+))?")

LONG = 80

GATEWAY_NAMES = ("powerwall", "teg", "powerpack")  # a gateway answers TLS to these names only


@dataclass(frozen=True, slots=True)
class Says:
    """How the reference and a mistake speak of a setting where its type does not tell.

    variable is the name in the environment where it is not the field's; example goes into
    .env.example where there is no default.
    """

    allowed: str = ""
    default: str = ""
    variable: str = ""
    example: str = ""


class Address(NamedTuple):
    """A gateway's address; port is None where the scheme decides."""

    scheme: str
    host: str
    port: int | None


def parse_address(text: str) -> Address:
    """Return what `host`, `host:port`, `[v6]:port` or `https://host:port` means."""
    before, separator, rest = text.rpartition("://")
    scheme = before.lower() if separator else "https"
    if "@" in text:
        raise ValueError("has a user name or a password in it")
    if scheme not in ("https", "http"):
        raise ValueError("starts with something other than https:// or http://")
    rest = rest.removesuffix("/") if separator else rest
    if set(rest) & set("/?#"):
        raise ValueError("has a path in it")
    return Address(scheme, *host_and_port(rest))


def host_and_port(text: str) -> tuple[str, int | None]:
    if text.count(":") > 1 and "[" not in text:
        return host(text), None
    match = ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError("is not a host name or address")
    port = match["port"]
    if port is not None and not (len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ValueError("has a port that is not 1 to 65535")
    return host(match["host"]), None if port is None else int(port)


def host(text: str) -> str:
    """Return a host name or an IP address without brackets."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if is_address(bare):
        return bare
    if len(bare) > 253 or not HOST.fullmatch(text) or bare.rpartition(".")[2].isdecimal():
        raise ValueError("is not a host name or address")
    return bare


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


SERVER_NAME = (
    f"none for an address, {', '.join(f'`{name}`' for name in GATEWAY_NAMES)} as typed, "
    f"`{GATEWAY_NAMES[0]}` for any other name"
)


def server_name(text: str) -> str | None:
    """Return the TLS server name that a gateway at this host answers to, None for none.

    A gateway refuses any other name, and takes a connection that names nobody.
    """
    if is_address(text):
        return None
    return text if text.lower() in GATEWAY_NAMES else GATEWAY_NAMES[0]


def gateway_host(text: str) -> str:
    return parse_address(text).host


def gateway_name(text: str) -> str:
    if text == "bridge":
        raise ValueError("is taken by the bridge itself")
    if not NAME.fullmatch(text):
        raise ValueError("is not allowed")
    return text


def topic_levels(text: str) -> str:
    if not TOPIC.fullmatch(text):
        raise ValueError("is not a topic prefix")
    return text


def expanded(value: object) -> object:
    return os.path.expanduser(value) if isinstance(value, str) else value


def readable(path: Path | None) -> Path | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot be read ({why(error)})") from error
    return path


def directory(path: Path | None) -> Path | None:
    try:
        blocked = path is not None and path.exists() and not path.is_dir()
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot be used ({why(error)})") from error
    if blocked:
        raise ValueError("is not a directory")
    return path


def unwritable(text: str) -> str | None:
    """Return why files cannot be made in a directory, which need not be there yet, or None.

    Of a file in its place `directory` speaks.
    """
    path = Path(os.path.expanduser(text)).absolute()
    try:
        there = next((one for one in (path, *path.parents) if one.exists()), path)
        usable = os.access(there, os.W_OK | os.X_OK)
        blocked = there != path and not there.is_dir()
    except (OSError, ValueError):
        return None
    if blocked:
        return f"cannot be made: {quoted(str(there))} is not a directory"
    if usable or not there.is_dir():
        return None
    return "is not writable" if there == path else f"cannot be made in {quoted(str(there))}"


def why(error: Exception) -> str:
    """Return the system's own words for a failed file, without the file's name."""
    words = error.strerror if isinstance(error, OSError) else None
    return (words or "not a usable file name").lower()


def quoted(value: str) -> str:
    """Return a value for a message: short, and nothing of it where a password may be inside."""
    if set(value) & set("@?"):
        return "the value"
    return f"'{value}'" if len(value) <= LONG else f"'{value[:LONG]}...'"


def one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def some_of(names: tuple[str, ...], kind: str) -> Callable[[object], object]:
    """Return what reads a list of names, in the order of the table: `all` of them, or `none`."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        words = value.lower().replace(",", " ").split()
        typed = list(names) if words == ["all"] else [word for word in words if words != ["none"]]
        unknown = next((word for word in typed if word not in names), None)
        if unknown is not None:
            raise ValueError(f"names {quoted(unknown)}, which is no {kind}")
        return tuple(name for name in names if name in typed)

    return read


def folded(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def empty_is_none(value: object) -> object:
    return None if value == "" else value


Fold = BeforeValidator(folded)
GatewayHost = Annotated[
    str,
    AfterValidator(gateway_host),
    Says(
        allowed="an address or a name, `host:port`, `[IPv6]:port`, with `http://` in front for the "
        "plain API of old firmware",
        default="must be set",
        example="192.168.1.50",
    ),
]
GatewayName = Annotated[
    str,
    Fold,
    AfterValidator(gateway_name),
    Says(allowed="letters a to z and digits, joined by single underscores; not `bridge`"),
]
BrokerHost = Annotated[
    str, AfterValidator(host), Says(allowed="a name or an address, without port")
]
Topic = Annotated[
    str,
    AfterValidator(topic_levels),
    Says(allowed="letters, digits, `_` and `-`, levels joined by `/`"),
]
File = Annotated[
    Path | None,
    BeforeValidator(expanded),
    AfterValidator(readable),
    Says(allowed="a readable file"),
]
Directory = Annotated[
    Path | None,
    BeforeValidator(empty_is_none),
    BeforeValidator(expanded),
    AfterValidator(directory),
    Says(
        allowed="a directory, or empty to keep everything in memory only",
        default="`$STATE_DIRECTORY`, else the user's state directory; `/data` in the image",
        example="/var/lib/powerwall-mqtt",
    ),
]
Port = Annotated[int, Field(ge=1, le=65535)]
Views = Annotated[
    tuple[str, ...],
    BeforeValidator(some_of(tuple(VIEWS), "view")),
    Says(allowed=f"`none`, `all`, or a list of {', '.join(f'`{name}`' for name in VIEWS)}"),
]
Paths = Annotated[
    tuple[str, ...],
    BeforeValidator(some_of(PATHS, "path that is passed on")),
    Says(allowed=f"`none`, `all`, or a list of {', '.join(f'`{path}`' for path in PATHS)}"),
]
