"""The gateway's words and ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.words import contactor, grid_word, installer_generation, segment, snake, to_app, to_raw


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("PINV_GridFollowing", "pinv_grid_following"),
        ("solarRGM", "solar_rgm"),
        ("ISLAND_GridState_Grid_Compliant", "island_grid_state_grid_compliant"),
        ("Power flow is too high", "power_flow_is_too_high"),
        (" on ", "on"),
        ("_a--b_", "a_b"),
    ],
)
def test_a_word_becomes_snake_case(word: str, ours: str) -> None:
    assert snake(word) == ours


@pytest.mark.parametrize("word", ["", "  ", "--", "é"])
def test_a_word_without_letters_is_none(word: str) -> None:
    assert snake(word) is None


@given(st.text())
def test_snake_case_is_plain(word: str) -> None:
    ours = snake(word)

    assert ours is None or ours.replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("text", "level"),
    [("TG12-ab_C", "TG12-ab_C"), ("a/b+c#d e", "a_b_c_d_e"), ("ä\0", "__"), ("", "_")],
)
def test_text_from_a_device_becomes_one_topic_level(text: str, level: str) -> None:
    assert segment(text) == level


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("SystemGridConnected", "connected"),
        ("SystemIslandedActive", "islanded"),
        ("SystemIslandedReady", "islanded_ready"),
        ("SystemTransitionToGrid", "transition_to_grid"),
        ("SystemTransitionToIsland", "transition_to_island"),
        ("SystemMicroGridFaulted", "micro_grid_faulted"),
        ("SystemWaitForUser", "wait_for_user"),
        ("SystemBrandNew", "system_brand_new"),
        ("?", None),
    ],
)
def test_a_grid_status_is_one_of_our_words(status: str, ours: str | None) -> None:
    assert grid_word(status) == ours


@pytest.mark.parametrize(
    ("grid", "island"),
    [
        ("connected", "on_grid"),
        ("islanded", "off_grid"),
        ("islanded_ready", "off_grid"),
        ("micro_grid_faulted", "off_grid"),
        ("wait_for_user", "off_grid"),
        ("transition_to_grid", None),
        ("transition_to_island", None),
        ("system_brand_new", None),
        (None, None),
    ],
)
def test_the_contactor_stands_where_the_grid_status_says(
    grid: str | None, island: str | None
) -> None:
    assert contactor(grid) == island


@pytest.mark.parametrize(
    ("raw", "app"), [(24, 20), (100, 100), (5, 0), (9.75, 5), (14.5, 10), (38.25, 35), (62, 60)]
)
def test_the_app_hides_the_lowest_five_percent(raw: float, app: float) -> None:
    assert to_app(raw) == pytest.approx(app)


@pytest.mark.parametrize(("raw", "app"), [(0, 0), (4.9, 0), (100.4, 100)])
def test_the_app_scale_ends_at_0_and_100(raw: float, app: float) -> None:
    assert to_app(raw) == app


@pytest.mark.parametrize(("app", "raw"), [(20, 24.0), (100, 100.0), (0, 5.0), (7, 11.65)])
def test_the_raw_scale_starts_at_five(app: float, raw: float) -> None:
    assert to_raw(app) == raw


@pytest.mark.parametrize("app", range(101))
def test_a_whole_percent_survives_the_way_to_the_gateway_and_back(app: int) -> None:
    assert round(to_app(to_raw(app)), 2) == app


@given(st.floats(0, 100))
def test_no_percent_of_the_app_is_lost_on_the_way(app: float) -> None:
    assert to_app(to_raw(app)) == pytest.approx(app, abs=1e-5)


@pytest.mark.parametrize("version", ["1.15.0", "1.50.1 c58c2df3", "1", "19.9"])
def test_firmware_before_20_has_the_installers_login(version: str) -> None:
    assert installer_generation(version)


@pytest.mark.parametrize("version", ["20.49.0", "21.44 223a56cd", "", None, "x.1", "9" * 5000])
def test_later_and_unknown_firmware_has_the_owners_login(version: str | None) -> None:
    assert not installer_generation(version)


def test_a_name_without_end_is_cut() -> None:
    assert segment("x" * 70_000) == "x" * 100
