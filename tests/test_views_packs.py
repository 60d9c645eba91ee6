"""The views of packs, firmware and bridge."""

import json

import pytest
from sites import answer, sources

from bridge.documents import Document
from bridge.model import Snapshot
from bridge.parts import Endpoint, SiteInfo, Status
from bridge.views import VIEWS, Made, Sources
from bridge.views.bridge import vint

VITALS, SYSTEM = Endpoint.VITALS, Endpoint.SYSTEM_STATUS
PW1 = {
    "PW1_PackagePartNumber": "3012170-05-B",
    "PW1_PackageSerialNumber": "TG121050001A2B",
    "PW1_p_out": -2350,
    "PW1_q_out": 10,
    "PW1_v_out": 246.8,
    "PW1_f_out": 60.018,
    "PW1_i_out": 45.8,
}
PW1_STATE = {
    "PW1_pinv_state": "PINV_GridFollowing",
    "PW1_pinv_grid_state": "Grid_Compliant",
    "PW1_energy_charged": 7613840,
    "PW1_energy_discharged": 6764590,
    "PW1_off_grid": 0,
    "PW1_vf_mode": 0,
    "PW1_wobble_detected": 0,
    "PW1_charge_power_clamped": 0,
    "PW1_backup_ready": 1,
    "PW1_OpSeqState": "Active",
    "PW1_version": "67f943cb05d12d",
    "PW1_POD_nom_energy_remaining": 9312,
    "PW1_POD_nom_full_pack_energy": 13148,
}
SUMS = {
    "nominal_full_pack_energy": 13148,
    "nominal_energy_remaining": 9312,
    "time_remaining_hours": 9312 / 1212.75,
    "backup_reserve_percent": pytest.approx(20.0),
}
POD_OF_VITALS = {
    "PW1_name": "TEPOD--1081100-13-U--TG121048000P3X",
    "PW1_POD_ActiveHeating": 0,
    "PW1_POD_ChargeComplete": 0,
    "PW1_POD_ChargeRequest": 0,
    "PW1_POD_DischargeComplete": 0,
    "PW1_POD_PermanentlyFaulted": 0,
    "PW1_POD_PersistentlyFaulted": 0,
    "PW1_POD_enable_line": 1,
    "PW1_POD_available_charge_power": 6340.0,
    "PW1_POD_available_dischg_power": 12000.0,
    "PW1_POD_nom_energy_to_be_charged": 4066.0,
}
FREQ_OF_VITALS = {
    "PW1_name": "TEPINV--1081100-13-U--TG121048000P3X",
    "PW1_PINV_Fout": 60.018,
    "PW1_PINV_VSplit1": 123.4,
    "PW1_PINV_VSplit2": 123.4,
}


def view(name: str, of: Sources) -> dict[str, object]:
    made: Made = VIEWS[name].make(of)
    assert isinstance(made, dict)
    return made


