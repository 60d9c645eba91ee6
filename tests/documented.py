"""What the description of the gateway's API says that its answers hold, written down by hand.

`a.b` is b inside a, `a[].b` inside a's items; `<...>` stands for all that PLACES has for
it. SURROUNDED is what has to stand around a field so that it can mean anything: a pack
has a serial number.
"""

from bridge.parts import Endpoint

PLACES = {
    "<meter>": ("site", "battery", "load", "solar", "generator"),
    "<serial>": ("TG1",),
    "<part>": ("powerwalls[]", "sync", "msa"),
    "<kind>": ("commissioning", "update"),
}

_METERED = """
last_communication_time instant_power instant_reactive_power instant_apparent_power frequency
energy_exported energy_imported instant_average_voltage instant_average_current i_a_current
i_b_current i_c_current last_phase_voltage_communication_time last_phase_power_communication_time
last_phase_energy_communication_time timeout num_meters_aggregated instant_total_current
"""
_LINES = " ".join(
    f"{name}_{phase}"
    for name in ("real_power", "reactive_power", "energy_exported", "energy_imported")
    for phase in "abc"
)
_CACHED = f"{_METERED} v_l1n v_l2n v_l3n {_LINES} serial_number version"
_LINE_METER = " ".join(
    (
        "id location type cts inverted connection.ip_address connection.port connection.short_id "
        "connection.device_serial connection.neurio_connected connection.https_conf.client_cert "
        "connection.https_conf.client_key connection.https_conf.server_ca_cert "
        "connection.https_conf.max_idle_conns_per_host real_power_scale_factor "
        "ct_voltage_references.ct1 ct_voltage_references.ct2 ct_voltage_references.ct3",
        *(f"Cached_readings.{name}" for name in _CACHED.split()),
    )
)
_FLAGS = (
    "enumerating updating checking_if_offgrid running_phase_detection phase_detection_last_error "
    "phase_detection_not_available bubble_shedding on_grid_check_error grid_qualifying "
    "grid_code_validating"
)
_FAULT = (
    "timestamp alert_name alert_is_fault decoded_alert alert_raw git_hash site_uid ecu_type "
    "ecu_package_part_number ecu_package_serial_number"
)
_DIAGNOSTIC = (
    "name category disruptive inputs alert checks[].name checks[].status checks[].start_time "
    "checks[].end_time checks[].message checks[].progress checks[].results checks[].debug "
    "checks[].checks"
)
_DIAGNOSTICS = " ".join(f"<part>.<kind>_diagnostic.{name}" for name in _DIAGNOSTIC.split())

