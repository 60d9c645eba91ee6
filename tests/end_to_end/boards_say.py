"""What the topics of the boards at the grid contactor have to say, read off the vitals by hand.

Written from the topic reference, like gateway_says. All homes here have two lines.
"""

from collections.abc import Iterator

from payloads import degrees, flag, hertz, snake, volts
from raw_answers import Answers, Vital

Pair = tuple[str, object]
NO_ANGLE = {-256.0, -180.5}  # of 21.x and 23.x
FLAGS = {
    "contactor_closed": "ISLAND_GridConnected",
    "ready_for_synchronization": "ISLAND_ReadyForSynchronization",
    "externally_powered": "SYNC_ExternallyPowered",
    "site_switch_enabled": "SYNC_SiteSwitchEnabled",
}


def board_pairs(answers: Answers) -> Iterator[Pair]:
    """Return topic below the gateway's and payload; nothing without vitals."""
    for device in answers.devices().values():
        if device.type == "TESYNC":
            yield from _contactor(device)


def _contactor(board: Vital) -> Iterator[Pair]:
    vital = board.values
    yield "grid/contactor_state", snake(vital["ISLAND_GridState"])
    for name, named in FLAGS.items():
        yield f"grid/{name}", flag(vital[named])
    for line in (1, 2, 3):
        yield f"grid/l{line}_microgrid_ok", flag(vital[f"ISLAND_L{line}MicrogridOk"])
        yield f"grid/l{line}_phase", _angle(vital[f"ISLAND_PhaseL{line}_Main_Load"])
    for line in (1, 2):
        yield f"grid/l{line}_frequency", hertz(vital[f"ISLAND_FreqL{line}_Main"])
        yield f"grid/l{line}_home_frequency", hertz(vital[f"ISLAND_FreqL{line}_Load"])
        yield f"grid/l{line}_home_voltage", volts(vital[f"ISLAND_VL{line}N_Load"])
    for one, other in ((1, 2), (1, 3), (2, 3)):
        yield f"grid/l{one}_l{other}_phase", _angle(vital[f"ISLAND_L{one}L{other}PhaseDelta"])


def _angle(value: object) -> object:
    return None if value in NO_ANGLE else degrees(value)
