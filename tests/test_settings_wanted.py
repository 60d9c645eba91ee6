"""The settings of what is published beside the readings."""

import pytest

from bridge import assembly
from bridge.errors import SettingsError
from bridge.parts import Endpoint
from bridge.raw import PATHS
from bridge.settings import GatewaySettings, load_settings
from bridge.views import VIEWS


def gateway(**env: str) -> GatewaySettings:
    return load_settings({"POWERWALL_HOST": "teg", **env}, env_file=None).gateways[0]


@pytest.mark.parametrize("typed", ["", "none", "None"])
def test_nothing_is_wanted_unless_it_is_set(typed: str) -> None:
    set_up = gateway(POWERWALL_VIEWS=typed, POWERWALL_RAW=typed)

    assert (set_up.views, set_up.raw) == ((), ())
    assert assembly.setup(set_up).kept == frozenset()


def test_all_is_all() -> None:
    set_up = gateway(POWERWALL_VIEWS="all", POWERWALL_RAW="ALL")

    assert (set_up.views, set_up.raw) == (tuple(VIEWS), PATHS)


@pytest.mark.parametrize("typed", ["csv,soe", " soe csv ", "SOE, csv,soe,"])
def test_a_list_has_commas_or_blanks(typed: str) -> None:
    assert gateway(POWERWALL_VIEWS=typed).views == ("soe", "csv")


def test_a_path_has_its_slashes() -> None:
    set_up = gateway(POWERWALL_RAW="installer system_status/grid_status")

    assert set_up.raw == ("system_status/grid_status", "installer")
    assert assembly.setup(set_up).kept == {Endpoint.GRID_STATUS}


def test_every_gateway_has_its_own() -> None:
    env = {"POWERWALLS__garage__HOST": "teg", "POWERWALLS__garage__VIEWS": "soe"}
    flat, garage = load_settings({"POWERWALL_HOST": "teg", **env}, env_file=None).gateways

    assert (flat.views, garage.views) == ((), ("soe",))


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("POWERWALL_VIEWS", "soe,csv/v2", "'soe,csv/v2' names 'csv/v2', which is no view"),
        ("POWERWALL_VIEWS", "all,fans", "'all,fans' names 'all', which is no view"),
        (
            "POWERWALL_RAW",
            "status devices/vitals",
            "'status devices/vitals' names 'devices/vitals', which is no path that is passed on",
        ),
        ("POWERWALL_RAW", "config/completed", None),
    ],
)
def test_an_unknown_name_is_a_mistake_with_the_possible_ones(
    name: str, typed: str, words: str | None
) -> None:
    with pytest.raises(SettingsError) as caught:
        gateway(**{name: typed})

    (mistake,) = caught.value.mistakes
    known = VIEWS if name == "POWERWALL_VIEWS" else PATHS
    assert mistake.startswith(f"{name}: {words or repr(typed)}")
    assert mistake.endswith(f"; allowed: none, all, or a list of {', '.join(known)}")


def test_info_tells_what_is_wanted() -> None:
    settings = load_settings({"POWERWALL_HOST": "teg", "POWERWALL_VIEWS": "soe"}, env_file=None)
    (told,) = settings.public()["gateways"]  # type: ignore[misc]  # JSON

    assert (told["views"], told["raw"]) == (["soe"], [])  # type: ignore[has-type]
