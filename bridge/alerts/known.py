"""What is known of the gateway's alerts: a table of names, with what each means in plain words.

No gateway explains its alerts. The names were seen on systems; what they mean is told by Tesla's
manual and by owners, or read off the name. `POD_w...` calls itself a warning, `POD_f...` a fault.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much an alert matters to an owner."""

    HARMLESS = "harmless"  # stands for ever on systems that are well
    INFORMATION = "information"  # comes and goes as part of what the system does
    WARNING = "warning"  # something is limited or missing; look at it if it stays
    FAULT = "fault"  # something has failed
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Known:
    """One row: the device's type that reports it, how much it matters, and what it means."""

    name: str
    device: str | None
    severity: Severity
    meaning: str | None


HARMLESS, INFORMATION = Severity.HARMLESS, Severity.INFORMATION
WARNING, FAULT = Severity.WARNING, Severity.FAULT
_SELF_CALLED = re.compile(r"POD_([wf])\d+_")


def known(name: str) -> Known:
    """Return what is known of an alert; of one that is not in the table, what it calls itself."""
    return KNOWN.get(name) or Known(name, None, _self_called(name), None)


def _self_called(name: str) -> Severity:
    found = _SELF_CALLED.match(name)
    return {"w": WARNING, "f": FAULT}[found[1]] if found else Severity.UNKNOWN


_NOT_CONNECTED = "Nothing is connected to string {}; normal for an unused input"
_MCI_VOLTAGE = "Solar voltage at rapid shutdown switch {} is not what it should be"