def parted(made: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Return what is said of packs and sums, and what the boards say."""
    boards = {name for name in made if name.startswith(("ISLAND", "METER"))}
    return (
        {name: value for name, value in made.items() if name not in boards},
        {name: made[name] for name in boards},
    )


def test_freq_tells_of_pack_boards_and_grid() -> None:
    packs, boards = parted(view("freq", sources("pw2-21.44")))

    assert packs == {**PW1, **FREQ_OF_VITALS, "grid_status": 1}
    assert len(boards) == 24 + 2 * 14
    assert boards["ISLAND_FreqL1_Main"] == 60.02
    assert boards["ISLAND_GridConnected"] is True
    assert boards["ISLAND_L1L2PhaseDelta"] is None  # -256 means that there is none
    assert boards["METER_Y_LifetimeEnergyImport"] == 27695260.0


def test_freq_without_vitals_has_what_the_packs_say() -> None:
    made = view("freq", sources("pw2-21.44", without=[VITALS]))

    unknown = dict.fromkeys(("PW1_name", "PW1_PINV_VSplit1", "PW1_PINV_VSplit2"))
    assert made == {**PW1, **unknown, "PW1_PINV_Fout": 60.018, "grid_status": 1}


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("SystemGridConnected", 1),
        ("SystemIslandedActive", 0),
        ("SystemMicroGridFaulted", 0),
        ("SystemWaitForUser", 0),
        ("SystemTransitionToGrid", -1),
        ("SystemTransitionToIsland", -1),
        ("SystemIslandedReady", -1),
        ("SystemSomethingNew", None),
        (7, None),
        (["SystemGridConnected"], None),
    ],
)
def test_freq_has_the_grid_as_a_number(word: object, number: int | None) -> None:
    body = json.dumps({"grid_status": word}).encode()

    made = view("freq", sources("pw2-21.44", bodies={Endpoint.GRID_STATUS: body}))
    assert made["grid_status"] == number


def test_packs_are_numbered_in_the_order_of_the_gateway() -> None:
    made = view("freq", sources("pwplus-23.36"))

    assert [made[f"PW{n}_PackageSerialNumber"] for n in (1, 2)] == [
        "TG122330001E5F",
        "TG121440002G7H",
    ]
    assert made["PW2_PINV_Fout"] == 60.022999999999996  # of the inverter, unrounded
    assert made["PW2_f_out"] == 60.023  # of the block
    assert "PW3_name" not in made


def test_pod_tells_of_pack_battery_and_sums() -> None:
    made = view("pod", sources("pw2-21.44"))

    assert made == {**PW1, **PW1_STATE, **POD_OF_VITALS, **SUMS}


def test_pod_without_vitals_has_nulls_where_the_batteries_spoke() -> None:
    made = view("pod", sources("pw2-21.44", without=[VITALS]))

    assert made == {**PW1, **PW1_STATE, **dict.fromkeys(POD_OF_VITALS), **SUMS}


@pytest.mark.parametrize(
    ("endpoint", "unknown"),
    [
        (Endpoint.METERS, {"time_remaining_hours"}),
        (Endpoint.OPERATION, {"backup_reserve_percent"}),
        (VITALS, POD_OF_VITALS.keys()),
        (Endpoint.SOE, set()),
    ],
)
def test_what_is_missing_in_pod_is_null(endpoint: Endpoint, unknown: set[str]) -> None:
    made = view("pod", sources("pw2-21.44", without=[endpoint]))

    assert {name for name, value in made.items() if value is None} == unknown


def test_a_disabled_pack_and_a_battery_missing_in_action_tell_nothing() -> None:
    block = {"PackageSerialNumber": "TG", "pinv_state": "", "p_out": None, "backup_ready": False}
    of = Sources(
        {
            SYSTEM: Document({"battery_blocks": [block | {"nominal_energy_remaining": 0}]}),
            VITALS: Document({"TEPOD--a": {"alerts": ["POD_w110_SW_EOC"]}, "TEPINV--a": {}}),
        },
        Snapshot(),
    )
    pod, freq = view("pod", of), view("freq", of)

    assert (pod["PW1_name"], pod["PW1_backup_ready"], pod["PW1_p_out"]) == ("TEPOD--a", 0, None)
    assert pod["PW1_POD_nom_energy_remaining"] == 0
    assert pod["PW1_POD_enable_line"] is None
    assert (freq["PW1_name"], freq["PW1_PINV_VSplit1"]) == ("TEPINV--a", None)


@pytest.mark.parametrize("blocks", [None, [], "x", [None, 7, []]])
def test_packs_of_the_wrong_kind_are_left_out(blocks: object) -> None:
    of = Sources({SYSTEM: Document({"battery_blocks": blocks})}, Snapshot())

    assert view("freq", of) == {"grid_status": None}
    assert view("pod", of) == dict.fromkeys(SUMS)


def test_a_reserve_below_what_the_gateway_keeps_back_is_none_at_all() -> None:
    body = b'{"real_mode":"backup","backup_reserve_percent":3}'
    of = sources("pw2-21.44", bodies={Endpoint.OPERATION: body})

    assert view("pod", of)["backup_reserve_percent"] == 0


@pytest.mark.parametrize("name", ["freq", "pod"])
def test_without_the_packs_their_views_are_not_made(name: str) -> None:
    unmade = {e for e in Endpoint if VIEWS[name].make(sources("pw2-21.44", without=[e])) is None}

    assert unmade == {SYSTEM}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("21.1.1", 210101),
        ("21.44 223a56cd", 214400),
        ("23.4.2-1 fe55682a", 230421),
        ("23.36.4 4064fc6a", 233604),
        ("1.50.1 c58c2df3", 15001),
        ("22.9.1.1 75c90bda", 22090101),
        ("24.12.6-PW3-AFCI", 241263),
        ("23.44.3-msa", 234403),
        ("1.15.0\n", 11500),
        ("localbuild", None),
        ("", None),
        ("23..4", None),
    ],
)
def test_vint_follows_the_proxys_formula(text: str, number: int | None) -> None:
    assert vint(text) == number


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("pw2-1.15", {"version": "1.15.0", "vint": 11500}),
        ("pw2-21.44", {"version": "21.44 223a56cd", "vint": 214400}),
        ("pwplus-23.36", {"version": "23.36.4 4064fc6a", "vint": 233604}),
    ],
)
def test_the_version_is_text_and_number(name: str, made: dict[str, object]) -> None:
    assert view("version", sources(name)) == made


def test_the_version_stays_while_nothing_is_heard() -> None:
    assert view("version", sources("pw2-21.44", without=[Endpoint.STATUS]))["vint"] == 214400


def test_no_version_is_no_view() -> None:
    assert VIEWS["version"].make(Sources({}, Snapshot(status=Status(din="D")))) is None


def test_stats_are_the_bridges_own_figures() -> None:
    snapshot = Snapshot(site_info=SiteInfo(site_name="Cabin"))

    assert VIEWS["stats"].make(Sources({}, snapshot, {"mem": 4096})) == {
        "mode": "Local",
        "mem": 4096,
        "site_name": "Cabin",
        "cloudmode": False,
        "fleetapi": False,
        "tedapi": False,
    }


@pytest.mark.parametrize("name", ["pw2-21.44", "pwplus-23.36"])
def test_energies_are_those_of_the_document(name: str) -> None:
    told = json.loads(answer(name, SYSTEM))

    made = view("pod", sources(name))
    assert made["nominal_energy_remaining"] == told["nominal_energy_remaining"]
