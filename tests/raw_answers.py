"""The answers of a simulated gateway as they are, read with the schema and no more."""

import json

from bridge.gateway.tesla_pb2 import ConnectedDeviceWithVitals, DevicesWithVitals
from bridge.simulator import Simulator

Json = dict[str, "object"]
PLACES = {1: "site", 4: "solar", 5: "solar_rgm"}


class Answers:
    """The bodies that a simulated gateway gives now.

    has() tells whether a path is there, and read without a login that may stop the battery.
    """

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim

    def has(self, path: str) -> bool:
        profile = self._sim.site.profile
        if profile.firmware < (20, 0) and path not in profile.open_reads:
            return False
        try:
            self._sim.document(path)
        except KeyError:
            return False
        return True

    def text(self, path: str) -> str:
        return self._sim.document(path).decode()

    def object(self, path: str) -> Json:
        found = json.loads(self._sim.document(path))
        assert isinstance(found, dict)
        return found

    def objects(self, path: str) -> list[Json]:
        """Return an answer that is a list; null is an empty one."""
        found = json.loads(self._sim.document(path)) or []
        assert isinstance(found, list)
        return found

    def devices(self) -> "dict[str, Vital]":
        if not self.has("devices/vitals"):
            return {}
        return devices_of(self._sim.document("devices/vitals"))


def devices_of(body: bytes) -> "dict[str, Vital]":
    """Return the devices that an answer of `devices/vitals` lists, by DIN."""
    answer = DevicesWithVitals.FromString(body)
    return {one.device.device.din.value: Vital(one) for one in answer.devices}


class Vital:
    """One device of the vitals."""

    def __init__(self, entry: ConnectedDeviceWithVitals) -> None:
        device = entry.device.device
        self.din = device.din.value
        self.type = self.din.partition("--")[0]
        self.serial = device.serial_number.value
        self.firmware = device.firmware_version.value
        self.parent = device.component_parent_din.value
        attributes = device.device_attributes
        ecu = attributes.tesla_energy_ecu_attributes
        both = (attributes, ecu)  # the firmwares differ in where they put it
        self.places = [PLACES[n] for one in both for n in one.meter_attributes.meter_location]
        self.rated_power_w = attributes.pv_inverter_attributes.nameplate_real_power_w
        self.alerts = list(dict.fromkeys(entry.alerts))  # the gateway repeats some
        self.values = {
            vital.name: getattr(vital, str(vital.WhichOneof("value"))) for vital in entry.vitals
        }
