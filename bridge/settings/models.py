"""What one gateway, the broker and Home Assistant are set to: every setting one field.

The reference, .env.example and what a mistake says follow from the field. A field without
description is no setting.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bridge.settings.values import (
    SERVER_NAME,
    BrokerHost,
    File,
    Fold,
    GatewayHost,
    GatewayName,
    Paths,
    Port,
    Says,
    Topic,
    Views,
    parse_address,
    server_name,
)


class Tls(StrEnum):
    """How a gateway's certificate is trusted."""

    PIN = "pin"
    CA = "ca"
    UNVERIFIED = "unverified"


class Control(StrEnum):
    """Which commands a gateway takes."""

    NONE = "none"
    OPERATION = "operation"
    ALL = "all"


class Commit(StrEnum):
    """When a write is followed by /api/config/completed."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Strict(BaseModel):
    """A part of the settings: frozen, and no name in it is ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class GatewaySettings(Strict):
    """One gateway; scheme and port are part of what HOST says.

    variables is how the names of its variables begin.
    """

    variables: str = Field(default="POWERWALL_", exclude=True)
    host: GatewayHost = Field(description="Where the gateway is.")
    scheme: Literal["https", "http"] = "https"
    port: Port = Field(default_factory=lambda data: 443 if data["scheme"] == "https" else 80)
    name: GatewayName = Field(
        default="main",
        description="Name of the gateway in topics, and of its file in STATE_DIR: docs/upkeep.md "
        "says how to change it.",
    )
    site_id: Annotated[str | None, Says(variable="ID")] = Field(
        default=None,
        description="Key of the site in Home Assistant; else what the gateway says it is. Set it "
        "where the log says that nothing does: without a key nothing appears there.",
    )
    password: SecretStr | None = Field(
        default=None,
        description="Password of the gateway as it wants it, with the `S` on old firmware.",
    )
    username: str = Field(default="customer", description="User of the gateway.")
    email: str = Field(default="", description="Mail address sent along with a login.")
    poll_interval_s: float = Field(
        default=5.0,
        ge=0.2,
        le=3600,
        description="Time between two polls of meters, charge and grid state.",
    )
    device_interval_s: float = Field(
        default=30.0,
        ge=1,
        le=86400,
        description="Time between two reads of packs, vitals and operation.",
    )
    slow_interval_s: float = Field(
        default=300.0, ge=1, le=86400, description="Time between two reads of everything else."
    )
    timeout_s: float = Field(
        default=5.0, ge=0.5, le=60, description="How long an answer of the gateway may take."
    )
    tls: Annotated[Tls, Fold] = Field(
        default=Tls.PIN,
        description="Trust in the certificate: `pin` the first one seen, `ca` checks it against "
        "POWERWALL_CA_FILE, `unverified` takes any.",
    )
    ca_file: File = Field(
        default=None,
        validate_default=True,
        description="Certificates to trust with POWERWALL_TLS `ca`.",
    )
    server_name: Annotated[str | None, Says(default=SERVER_NAME)] = Field(
        default_factory=lambda data: server_name(data["host"]),
        description="TLS server name (SNI) sent to the gateway.",
    )
    control: Annotated[Control, Fold] = Field(
        default=Control.OPERATION,
        description="Commands taken: `none`, `operation` (mode and reserve), `all` (also island "
        "and running).",
    )
    commit: Annotated[Commit, Fold] = Field(
        default=Commit.AUTO,
        description="When a write is completed by a second call: `auto` where the first was not "
        "seen to take, for 30 s; that may complete what another client has written meanwhile.",
    )
    commands_per_minute: int = Field(
        default=12, ge=1, le=600, description="More commands in a minute are refused."
    )
    off_grid_min_level: float = Field(
        default=20.0,
        ge=0,
        le=100,
        description="Charge (%, app scale) below which `off_grid` is refused.",
    )
    off_grid_min_interval_s: float = Field(
        default=300.0,
        ge=0,
        le=86400,
        description="Time after any switch of the contactor in which `off_grid` is refused.",
    )
    off_grid_return_after_s: float = Field(
        default=0.0,
        ge=0,
        le=604800,
        description="Time after which the bridge ends an `off_grid` that it was told, by itself, "
        "and earlier when the charge falls below POWERWALL_OFF_GRID_MIN_LEVEL; `0`: never. While "
        "STATE_DIR cannot be written `off_grid` is refused; an empty one forgets it at a restart.",
    )
    logins_per_hour: int = Field(default=6, ge=1, le=60, description="More logins in an hour wait.")
    views: Views = Field(
        default=(),
        description="Views of the pyPowerwall proxy to publish under `view/`.",
    )
    raw: Paths = Field(
        default=(),
        description="Paths of the gateway whose JSON is published as it is under `api/`; "
        "`installer`, `customer` and `networks` tell of people and the home network.",
    )

    @property
    def base_url(self) -> str:
        """The start of every address on the gateway, with brackets around IPv6."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def variable(self, setting: str) -> str:
        """Return the name that the user knows a setting by, such as `PASSWORD`."""
        return f"{self.variables}{setting}"

    @model_validator(mode="before")
    @classmethod
    def split_host(cls, values: object) -> object:
        """Take HOST apart; a host that cannot be stays, to be named with the other mistakes."""
        if not isinstance(values, dict) or not isinstance(values.get("host"), str):
            return values
        try:
            address = parse_address(values["host"])
        except ValueError:
            return values
        said = {"scheme": address.scheme, "port": address.port}
        parts = {name: part for name, part in said.items() if part is not None}
        return parts | values | {"host": address.host}

    @field_validator("ca_file")
    @classmethod
    def ca_file_present(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is None and info.data.get("tls") is Tls.CA:
            raise ValueError(f"is needed when {info.data['variables']}TLS is ca")
        return value


class MqttSettings(Strict):
    """The broker."""

    host: BrokerHost = Field(default="localhost", description="Where the broker is.")
    tls: bool = Field(default=False, description="Encrypt the connection to the broker.")
    port: Annotated[Port, Says(default="`1883`, with TLS `8883`", example="1883")] = Field(
        default_factory=lambda data: 8883 if data["tls"] else 1883,
        description="Port of the broker.",
    )
    username: str | None = Field(default=None, description="User at the broker.")
    password: SecretStr | None = Field(default=None, description="Password at the broker.")
    ca_file: File = Field(
        default=None, description="Certificates to trust, instead of the system's."
    )
    cert_file: File = Field(
        default=None, description="Certificate that the bridge shows to the broker."
    )
    key_file: File = Field(
        default=None, validate_default=True, description="Key of that certificate."
    )
    prefix: Topic = Field(
        default="powerwall",
        description="First levels of every topic of the bridge. Two bridges need two. Below "
        "`<prefix>/<gateway>/` the levels that the bridge uses belong to it alone: what somebody "
        "else retains there is cleared at its start; other levels are left alone.",
    )
    protocol: Literal["5", "3.1.1"] = Field(
        default="5", description="MQTT version; there is no fallback."
    )
    transport: Annotated[Literal["tcp", "websockets"], Fold] = Field(
        default="tcp", description="How MQTT is carried."
    )
    client_id: Annotated[str, Says(default="`powerwall-mqtt-<prefix>`")] = Field(
        default_factory=lambda data: f"powerwall-mqtt-{data['prefix'].replace('/', '-')}",
        description="Name of the bridge at the broker; two bridges need two, as well as two "
        "MQTT_PREFIX and two STATE_DIR.",
    )

    @field_validator("ca_file", "cert_file", "key_file")
    @classmethod
    def used(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("tls") is False:
            raise ValueError("is set, but the connection is not encrypted: set MQTT_TLS to true")
        return value

    @field_validator("key_file")
    @classmethod
    def paired(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if "cert_file" in info.data and (value is None) is not (info.data["cert_file"] is None):
            raise ValueError("goes with MQTT_CERT_FILE: set both or none")
        return value


class HomeAssistantSettings(Strict):
    """Home Assistant's discovery."""

    discovery: bool = Field(
        default=True,
        description="Announce everything to Home Assistant; `false` leaves what was announced "
        "before, docs/upkeep.md says how to remove it.",
    )
    prefix: Topic = Field(default="homeassistant", description="Home Assistant's discovery prefix.")
