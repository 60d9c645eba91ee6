"""What changes a gateway, and when it is true."""

import pytest
from test_simulator_visit import visited

from bridge.simulator.physics import Mode

BACKUP = {"real_mode": "backup", "backup_reserve_percent": 81.0}
LIVE = (
    "meters/aggregates",
    "system_status",
    "system_status/soe",
    "system_status/grid_status",
    "system_status/grid_faults",
)


@pytest.mark.parametrize("profile", ["fw2049", "fw2144", "fw2336"])
def test_a_posted_operation_counts_after_its_commit(profile: str) -> None:
    with visited(profile) as (sim, visitor):
        answer = visitor.post("operation", BACKUP)

        assert (answer.status_code, answer.json()) == (200, BACKUP)
        assert visitor.read("operation")["real_mode"] == "self_consumption"
        assert sim.operation.mode is Mode.SELF_CONSUMPTION

        commit = visitor.get("config/completed")
        assert (commit.status_code, commit.content) == (202, b"")
        assert visitor.read("operation")["real_mode"] == "backup"
        assert (sim.operation.mode, sim.operation.reserve_raw_percent) == (Mode.BACKUP, 81.0)


def test_a_commit_without_a_post_changes_nothing() -> None:
    with visited() as (_, visitor):
        before = visitor.read("operation")
        visitor.get("config/completed")

        assert visitor.read("operation") == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"real_mode": "party", "backup_reserve_percent": 20},
        {"real_mode": "backup", "backup_reserve_percent": 101},
        {"real_mode": "backup"},
        {"mode": "backup", "backup_reserve_percent": 20},
        [],
    ],
)
def test_an_operation_that_means_nothing_is_refused(wrong: object) -> None:
    with visited() as (_, visitor):
        assert visitor.post("operation", wrong).status_code == 400


def test_an_owner_of_newer_firmware_may_not_write() -> None:
    with visited("fw2412") as (_, visitor):
        for path in ("operation", "v2/islanding/mode"):
            answer = visitor.post(path, BACKUP)
            assert answer.status_code == 403
            assert answer.json()["error"] == "Unable to POST to resource"


@pytest.mark.parametrize(
    ("profile", "writes", "status"), [("fw2412", "open", 200), ("fw2336", "owner", 403)]
)
def test_the_write_policy_can_be_chosen(profile: str, writes: str, status: int) -> None:
    with visited(profile, writes=writes) as (_, visitor):
        assert visitor.post("operation", BACKUP).status_code == status


def test_islanding_is_accepted_first_and_seen_later() -> None:
    with visited() as (sim, visitor):
        sim.clock.freeze()
        wish = {"island_mode": "intentional_reconnect_failsafe"}
        answer = visitor.post("v2/islanding/mode", wish)

        assert (answer.status_code, answer.json()) == (200, wish)
        status = "system_status/grid_status"
        assert visitor.read(status)["grid_status"] == "SystemTransitionToIsland"
        sim.clock.advance(5)
        assert visitor.read(status)["grid_status"] == "SystemIslandedActive"

        visitor.post("v2/islanding/mode", {"island_mode": "backup"})
        assert visitor.read(status)["grid_status"] == "SystemTransitionToGrid"
        sim.clock.advance(15)
        assert visitor.read(status)["grid_status"] == "SystemGridConnected"


def test_an_island_mode_nobody_knows_is_refused() -> None:
    with visited() as (_, visitor):
        assert visitor.post("v2/islanding/mode", {"island_mode": "atlantis"}).status_code == 400


def test_a_stopped_site_master_answers_502_on_the_five_readings_only() -> None:
    with visited("fw2144") as (sim, visitor):
        sim.clock.freeze()
        assert visitor.get("sitemaster/stop").status_code == 405
        assert visitor.post("sitemaster/stop", {"force": True}).ok

        for path in LIVE:
            answer = visitor.get(path)
            assert (answer.status_code, answer.content) == (502, b"")
            assert "content-type" not in answer.headers
        assert visitor.read("sitemaster")["status"] == "StatusDown"
        assert visitor.read("auth/toggle/supported") == {"toggle_auth_supported": False}
        assert visitor.get("operation").status_code == 200


def test_a_stop_under_load_needs_force() -> None:
    with visited() as (sim, visitor):
        sim.house.set_scenario("battery-exporting")

        assert visitor.read("sitemaster")["can_reboot"] == "Power flow is too high"
        assert visitor.post("sitemaster/stop", {}).status_code == 500


def test_an_installer_login_stops_the_oldest_firmware_until_it_is_told_to_run() -> None:
    with visited("fw115") as (sim, visitor):
        sim.clock.freeze()

        assert visitor.read("sitemaster")["running"] is False
        assert visitor.get("meters/aggregates").status_code == 502
        assert visitor.get("sitemaster/run").status_code == 202
        sim.clock.advance(1)
        assert visitor.get("meters/aggregates").status_code == 502
        sim.clock.advance(2)
        assert visitor.get("meters/aggregates").status_code == 200
        assert visitor.read("sitemaster")["running"] is True


def test_the_oldest_firmware_names_the_mode_mode_and_knows_no_tariff() -> None:
    with visited("fw115") as (sim, visitor):
        wish = {"mode": "backup", "backup_reserve_percent": 30}

        assert visitor.post("operation", wish).json() == wish
        assert visitor.get("config/completed").status_code == 202
        assert visitor.read("operation") == wish
        tariff = wish | {"mode": "autonomous"}
        assert visitor.post("operation", tariff).status_code == 500
        assert visitor.post("v2/islanding/mode", {}).status_code == 404
        assert sim.operation.mode is Mode.BACKUP
