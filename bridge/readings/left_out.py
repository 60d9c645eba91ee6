"""What the gateway's API has and the bridge does not publish, each with its reason.

A row without a field is a path that is never read, with its method in front where another method
of it is read; `<...>` stands for what varies. Vitals are named as in proto/tesla.proto.
"""

from dataclasses import dataclass

from bridge.parts import Endpoint


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A path below `/api/` or one field of its answer, and why.

    `a.b` is b inside a, `a[].b` inside the items of a.
    """

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
ZERO = "0 in every answer that was seen"
NEVER_SEEN = "never seen in an answer"
EMPTY = "empty in every answer that was seen"
SAME = "the same number in every answer that was seen; what it means is not documented"
PHASES = "older than `last_communication_time`, by hours or since ever"
ANEW = "each question begins the checks anew, so it would change with every answer"
REACHING = "how the gateway reaches the meter"
AGGREGATED = f"{TWICE} `meters/aggregates`, which is read more often"
SET_UP = f"{TWICE} `meters`, where all meters are listed"
MESSAGES = "bookkeeping of the messages within the inverter"

_AGGREGATED = """
instant_power instant_reactive_power instant_apparent_power frequency energy_exported
energy_imported instant_average_voltage instant_average_current instant_total_current
num_meters_aggregated
"""
_DIAGNOSTIC = "<part>.<kind>_diagnostic"
_FIELDS: tuple[tuple[Endpoint, str, str], ...] = (
    (Endpoint.METERS, "<meter>.i_a_current <meter>.i_b_current <meter>.i_c_current", ZERO),
    (
        Endpoint.METERS,
        "<meter>.last_phase_voltage_communication_time <meter>.last_phase_power_communication_time "
        "<meter>.last_phase_energy_communication_time",
        PHASES,
    ),
    (Endpoint.METERS, "<meter>.timeout", "decides from when on a silent meter is not believed"),
    (Endpoint.METERS, "<meter>.num_meters_aggregated", "the meters stand one by one in `meters`"),
    (Endpoint.METERS, "load.energy_exported", "always 0: a home gives nothing"),
    (Endpoint.SYSTEM_STATUS, "system_island_state", f"{TWICE} `system_status/grid_status`"),
    (Endpoint.SYSTEM_STATUS, "can_reboot", f"{TWICE} `sitemaster`"),
    (
        Endpoint.SYSTEM_STATUS,
        "max_power_energy_remaining max_power_energy_to_be_charged load_charge_constraint "
        "max_sustained_ramp_rate smart_inv_delta_p smart_inv_delta_q score "
        "expected_energy_remaining",
        SAME,
    ),
    (Endpoint.SYSTEM_STATUS, "battery_blocks[].Type", EMPTY),
    (Endpoint.POWERWALLS, "states powerwalls[].Type powerwalls[].bc_type", EMPTY),
    (
        Endpoint.POWERWALLS,
        "powerwalls[].grid_state",
        "not true while the site master runs; `system_status` has the true one",
    ),
    (
        Endpoint.POWERWALLS,
        f"{_DIAGNOSTIC}.name {_DIAGNOSTIC}.category {_DIAGNOSTIC}.inputs",
        "the name is that of the diagnostic, the rest never differs",
    ),
    (
        Endpoint.POWERWALLS,
        f"{_DIAGNOSTIC}.checks[].start_time {_DIAGNOSTIC}.checks[].end_time",
        ANEW,
    ),
    (
        Endpoint.POWERWALLS,
        f"{_DIAGNOSTIC}.checks[].debug {_DIAGNOSTIC}.checks[].checks",
        EMPTY,
    ),
    *(
        (place, names, why)
        for place in (Endpoint.METERS_SITE, Endpoint.METERS_SOLAR)
        for names, why in (
            ("id", "counts the meters of the list"),
            ("location", "the path says it"),
            (
                "type cts inverted real_power_scale_factor connection.ip_address "
                "connection.short_id connection.device_serial connection.neurio_connected",
                SET_UP,
            ),
            (
                "connection.port connection.https_conf.client_cert "
                "connection.https_conf.client_key connection.https_conf.server_ca_cert "
                "connection.https_conf.max_idle_conns_per_host",
                REACHING,
            ),
            (
                "ct_voltage_references.ct1 ct_voltage_references.ct2 ct_voltage_references.ct3",
                f"{TWICE} `synchrometer/ct_voltage_references`",
            ),
            (
                " ".join(f"Cached_readings.{name}" for name in _AGGREGATED.split()),
                AGGREGATED,
            ),
            (
                " ".join(f"Cached_readings.i_{phase}_current" for phase in "abc"),
                ZERO,
            ),
            (
                " ".join(
                    f"Cached_readings.last_phase_{what}_communication_time"
                    for what in ("voltage", "power", "energy")
                ),
                PHASES,
            ),
            (
                "Cached_readings.last_communication_time Cached_readings.timeout",
                "decide from when on a silent meter is not believed",
            ),
        )
    ),
    (Endpoint.METER_READINGS, "<serial>.data.IP", SET_UP),
    (Endpoint.METER_READINGS, "<serial>.data.sensorId", "a second name beside the serial number"),
    (
        Endpoint.SOLAR_POWERWALL,
        "pvac_alerts.LastRxTime pvac_alerts.ReceivedMuxBitmask pvac_alerts.PVAC_alertMatrixIndex "
        "pvs_alerts.LastRxTime pvs_alerts.ReceivedMuxBitmask",
        MESSAGES,
    ),
    (Endpoint.CUSTOMER, "city state zip country", OWNER),
    (Endpoint.NETWORKS, "username", "the owner's login name in a network"),
    (
        Endpoint.VITALS,
        "site_label first_communication_time connection_parameters.serial_port "
        "connection_parameters.serial_baud connection_parameters.modbus_id "
        "device_attributes.tesla_energy_ecu_attributes.hardware_id "
        "device_attributes.generator_attributes.nameplate_apparent_power_va",
        NEVER_SEEN,
    ),
    (Endpoint.VITALS, "connection_parameters.ip_address", SET_UP),
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
    ("powerwalls/phase_usages", "an error on every installation that was seen"),
    ("powerwalls/pvi_sub_package_numbers", EMPTY),
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