_GATEWAY = (
    ("SystemConnectedToGrid", HARMLESS, "The house is connected to the grid"),
    ("GridCodesWrite", HARMLESS, "The rules of the region's grid were written to the devices"),
    ("GridCodesWriteError", WARNING, "The rules of the region's grid could not be written"),
    ("FWUpdateSucceeded", INFORMATION, "A firmware update has succeeded"),
    ("FWUpdateFailed", WARNING, "A firmware update has failed"),
    ("PodCommissionTime", HARMLESS, "The time at which a pack was commissioned was noted"),
    ("PodCommissionTimeError", WARNING, "A pack was not commissioned; seen after failed updates"),
    ("BatteryFault", FAULT, "A Powerwall has failed"),
    ("BatteryComms", FAULT, "The gateway does not hear a Powerwall"),
    ("BatteryBreakerOpen", WARNING, "The breaker of a Powerwall is open"),
    ("BatteryUnexpectedPower", WARNING, "The battery gives or takes another power than ordered"),
    ("RealPowerAvailableLimited", INFORMATION, "The battery cannot give or take what is wanted"),
    ("RealPowerConfigLimited", INFORMATION, "A limit of the installation holds the battery back"),
    ("BackfeedLimited", INFORMATION, "The battery is held back so that it does not export"),
    ("SiteMinPowerLimited", INFORMATION, "The site's limit of export holds the battery back"),
    ("SiteMaxPowerLimited", INFORMATION, "The site's limit of import holds the battery back"),
    ("PanelMaxCurrentLimited", INFORMATION, "The panel's limit of current holds the battery back"),
    ("SolarChargeOnlyLimited", INFORMATION, "The battery may only charge from solar"),
    ("SelfConsumptionReservedLimit", INFORMATION, "The battery is at its backup reserve"),
    ("ScheduledIslandContactorOpen", INFORMATION, "The house was taken off the grid by command"),
    ("UnscheduledIslandContactorOpen", WARNING, "The grid contactor has opened by itself"),
    ("GridFaultContactorTrip", WARNING, "The grid contactor has opened for a fault of the grid"),
    ("IslandingControllerMIA", WARNING, "The gateway does not hear its grid contactor"),
    (
        "WaitForUserNoInvertersReady",
        FAULT,
        "Off grid and shut down: it waits for a restart by hand",
    ),
    ("SystemShutdown", WARNING, "The system was shut down"),
    ("HighCPU", WARNING, "The gateway is busy: it is asked too often, or with a wrong password"),
    ("SiteMeterComms", WARNING, "The gateway does not hear its grid meter"),
    ("SolarMeterComms", WARNING, "The gateway does not hear its solar meter"),
    ("SolarRGMMeterComms", WARNING, "The gateway does not hear its revenue-grade solar meter"),
    ("PVInverterComms", WARNING, "The gateway does not hear the solar inverter"),
)
_CONTROLLER = (
    ("THC_w042_POD_MIA", WARNING, "The controller does not hear its pack"),
    ("THC_w061_CAN_TX_FIFO_Overflow", INFORMATION, "The controller's bus was busy for a moment"),
    ("THC_w155_Backup_Genealogy_Updated", HARMLESS, "The controller has noted its parts"),
)
_PACK = (
    ("POD_w017_SW_Batt_Volt_Sens_Irrational", WARNING, "A measured pack voltage makes no sense"),
    ("POD_w024_HW_Fault_Asserted", WARNING, "The pack's hardware reports a fault"),
    ("POD_w029_HW_CMA_OV", WARNING, "The pack's hardware saw a voltage that is too high"),
    ("POD_w031_SW_Brick_OV", WARNING, "A group of cells has too high a voltage"),
    ("POD_w041_SW_CMA_Comm_Integrity", WARNING, "Cell measurements do not arrive intact"),
    ("POD_w044_SW_Brick_UV_Warning", WARNING, "A group of cells is nearly too low in voltage"),
    ("POD_w045_SW_Brick_OV_Warning", WARNING, "A group of cells is nearly too high in voltage"),
    ("POD_w048_SW_Cell_Voltage_Sens", WARNING, "A cell's voltage cannot be measured well"),
    ("POD_w049_SW_CMA_Voltage_Mismatch", WARNING, "Cell and pack voltages do not agree"),
    ("POD_w058_SW_App_Boot", INFORMATION, "The pack's controller has started"),
    ("POD_w063_SW_SOC_Imbalance", INFORMATION, "The pack's cells are not charged alike"),
    ("POD_w064_SW_Brick_Low_Capacity", WARNING, "A group of cells holds less than the others"),
    ("POD_w067_SW_Not_Enough_Energy_Precharge", WARNING, "The pack is too empty to start"),
    (
        "POD_w090_SW_SOC_Imbalance_Limit_Charge",
        WARNING,
        "Charging is limited, for the pack's cells are not charged alike",
    ),
    ("POD_w093_SW_Charge_Request", INFORMATION, "The pack asks to be charged"),
    ("POD_w105_SW_EOD", INFORMATION, "The pack is empty"),
    ("POD_w109_SW_Self_Test_Request_Not_Serviced", INFORMATION, "A self-test was not done"),
    ("POD_w110_SW_EOC", HARMLESS, "The pack is full"),
    ("POD_f029_HW_CMA_OV", FAULT, "The pack's hardware saw too high a voltage and stopped"),
    ("POD_f053_SW_CMA_Cell_MIA", FAULT, "A cell of the pack is not measured any more"),
)
_PACK_INVERTER = (
    ("PINV_a004_vfCheckUnderVoltage", INFORMATION, "The grid's voltage was too low"),
    ("PINV_a006_vfCheckUnderFrequency", INFORMATION, "The grid's frequency was too low"),
    ("PINV_a007_vfCheckOverFrequency", INFORMATION, "The grid's frequency was too high"),
    ("PINV_a008_vfCheckRocof", INFORMATION, "The grid's frequency changed too fast"),
    ("PINV_a010_can_gtwMIA", WARNING, "The inverter does not hear the gateway; passes in updates"),
    ("PINV_a011_can_podMIA", WARNING, "The inverter does not hear its pack"),
    ("PINV_a016_basicAcCheckUnderVoltage", INFORMATION, "The grid's voltage was too low"),
    ("PINV_a039_can_thcMIA", WARNING, "The inverter does not hear its controller, as in updates"),
    ("PINV_a041_sensedGridDisturbance", INFORMATION, "The grid was disturbed"),
    ("PINV_a067_overvoltageNeutralChassis", HARMLESS, "Voltage between neutral and chassis; usual"),
)
_SYNCHRONIZER = (
    ("SYNC_a001_SW_App_Boot", HARMLESS, "The synchronizer has started"),
    ("SYNC_a005_vfCheckUnderVoltage", INFORMATION, "The grid's voltage was too low"),
    ("SYNC_a020_LoadsDropped", WARNING, "The home was without power for a moment"),
    ("SYNC_a030_Sitemaster_MIA", WARNING, "The synchronizer does not hear the gateway"),
    ("SYNC_a036_LoadsDroppedLong", WARNING, "The home was without power"),
    ("SYNC_a038_DoOpenArguments", INFORMATION, "The grid contactor was told to open"),
    ("SYNC_a046_DoCloseArguments", INFORMATION, "The grid contactor was told to close"),
)
_SOLAR_INVERTER = (
    ("PVAC_a001_inv_L1_HW_overcurrent", WARNING, "Too high a current on line 1"),
    ("PVAC_a002_inv_L2_HW_overcurrent", WARNING, "Too high a current on line 2"),
    ("PVAC_a003_inv_HVBus_HW_overvoltage", WARNING, "Too high a voltage inside the inverter"),
    ("PVAC_a008_inv_HVBus_undervoltage", INFORMATION, "Too low a voltage inside the inverter"),
    ("PVAC_a009_SwAppBoot", INFORMATION, "The solar inverter has started"),
    ("PVAC_a010_inv_AC_overvoltage", INFORMATION, "The grid's voltage was too high"),
    ("PVAC_a011_inv_AC_undervoltage", INFORMATION, "The grid's voltage was too low"),
    ("PVAC_a012_inv_AC_overfrequency", INFORMATION, "The grid's frequency was too high"),
    ("PVAC_a013_inv_AC_underfrequency", INFORMATION, "The grid's frequency was too low"),
    ("PVAC_a014_PVS_disabled_relay", INFORMATION, "The strings are tested before the sun is used"),
    ("PVAC_a019_ambient_overtemperature", WARNING, "The solar inverter is too hot"),
    ("PVAC_a024_PVACrx_Command_mia", WARNING, "The solar inverter gets no orders"),
    ("PVAC_a025_PVS_Status_mia", WARNING, "The solar inverter does not hear its string side"),
    ("PVAC_a028_inv_K2_relay_welded", FAULT, "A relay of the solar inverter does not open"),
    ("PVAC_a030_fan_faulted", WARNING, "A fan of the solar inverter has failed"),
)
_STRINGS = (
    ("PVS_a001_WatchdogReset", INFORMATION, "The string side has restarted by itself"),
    ("PVS_a002_SW_App_Boot", INFORMATION, "The string side has started"),
    ("PVS_a003_V12vOutOfBounds", WARNING, "The string side's own supply is out of its bounds"),
    ("PVS_a010_PvIsolationTotal", WARNING, "The panels are badly insulated against earth"),
    ("PVS_a017_MciStringA", HARMLESS, _NOT_CONNECTED.format("A")),
    ("PVS_a018_MciStringB", HARMLESS, _NOT_CONNECTED.format("B")),
    ("PVS_a019_MciStringC", HARMLESS, _NOT_CONNECTED.format("C")),
    ("PVS_a020_MciStringD", HARMLESS, _NOT_CONNECTED.format("D")),
    ("PVS_a021_RapidShutdown", INFORMATION, "Rapid shutdown has switched the panels off"),
    ("PVS_a026_Mci1PvVoltage", INFORMATION, _MCI_VOLTAGE.format(1)),
    ("PVS_a027_Mci2PvVoltage", INFORMATION, _MCI_VOLTAGE.format(2)),
    ("PVS_a031_Mci3PvVoltage", INFORMATION, _MCI_VOLTAGE.format(3)),
    ("PVS_a032_Mci4PvVoltage", INFORMATION, _MCI_VOLTAGE.format(4)),
    ("PVS_a029_PvArcFault", FAULT, "An electric arc was seen among the panels"),
    ("PVS_a036_PvArcLockout", FAULT, "Solar stays off, for an electric arc was seen"),
    ("PVS_a039_SelfTestRelayFault", FAULT, "A relay of the string side has failed its test"),
    ("PVS_a044_FaultStatePvStringSafety", FAULT, "The string side is off to be safe"),
    ("PVS_a058_MciOpenOnFault", FAULT, "The rapid shutdown switches have opened for a fault"),
    ("PVS_a059_MciOpen", INFORMATION, "The rapid shutdown switches are open, as without sun"),
    ("PVS_a060_MciClose", INFORMATION, "The rapid shutdown switches are closed: solar runs"),
)

KNOWN = {
    name: Known(name, device, severity, meaning)
    for device, rows in (
        ("STSTSM", _GATEWAY),
        ("TETHC", _CONTROLLER),
        ("TEPOD", _PACK),
        ("TEPINV", _PACK_INVERTER),
        ("TESYNC", _SYNCHRONIZER),
        ("PVAC", _SOLAR_INVERTER),
        ("PVS", _STRINGS),
    )
    for name, severity, meaning in rows
}