DOCUMENTED = {
    Endpoint.METERS: " ".join(f"<meter>.{name}" for name in _METERED.split()),
    Endpoint.SOE: "percentage",
    Endpoint.GRID_STATUS: "grid_status grid_services_active",
    Endpoint.SYSTEM_STATUS: "command_source battery_target_power battery_target_reactive_power "
    "nominal_full_pack_energy nominal_energy_remaining max_power_energy_remaining "
    "max_power_energy_to_be_charged max_charge_power max_discharge_power max_apparent_power "
    "instantaneous_max_discharge_power instantaneous_max_charge_power "
    "instantaneous_max_apparent_power hardware_capability_charge_power "
    "hardware_capability_discharge_power grid_services_power system_island_state available_blocks "
    "available_charger_blocks blocks_controlled ffr_power_availability_high "
    "ffr_power_availability_low load_charge_constraint max_sustained_ramp_rate can_reboot "
    "smart_inv_delta_p smart_inv_delta_q last_toggle_timestamp solar_real_power_limit score "
    "primary auxiliary_load all_enable_lines_high inverter_nominal_usable_power "
    "expected_energy_remaining battery_blocks[].Type battery_blocks[].PackagePartNumber "
    "battery_blocks[].PackageSerialNumber battery_blocks[].disabled_reasons "
    "battery_blocks[].pinv_state battery_blocks[].pinv_grid_state "
    "battery_blocks[].nominal_energy_remaining battery_blocks[].nominal_full_pack_energy "
    "battery_blocks[].p_out battery_blocks[].q_out battery_blocks[].v_out battery_blocks[].f_out "
    "battery_blocks[].i_out battery_blocks[].energy_charged battery_blocks[].energy_discharged "
    "battery_blocks[].off_grid battery_blocks[].vf_mode battery_blocks[].wobble_detected "
    "battery_blocks[].charge_power_clamped battery_blocks[].backup_ready "
    "battery_blocks[].OpSeqState battery_blocks[].version "
    + " ".join(f"grid_faults[].{name}" for name in _FAULT.split()),
    Endpoint.POWERWALLS: f"{_FLAGS} has_sync gateway_din states sync.updating "
    "powerwalls[].Type powerwalls[].PackagePartNumber powerwalls[].PackageSerialNumber "
    "powerwalls[].type powerwalls[].grid_state powerwalls[].grid_reconnection_time_seconds "
    "powerwalls[].under_phase_detection powerwalls[].updating powerwalls[].bc_type "
    f"powerwalls[].in_config {_DIAGNOSTICS}",
    Endpoint.POWERWALLS_STATUS: _FLAGS,
    Endpoint.METER_LIST: "serial short_id type connected cts[].type cts[].valid cts[].inverted "
    "cts[].real_power_scale_factor ip_address mac",
    Endpoint.METERS_SITE: _LINE_METER,
    Endpoint.METERS_SOLAR: _LINE_METER,
    Endpoint.METER_READINGS: "<serial>.error <serial>.data.IP <serial>.data.sensorId "
    "<serial>.data.firmwareVersion <serial>.data.f_Hz <serial>.data.cts[].ct "
    "<serial>.data.cts[].v_V <serial>.data.cts[].p_W <serial>.data.cts[].q_VAR "
    "<serial>.data.cts[].eExp_Ws <serial>.data.cts[].eImp_Ws <serial>.data.cts[].i_A",
    Endpoint.METERS_STATUS: "status errors",
    Endpoint.CT_REFERENCES: "ct1 ct2 ct3",
    Endpoint.SOLAR_POWERWALL: "pvac_status.state pvac_status.disabled pvac_status.disabled_reasons "
    "pvac_status.grid_state pvac_status.inv_state pvac_status.v_out pvac_status.f_out "
    "pvac_status.p_out pvac_status.q_out pvac_status.i_out "
    "pvac_status.string_vitals[].string_id pvac_status.string_vitals[].connected "
    "pvac_status.string_vitals[].measured_voltage pvac_status.string_vitals[].current "
    "pvac_status.string_vitals[].measured_power pvs_status.state pvs_status.disabled "
    "pvs_status.enable_output pvs_status.v_ll pvs_status.self_test_state pv_power_limit "
    "power_status_setpoint pvac_alerts.LastRxTime pvac_alerts.ReceivedMuxBitmask "
    "pvac_alerts.PVAC_alertMatrixIndex pvac_alerts.PVAC_a001_inv_L1_HW_overcurrent "
    "pvs_alerts.LastRxTime pvs_alerts.ReceivedMuxBitmask pvs_alerts.PVS_a017_MciStringA",
    Endpoint.STATUS: "din start_time up_time_seconds is_new version git_hash commission_count "
    "device_type sync_type teg_type leader followers cellular_disabled can_reboot",
    Endpoint.SITEMASTER: "status running uptime connected_to_tesla power_supply_mode can_reboot",
    Endpoint.OPERATION: "mode real_mode backup_reserve_percent freq_shift_load_shed_soe "
    "freq_shift_load_shed_delta_f",
    Endpoint.SITE_INFO: "site_name timezone max_site_meter_power_kW min_site_meter_power_kW "
    "nominal_system_energy_kWh nominal_system_power_kW max_system_energy_kWh max_system_power_kW "
    "panel_max_current measured_frequency grid_code grid_voltage_setting grid_freq_setting "
    "grid_phase_setting country state distributor utility retailer region grid_code.grid_code "
    "grid_code.grid_voltage_setting grid_code.grid_freq_setting grid_code.grid_phase_setting "
    "grid_code.country grid_code.state grid_code.distributor grid_code.utility "
    "grid_code.retailer grid_code.region",
    Endpoint.CONFIG: "vin",
    Endpoint.GRID_CODES: "US.CA.R[].grid_code US.CA.R[].grid_voltage_setting "
    "US.CA.R[].grid_freq_setting US.CA.R[].grid_phase_setting",
    Endpoint.CUSTOMER: "city state zip country registered privacy_notice limited_warranty "
    "emailed_registration marketing grid_services",
    Endpoint.REGISTRATION: "privacy_notice limited_warranty grid_services marketing registered "
    "timed_out_registration emailed_registration skipped_registration",
    Endpoint.GENERATORS: "disconnect_type generators generators[].any",
    Endpoint.SOLARS: "brand model power_rating_watts",
    Endpoint.UPDATE: "state info.status current_time last_status_time version offline_updating "
    "offline_update_error estimated_bytes_per_second",
    Endpoint.NETWORKS: "id name connected is_dhcp ip_address subnet config.network_name "
    "config.interface config.security_type config.dhcp config.enabled network_name interface dhcp "
    "enabled extra_ips[].ip extra_ips[].netmask active primary lastTeslaConnected "
    "lastInternetConnected security_type username iface_network_info.network_name "
    "iface_network_info.ip_networks[].ip iface_network_info.ip_networks[].mask "
    "iface_network_info.ip_networks[].IP iface_network_info.ip_networks[].Mask "
    "iface_network_info.gateway iface_network_info.interface iface_network_info.state "
    "iface_network_info.state_reason iface_network_info.signal_strength "
    "iface_network_info.hw_address",
    Endpoint.CONN_TESTS: "timestamp results.any.pass results.any.error name category disruptive "
    "inputs alert checks[].name checks[].status checks[].start_time checks[].end_time "
    "checks[].results checks[].debug checks[].checks",
    Endpoint.GRID_FAULTS: _FAULT,
    Endpoint.TOGGLE: "toggle_auth_supported",
    Endpoint.PROBLEMS: "problems",
}

