"""What the gateway's API has and the bridge does not publish, each with its reason.

A row without a field is a path that is never read, with its method in front where another method
of it is read; `<...>` in a path stands for what varies.
"""

from dataclasses import dataclass

from bridge.parts import Endpoint


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A path below `/api/` or one field of its answer, `a.b` for one inside, and why."""

    path: str
    field: str | None
    reason: str


OWNER = "tells where the owner lives"
INSTALLER = "names and contacts of the installer"
TWICE = "the same stands in"
CHOICES = "only what an installer can choose from"
COMMISSIONING = "belongs to commissioning, not to a house that runs"
CHANGES = "changes the installation; never called"
SIDE_EFFECT = "a GET that does something; never called"

_FIELDS: tuple[tuple[Endpoint, str, str], ...] = (
    (Endpoint.CUSTOMER, "city state zip country", OWNER),
    (Endpoint.NETWORKS, "username", "the owner's login name in a network"),
)

_PATHS: tuple[tuple[str, str], ...] = (
    ("site_info/site_name", f"{TWICE} `site_info`"),
    ("site_info/grid_regions", CHOICES),
    ("installer", INSTALLER),
    ("installer/companies", "megabytes, the same for everybody"),
    ("solars/brands", CHOICES),
    ("solars/brands/<brand>", CHOICES),
    ("networks/access_points", "a scan for the networks of the neighbourhood"),
    ("networks/client_protocols", COMMISSIONING),
    ("system/networks", f"{TWICE} `networks`, which later firmware has too"),
    ("system/networks/ping_test", "always the same empty answer"),
    ("system/testing", COMMISSIONING),
    ("system/update/urgency", "only ever seen busy"),
    ("synchrometer/ct_voltage_references/options", CHOICES),
    ("autoconfig/status", COMMISSIONING),
    ("legal/radio", "approvals of the radio parts, the same for everybody"),
    ("login/Basic", "a login; made when a read needs one, its answer is a secret"),
    ("logout", "ends a session; nothing to read"),
)

_CHANGING = """
autoconfig/run autoconfig/retry autoconfig/cancel
auth/toggle/start auth/toggle/login
customer/registration/legal customer/registration/skip customer/registration/emailed
logging
meters/verify meters/<id>/verify meters/<id>/commission meters/<id>/invert_cts
meters/<id>/ct_config meters/<id>/cts
meters/detect_wired_meters meters/inverter_meter_readings
networks/connect networks/request_scan_wifi networks/enable_<name> networks/<id>/disconnect
password/change password/generate password/reset
powerwalls/update powerwalls/scan powerwalls/phase_detection powerwalls/pvi_power_status
powerwalls/enable_inverter_solar_meter_readings
site_info/grid_code site_info/timezone site_info/offgrid site_info/export_mode
site_info/extra_programs
sitemaster/stop sitemaster/run_for_commissioning
system/update system/testing/PINV_TEST
"""
_WRITING = """
POST:customer POST:meters POST:networks POST:site_info/site_name
POST:synchrometer/ct_voltage_references POST:system/networks/conn_tests
DELETE:meters DELETE:networks DELETE:system/testing
"""
_SIDE_EFFECTS = "solar_powerwall/reset solar_powerwall/<n>/power_status solar_powerwall/<n>/reset"

BY_COMMAND = ("config/completed", "sitemaster/run", "v2/islanding/mode")

LEFT_OUT: tuple[LeftOut, ...] = (
    *(LeftOut(path, field, why) for path, names, why in _FIELDS for field in names.split()),
    *(LeftOut(path, None, why) for path, why in _PATHS),
    *(LeftOut(path, None, CHANGES) for path in _CHANGING.split()),
    *(LeftOut(call.replace(":", " "), None, CHANGES) for call in _WRITING.split()),
    *(LeftOut(path, None, SIDE_EFFECT) for path in _SIDE_EFFECTS.split()),
    *(
        LeftOut(path, None, "called by a command, or to undo what an old login does")
        for path in BY_COMMAND
    ),
)
