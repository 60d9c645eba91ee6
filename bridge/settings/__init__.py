"""Settings from the environment and .env: checked at start, frozen."""

import os
from collections import ChainMap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bridge.errors import SettingsError
from bridge.settings import table as settings_table
from bridge.settings.mistakes import gateway_mistakes, in_words, quotes, state_mistakes
from bridge.settings.models import (
    Commit,
    Control,
    GatewaySettings,
    HomeAssistantSettings,
    MqttSettings,
    Tls,
)
from bridge.settings.source import (
    FLAT,
    GATEWAY,
    GATEWAYS,
    LayerSource,
    Names,
    env_file_layer,
    environment_layer,
    lacking_file,
    state_dir,
)
from bridge.settings.table import Section, settings_of
from bridge.settings.values import Directory, Fold, one_line

__all__ = [
    "Commit",
    "Control",
    "GatewaySettings",
    "HomeAssistantSettings",
    "MqttSettings",
    "Settings",
    "Tls",
    "env_example",
    "load_settings",
    "settings_reference",
]


class Settings(BaseSettings):
    """All settings; load_settings makes them from the environment and .env."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    gateways: tuple[GatewaySettings, ...] = ()
    mqtt: MqttSettings = MqttSettings()
    home_assistant: HomeAssistantSettings = HomeAssistantSettings()
    state_dir: Directory = Field(
        default=None,
        description="Where tokens, the pinned certificate, counters and ids are kept. Two bridges "
        "need two: a second one that runs on the same directory stops with exit code 1.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Fold] = Field(
        default="info", description="How much is logged."
    )
    log_format: Annotated[Literal["text", "json"], Fold] = Field(
        default="text", description="Form of a log line."
    )
    warnings: tuple[str, ...] = ()

    def public(self) -> dict[str, object]:
        """Return the settings ready for JSON; of a secret only whether there is one."""
        return settings_table.public(self)

    @field_validator("gateways", mode="before")
    @classmethod
    def in_order(cls, value: object) -> object:
        """Line up gateways that come by name, the one without a name first."""
        if not isinstance(value, Mapping):
            return value
        return tuple(
            one if slot == FLAT else one | {"name": slot, "variables": f"{GATEWAYS}{slot}__"}
            for slot, one in sorted(value.items())
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the trees of load_settings, the first over the others.

        Settings(...) itself takes its arguments alone and never looks at the environment.
        """
        trees: tuple[dict[str, object], ...] = ()
        if isinstance(init_settings, InitSettingsSource):
            trees = init_settings.init_kwargs.pop("trees", ())
        return (init_settings, *(LayerSource(settings_cls, tree) for tree in trees))


SECTIONS = (
    Section(
        "gateways",
        "Gateways",
        GATEWAY,
        settings_of(GatewaySettings),
        "One gateway is set by these names. For several, put `POWERWALLS__<name>__` in place of "
        "`POWERWALL_`, with the gateway's name in it instead of NAME: `POWERWALLS__garage__HOST`. "
        "Both may be used; no gateway takes a value from another.",
    ),
    Section("mqtt", "MQTT broker", "MQTT_", settings_of(MqttSettings)),
    Section("home_assistant", "Home Assistant", "HA_", settings_of(HomeAssistantSettings)),
    Section("", "Bridge", "", settings_of(Settings)),
)

INTRODUCTION = """\
# Settings

The bridge is set by environment variables and by a file `.env` in its working directory. The host
of one gateway is all it needs. A variable in the environment wins over the file, names may be in
any case, and an empty value means "not set". The file is UTF-8, one `NAME=value` a line; a value
with spaces, quotes, `#` or `$` goes in single quotes, and `$` has no special meaning.

A mistake stops the start with exit code 2 and one line that says what is allowed. An unknown name
that starts like ours is a mistake in the file, and in the environment a warning.

This page is generated from the code: change the settings there and run `make docs`.

"""
EXAMPLE_HEAD = """\
# Settings of powerwall-mqtt: copy this file to .env and set what differs (see docs/settings.md).
# A value with spaces, quotes, # or $ goes in single quotes: MQTT_PASSWORD='a $ecret'
# (without them where Docker's --env-file reads it: there they would be part of the value)

"""

BEARABLE_S = 2.0  # between polls: what small gateways are known to take for years


def load_settings(
    env: Mapping[str, str] | None = None,
    env_file: Path | None = Path(".env"),
    *,
    gateway_needed: bool = True,
) -> Settings:
    """Return the settings, from the environment over env_file over the defaults.

    Raises SettingsError with one line for every mistake, and behind them what would be a warning
    alone. gateway_needed is false for commands that only talk to the broker.
    """
    env = os.environ if env is None else env
    names = Names(SECTIONS)
    layers = (environment_layer(env, names), env_file_layer(env_file, names))
    found = ChainMap(*(layer.found for layer in layers))
    mistakes = [line for layer in layers for line in layer.mistakes]
    lacking = lacking_file(env_file)
    mistakes += gateway_mistakes(found, SECTIONS[0], lacking, needed=gateway_needed)
    if gateway_needed:
        mistakes += state_mistakes(found, SECTIONS[-1])
    hints = [one_line(line) for layer in layers for line in layer.strangers]
    hints += map(one_line, quotes(found))
    defaults: dict[str, object] = {
        "state_dir": state_dir(env),
        "warnings": tuple(hints),
    }
    try:
        settings = Settings.model_validate(
            {"trees": (*(layer.tree() for layer in layers), defaults)}
        )
    except ValidationError as error:
        mistakes += in_words(error, found, SECTIONS)
    if mistakes:
        raise SettingsError([*(one_line(line) for line in mistakes), *hints])
    warnings = (*settings.warnings, *_haste(settings), *_forgetful(settings))
    return settings.model_copy(update={"warnings": warnings})


def _haste(settings: Settings) -> Iterator[str]:
    """Yield a warning for every gateway that is polled faster than gateways are known to bear."""
    for gateway in settings.gateways:
        if gateway.poll_interval_s < BEARABLE_S:
            seconds = f"{gateway.variable('POLL_INTERVAL')}={gateway.poll_interval_s:g}"
            well = f"{BEARABLE_S:g} s and more is known to do no harm"
            yield f"{seconds} asks the gateway more often than it may bear; {well}"


def _forgetful(settings: Settings) -> Iterator[str]:
    """Yield a warning for every gateway whose return to the grid no restart would know of."""
    for gateway in settings.gateways:
        after_s = gateway.off_grid_return_after_s
        if settings.state_dir is None and after_s > 0 and gateway.control is Control.ALL:
            after = f"{gateway.variable('OFF_GRID_RETURN_AFTER')}={after_s:g}"
            yield f"{after} holds until the bridge ends: STATE_DIR is empty, so nothing is kept"


def settings_reference() -> str:
    """Return docs/settings.md."""
    return INTRODUCTION + settings_table.markdown(SECTIONS)


def env_example() -> str:
    """Return .env.example."""
    return EXAMPLE_HEAD + settings_table.example(SECTIONS, required="POWERWALL_HOST")