_LINE: dict[str, object] = {"Cached_readings": {"serial_number": "TG1", "real_power_a": 5}}
SURROUNDED: dict[str, object] = {
    Endpoint.METERS_SITE: _LINE,
    Endpoint.METERS_SOLAR: _LINE,
    Endpoint.METER_LIST: {"serial": "TG1", "cts": [{"type": "site", "valid": [True]}]},
    Endpoint.METER_READINGS: {"TG1": {"data": {"cts": [{"ct": 1, "p_W": 5}]}}},
    Endpoint.SYSTEM_STATUS: {"battery_blocks": [{"PackageSerialNumber": "TG1"}]},
    Endpoint.POWERWALLS: {"powerwalls": [{"PackageSerialNumber": "TG1"}]},
    Endpoint.SOLAR_POWERWALL: {
        "pvac_status": {"state": "PVAC_Active", "string_vitals": [{"measured_power": 5}]}
    },
    Endpoint.CONN_TESTS: {"checks": []},
    "networks subnet": {"ip_address": "192.168.1.50"},
}
NO_ALERTS = {"LastRxTime", "ReceivedMuxBitmask", "PVAC_alertMatrixIndex"}  # what stands among them
LISTED_METER = {"serial": "TG1", "cts": [{"type": "site", "valid": [True] * 4}]}

PATHS = """
operation site_info site_info/site_name site_info/grid_codes site_info/grid_regions customer
customer/registration config installer installer/companies generators generators/disconnect_types
solars solars/brands solars/brands/<brand> system/update/status networks networks/access_points
networks/client_protocols system/networks system/networks/conn_tests system/networks/ping_test
system/testing synchrometer/ct_voltage_references synchrometer/ct_voltage_references/options
troubleshooting/problems autoconfig/status auth/toggle/supported legal/radio devices/vitals
solar_powerwall status sitemaster system_status system_status/soe system_status/grid_status
system_status/grid_faults system/update/urgency meters meters/aggregates meters/site meters/solar
meters/readings meters/status powerwalls powerwalls/status powerwalls/phase_usages
powerwalls/pvi_sub_package_numbers
auth/toggle/start auth/toggle/login login/Basic logout password/change password/generate
password/reset
autoconfig/run autoconfig/retry autoconfig/cancel customer/registration/legal
customer/registration/skip customer/registration/emailed logging meters/verify meters/<id>/verify
meters/<id>/commission meters/<id>/invert_cts meters/<id>/ct_config meters/<id>/cts
meters/detect_wired_meters meters/inverter_meter_readings networks/connect
networks/request_scan_wifi networks/enable_<name> networks/<id>/disconnect powerwalls/update
powerwalls/scan powerwalls/phase_detection powerwalls/pvi_power_status
powerwalls/enable_inverter_solar_meter_readings site_info/grid_code site_info/timezone
site_info/offgrid site_info/export_mode site_info/extra_programs sitemaster/run_for_commissioning
sitemaster/stop system/update system/testing/PINV_TEST solar_powerwall/reset
solar_powerwall/<n>/power_status solar_powerwall/<n>/reset config/completed sitemaster/run
v2/islanding/mode
/tedapi/din
"""

