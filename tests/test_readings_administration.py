"""What the topics of updates and agreements say."""

import json

import pytest
from sites import said, site, values

from bridge.parts import Customer, Part, Registration, Status, Update
from bridge.topics import NONE


@pytest.mark.parametrize(
    ("state", "notes", "payloads"),
    [
        ("/clear_update_status", (), ("clear_update_status", "true", "false")),
        ("/download", (), ("download", "true", "false")),
        ("/update_downloaded", (), ("update_downloaded", "true", "false")),
        ("/update_staged", (), ("update_staged", "true", "false")),
        ("/update_succeeded", (), ("update_succeeded", "false", "false")),
        ("/update_failed", ("nonactionable",), ("update_failed", "false", "false")),
        ("/update_failed", ("ignoring",), ("update_failed", "false", "true")),
        ("/update_failed", None, ("update_failed", "false", NONE)),
        ("/update_staged", ("error",), ("update_staged", "true", "true")),
        ("/update_unknown", (), ("update_unknown", NONE, NONE)),
        ("/brand_new", (), ("brand_new", NONE, NONE)),
        ("///", (), (NONE, NONE, NONE)),
        (None, None, (NONE, NONE, NONE)),
    ],
)
def test_an_update_is_under_way_or_failed(
    state: str | None, notes: tuple[str, ...] | None, payloads: tuple[str, str, str]
) -> None:
    topics = said(Update(state, notes))

    keys = ("update_state", "update_in_progress", "update_failed")
    assert tuple(topics[f"gateway/{key}"] for key in keys) == payloads


@pytest.mark.parametrize(
    ("state", "version", "latest"),
    [
        ("/update_staged", "24.4.0 0fe780c9", "24.4.0"),
        ("/download", "24.4.0 0fe780c9", "24.4.0"),
        ("/update_staged", None, "23.36.3"),
        ("/update_succeeded", "23.36.3 aa269d353", "23.36.3"),
        ("/update_failed", "24.4.0 0fe780c9", "23.36.3"),
        ("/clear_update_status", "23.28.2 27626f98", "23.36.3"),
    ],
)
def test_the_firmware_that_waits_is_told_beside_the_one_in_use(
    state: str | None, version: str | None, latest: str
) -> None:
    topics = said(Status(version="23.36.3 aa269d353"), Update(state, version=version))

    assert json.loads(topics["gateway/update"]) == {
        "installed_version": "23.36.3",
        "latest_version": latest,
        "title": "Powerwall gateway",
    }


@pytest.mark.parametrize(
    "parts", [[Status(version="23.36.3"), Update(version="24.4.0")], [Update("/update_staged")]]
)
def test_without_both_of_its_sources_no_firmware_is_told(parts: list[Part]) -> None:
    assert said(*parts)["gateway/update"] == NONE


def test_the_notes_of_an_update_are_words() -> None:
    assert said(Update(notes=("nonActionable", "???")))["gateway/update_notes"] == (
        '["non_actionable","???"]'
    )


def test_agreements_are_those_of_the_customer_and_what_else_the_registration_knows() -> None:
    topics = said(
        Customer(registered=True, grid_services=False),
        Registration(registered=False, privacy_notice=True, timed_out_registration=False),
    )

    assert topics["customer/registered"] == "true"
    assert json.loads(topics["customer/agreements"]) == {
        "registered": True,
        "privacy_notice": True,
        "limited_warranty": None,
        "grid_services": False,
        "marketing": None,
        "emailed_registration": None,
        "skipped_registration": None,
        "timed_out_registration": False,
    }


@pytest.mark.parametrize("parts", [(), (Customer(),), (Customer(), Registration())])
def test_agreements_of_nobody_are_unknown(parts: tuple[Part, ...]) -> None:
    topics = said(*parts)

    assert (topics["customer/agreements"], topics["customer/registered"]) == (NONE, NONE)


def test_nobody_learns_where_an_owner_lives() -> None:
    """The customer of this site lives in Nowhere, 00000; the state is its grid code's too."""
    told = [t for t, payload in values(site("pw2-1.15")).items() if "Nowhere" in payload]
    zips = [t for t, payload in values(site("pw2-1.15")).items() if '"00000"' in payload]

    assert (told, zips) == ([], [])
