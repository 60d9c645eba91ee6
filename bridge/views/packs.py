"""Views of the packs: freq, pod.

Packs are numbered as `system_status` lists them, and as the vitals list them: PWn is one pack only
where both have one order, as they do on the systems that are known.
"""

from bridge.parts import Endpoint
from bridge.views.sources import Members, Sources, bit

_IDENTITY = ("PackagePartNumber", "PackageSerialNumber")
_OUTPUT = ("p_out", "q_out", "v_out", "f_out", "i_out")
_SPLIT = ("PINV_VSplit1", "PINV_VSplit2")
_POD_FLAGS = (
    "POD_ActiveHeating",
    "POD_ChargeComplete",
    "POD_ChargeRequest",
    "POD_DischargeComplete",
    "POD_PermanentlyFaulted",
    "POD_PersistentlyFaulted",
    "POD_enable_line",
)
_POD_NUMBERS = (
    "POD_available_charge_power",
    "POD_available_dischg_power",
    "POD_nom_energy_to_be_charged",
)
_POD_ENERGY = {
    "POD_nom_energy_remaining": "nominal_energy_remaining",
    "POD_nom_full_pack_energy": "nominal_full_pack_energy",
}
_STATES = ("pinv_state", "pinv_grid_state")
_BLOCK_VALUES = (*_IDENTITY, *_STATES, *_OUTPUT, "energy_charged", "energy_discharged")
_BLOCK_FLAGS = ("off_grid", "vf_mode", "wobble_detected", "charge_power_clamped", "backup_ready")


def freq(sources: Sources) -> Members | None:
    """Return frequency (Hz), voltages (V) and output of the packs, and what the boards say.

    The boards are those of island and meters; grid_status is 1 on the grid, 0 off it, -1 between.
    Needs `system_status`. What comes from vitals (names, VSplit1 and 2) is null without them, and
    what the boards say is left out; grid_status is null when unknown.
    """
    if sources.members(Endpoint.SYSTEM_STATUS) is None:
        return None
    view: dict[str, object] = {}
    for place, block in enumerate(sources.blocks, start=1):
        values = {"name": None, "PINV_Fout": block.get("f_out"), **dict.fromkeys(_SPLIT)}
        values |= {name: block.get(name) for name in (*_IDENTITY, *_OUTPUT)}
        view |= _numbered(place, values)
    for place, (din, device) in enumerate(sources.devices("TEPINV"), start=1):
        told = {n: device[n] for n in ("PINV_Fout", *_SPLIT) if device.get(n) is not None}
        view |= _numbered(place, {"name": din, **told})
    for _, board in sources.devices("TESYNC", "TEMSA"):
        view |= {name: v for name, v in board.items() if name.startswith(("ISLAND", "METER"))}
    return view | {"grid_status": sources.grid_number}


def pod(sources: Sources) -> Members | None:
    """Return energies (Wh), states and flags (1, 0) of the packs, and their sums.

    Needs `system_status`. What comes from vitals is null without them, and so is a flag that was
    not given, for which the proxy writes 0; time_remaining_hours is null without a home use and
    backup_reserve_percent (app scale, not below 0) without `operation`.
    """
    if sources.members(Endpoint.SYSTEM_STATUS) is None:
        return None
    view: dict[str, object] = {}
    for place, block in enumerate(sources.blocks, start=1):
        view |= _numbered(place, _of_block(block))
    for place, (din, device) in enumerate(sources.devices("TEPOD"), start=1):
        view |= _numbered(place, {"name": din, **_of_pod(device)})
    reserve = sources.reserve_percent
    return view | {
        "nominal_full_pack_energy": sources.number(
            Endpoint.SYSTEM_STATUS, "nominal_full_pack_energy"
        ),
        "nominal_energy_remaining": sources.number(
            Endpoint.SYSTEM_STATUS, "nominal_energy_remaining"
        ),
        "time_remaining_hours": sources.time_remaining_h,
        "backup_reserve_percent": None if reserve is None else max(0.0, reserve),
    }


def _of_block(block: Members) -> Members:
    placeholders = dict.fromkeys(("name", *_POD_FLAGS, *_POD_NUMBERS))
    energies = {name: block.get(member) for name, member in _POD_ENERGY.items()}
    values = {name: block.get(name) for name in _BLOCK_VALUES}
    flags = {name: bit(block.get(name)) for name in _BLOCK_FLAGS}
    rest = {name: block.get(name) for name in ("OpSeqState", "version")}
    return {**placeholders, **energies, **values, **flags, **rest}


def _of_pod(device: Members) -> Members:
    """Return what a battery tells; one that is missing in action tells nothing."""
    flags = {name: bit(device.get(name)) for name in _POD_FLAGS}
    numbers = {name: device.get(name) for name in (*_POD_NUMBERS, *_POD_ENERGY)}
    return {name: value for name, value in (flags | numbers).items() if value is not None}


def _numbered(place: int, values: Members) -> Members:
    return {f"PW{place}_{name}": value for name, value in values.items()}