# of devices/vitals, by the spelling of proto/tesla.proto
DEVICE = """
din part_number serial_number manufacturer site_label component_parent_din firmware_version
first_communication_time last_communication_time connection_parameters.ip_address
connection_parameters.serial_port connection_parameters.serial_baud
connection_parameters.modbus_id device_attributes.tesla_energy_ecu_attributes.ecu_type
device_attributes.tesla_energy_ecu_attributes.hardware_id
device_attributes.tesla_energy_ecu_attributes.pv_inverter_attributes.nameplate_real_power_w
device_attributes.tesla_energy_ecu_attributes.meter_attributes.meter_location
device_attributes.generator_attributes.nameplate_real_power_w
device_attributes.generator_attributes.nameplate_apparent_power_va
device_attributes.pv_inverter_attributes.nameplate_real_power_w
device_attributes.meter_attributes.meter_location
"""
_OF_TESYNC = " ".join(
    f"ISLAND_VL{n}N_Main ISLAND_VL{n}N_Load ISLAND_FreqL{n}_Main ISLAND_FreqL{n}_Load "
    f"ISLAND_PhaseL{n}_Main_Load ISLAND_L{n}MicrogridOk SYNC-Phase{n}Usage"
    for n in (1, 2, 3)
)


def _board(letter: str, voltages: str) -> str:
    lines = " ".join(
        f"METER_{letter}_CT{phase}_{name}"
        for phase in "ABC"
        for name in ("InstRealPower", "InstReactivePower", "I")
    )
    volts = " ".join(f"METER_{letter}_{name}" for name in voltages.split())
    counters = f"METER_{letter}_LifetimeEnergyImport METER_{letter}_LifetimeEnergyExport"
    return f"{lines} {volts} {counters}"


VITALS = {
    "STSTSM": "STSTSM-Location",
    "TETHC": "THC_State THC_AmbientTemp",
    "TEPOD": "POD_nom_energy_to_be_charged POD_nom_energy_remaining POD_nom_full_pack_energy "
    "POD_available_charge_power POD_available_dischg_power POD_state POD_enable_line "
    "POD_ChargeComplete POD_DischargeComplete POD_PersistentlyFaulted POD_PermanentlyFaulted "
    "POD_ChargeRequest POD_ActiveHeating POD_CCVhold POD_curtailed_charge_power "
    "POD_curtailed_dischg_power POD_est_DC_Bus_Power POD_Ibatt POD_Vbatt POD_DC_Bus_Voltage "
    "POD_Resting POD_HeatZeroCurrentReg POD_ExtendedCapacityMode POD_IpcRequestedBusUp "
    "POD_SelfTestRequested",
    "TEPINV": "PINV_EnergyDischarged PINV_EnergyCharged PINV_VSplit1 PINV_VSplit2 PINV_Vout "
    "PINV_Fout PINV_PllFrequency PINV_Pout PINV_Qout PINV_PllLocked PINV_ReadyForGridForming "
    "PINV_HardwareEnableLine PINV_State PINV_GridState PINV_PowerLimiter",
    "PVAC": "PVAC_Pout PVAC_Qout PVAC_Iout PVAC_Vout PVAC_VL1Ground PVAC_VL2Ground "
    "PVAC_VHvMinusChassisDC PVAC_Fout PVAC_LifetimeEnergyPV_Total PVAC_State PVAC_GridState "
    "PVAC_InvState PVI-PowerStatusSetpoint PVAC_Fan_Speed_Actual_RPM PVAC_Fan_Speed_Target_RPM "
    + " ".join(
        f"PVAC_PVCurrent_{s} PVAC_PVMeasuredVoltage_{s} PVAC_PVMeasuredPower_{s} PVAC_PvState_{s}"
        for s in "ABCD"
    ),
    "PVS": "PVS_vLL PVS_State PVS_SelfTestState PVS_EnableOutput "
    + " ".join(f"PVS_String{s}_Connected" for s in "ABCD"),
    "TESYNC": f"{_OF_TESYNC} ISLAND_L1L2PhaseDelta ISLAND_L1L3PhaseDelta ISLAND_L2L3PhaseDelta "
    "ISLAND_GridState ISLAND_ReadyForSynchronization ISLAND_GridConnected SYNC_ExternallyPowered "
    f"SYNC_SiteSwitchEnabled {_board('X', 'VL1N VL2N VL3N')} {_board('Y', 'VL1N VL2N VL3N')}",
    "TEMSA": _board("Z", "VL1G VL2G VL1N VL2N"),
    "NEURIO": " ".join(f"NEURIO_CT{n}_Location NEURIO_CT{n}_InstRealPower" for n in range(4)),
}
