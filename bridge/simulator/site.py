"""The things that stand in one simulated house, with invented names that follow from a seed."""

import random
import string
from dataclasses import dataclass

from bridge.simulator.day import seeded
from bridge.simulator.physics import Counters, Plant, State
from bridge.simulator.profiles import Profile

PACK_CHARGE_W = 5000.0
PACK_DISCHARGE_W = 5000.0
_SPARE_PACK = "3012170-05-B"


@dataclass(frozen=True, slots=True)
class Pack:
    """One Powerwall: its controller, the battery and inverter inside, and their past (Wh)."""

    part: str
    serial: str
    pod_part: str
    pod_serial: str
    full_wh: int
    charged_wh: int
    discharged_wh: int
    firmware: str

    @property
    def din(self) -> str:
        return f"{self.part}--{self.serial}"

    @property
    def pod_din(self) -> str:
        return f"{self.pod_part}--{self.pod_serial}"


@dataclass(frozen=True, slots=True)
class Site:
    """Everything about a house that stays the same while it runs."""

    profile: Profile
    name: str
    serial: str
    git_hash: str
    password: str
    packs: tuple[Pack, ...]
    board_part: str
    board_serial: str  # TESYNC and the `TESLA--<serial>` meter are one board
    neurio_serial: str
    neurio_id: str
    inverter_part: str
    inverter_serial: str
    counters: Counters  # lifetime readings when the simulation begins

    @property
    def din(self) -> str:
        return f"{self.profile.gateway_part}--{self.serial}"

    @property
    def plant(self) -> Plant:
        return Plant(
            full_wh=sum(pack.full_wh for pack in self.packs),
            max_charge_w=PACK_CHARGE_W * len(self.packs),
            max_discharge_w=PACK_DISCHARGE_W * len(self.packs),
        )


@dataclass(frozen=True, slots=True)
class PackReading:
    """One pack's share of the house's battery: W (discharge +) and Wh."""

    pack: Pack
    power_w: float
    energy_wh: int
    charged_wh: int
    discharged_wh: int


def make_site(profile: Profile, seed: int, packs: int | None) -> Site:
    """Invent a house; packs is the number of Powerwalls, None the profile's own."""
    invent = seeded(seed, profile.name)
    parts = _pack_parts(profile, packs)
    serial = _serial(invent)
    word = "".join(invent.choices(string.ascii_uppercase + string.digits, k=5))
    return Site(
        profile=profile,
        name="Home Energy Gateway",
        serial=serial,
        git_hash=_hex(invent, 40),
        password=f"S{serial}" if profile.installer_login else word,
        packs=tuple(_pack(invent, part) for part in parts),
        board_part="1449782-01-B",
        board_serial=_serial(invent),
        neurio_serial=_serial(invent),
        neurio_id=str(invent.randrange(10000, 99999)),
        inverter_part="1538100-00-F",
        inverter_serial=_serial(invent),
        counters=Counters(
            site_imported=float(invent.randrange(6_000_000, 9_000_000)),
            site_exported=float(invent.randrange(2_000_000, 4_000_000)),
            solar_generated=float(invent.randrange(15_000_000, 25_000_000)),
            solar_consumed=float(invent.randrange(5_000, 20_000)),
        ),
    )


def pack_readings(site: Site, state: State) -> tuple[PackReading, ...]:
    """Share the battery's power and energy among the packs; the shares add up exactly.

    The packs report one step later than the meters. Counters move in 10 Wh steps up to
    firmware 22, 1 Wh later.
    """
    number = len(site.packs)
    grain = 1 if site.profile.since(23, 0) else 10
    powers = _shared_tens(state.before.battery_w, number)
    full_wh = sum(pack.full_wh for pack in site.packs)
    return tuple(
        PackReading(
            pack=pack,
            power_w=power,
            energy_wh=int(state.energy_wh * pack.full_wh / full_wh),
            charged_wh=pack.charged_wh + int(state.counters.charged / number / grain) * grain,
            discharged_wh=pack.discharged_wh
            + int(state.counters.discharged / number / grain) * grain,
        )
        for pack, power in zip(site.packs, powers, strict=True)
    )


def _shared_tens(power_w: float, number: int) -> list[float]:
    each, rest = divmod(round(power_w / 10), number)
    return [10.0 * (each + (index < rest)) for index in range(number)]


def _pack_parts(profile: Profile, packs: int | None) -> tuple[str, ...]:
    if packs is None:
        return profile.pack_parts
    if not 1 <= packs <= 10:
        raise ValueError(f"a site has 1 to 10 packs, not {packs}")
    spare = (_SPARE_PACK,) * max(0, packs - len(profile.pack_parts))
    return profile.pack_parts[:packs] + spare


def _pack(invent: random.Random, part: str) -> Pack:
    charged = invent.randrange(400_000, 800_000) * 10
    return Pack(
        part=part,
        serial=_serial(invent),
        pod_part="1081100-10-U",
        pod_serial=_serial(invent),
        full_wh=invent.randrange(13_200, 14_100),
        charged_wh=charged,
        discharged_wh=round(charged * 0.087) * 10,
        firmware=_hex(invent, 14),
    )


def _serial(invent: random.Random) -> str:
    return "TG" + "".join(invent.choices(string.ascii_uppercase + string.digits, k=12))


def _hex(invent: random.Random, length: int) -> str:
    return "".join(invent.choices("0123456789abcdef", k=length))
