"""What a message on a command topic may do at most, worked out apart from the bridge's own code."""

import json
import re
from dataclasses import dataclass

MODES = ("self_consumption", "backup", "autonomous")
SAME_PERCENT = 0.1
MOST_BYTES = 4096
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NAMES = {"mode", "backup_reserve", "backup_reserve_raw", "id"}


@dataclass(frozen=True, slots=True)
class Held:
    """What the gateway holds before a message comes; reserve in percent of the raw scale."""

    mode: str
    reserve: float


@dataclass(frozen=True, slots=True)
class Deed:
    """One request that changes the gateway; sure says that it has to come, not only may."""

    method: str
    path: str
    body: tuple[str | float, ...] = ()
    sure: bool = True

    def is_like(self, method: str, path: str, body: bytes) -> bool:
        return (method, path) == (self.method, self.path) and self._says(body)

    def _says(self, body: bytes) -> bool:
        if not self.body:
            return body == b""
        given = json.loads(body)
        if len(self.body) == 1:
            return bool(given == {"island_mode": self.body[0]})
        mode, reserve = self.body
        if set(given) != {"real_mode", "backup_reserve_percent"} or given["real_mode"] != mode:
            return False
        return abs(float(given["backup_reserve_percent"]) - float(reserve)) < 1e-6


def deed(path: str, payload: bytes, held: Held) -> Deed | None:
    """Return what a message may do, None for nothing; path is without `/set`."""
    text = payload.decode("utf-8", "replace").strip()
    if len(payload) > MOST_BYTES:
        return None
    match path:
        case "operation/mode":
            return _operation(held, text, None) if text in MODES else None
        case "operation/backup_reserve" if _NUMBER.fullmatch(text):
            return _operation(held, None, _raw(float(text)))
        case "operation/backup_reserve_raw" if _NUMBER.fullmatch(text):
            return _operation(held, None, float(text))
        case "operation":
            return _object(text, held)
        case "island/mode" if text == "off_grid":
            body = ("intentional_reconnect_failsafe",)
            return Deed("POST", "v2/islanding/mode", body, sure=False)
        case "island/mode" if text == "on_grid":
            return Deed("POST", "v2/islanding/mode", ("backup",))
        case "gateway/running" if text == "true":
            return Deed("GET", "sitemaster/run")
    return None


def _raw(app_percent: float) -> float:
    return 0.95 * app_percent + 5 if 0 <= app_percent <= 100 else -1.0


def _operation(held: Held, mode: str | None, reserve: float | None) -> Deed | None:
    """Return the write of both values, None for one out of range or when nothing would change."""
    if reserve is not None and not 5 <= reserve <= 100:
        return None
    same_reserve = reserve is None or round(abs(reserve - held.reserve), 6) <= SAME_PERCENT
    if same_reserve and mode in (None, held.mode):
        return None
    values = (mode or held.mode, held.reserve if reserve is None else reserve)
    return Deed("POST", "operation", values)


def _object(text: str, held: Held) -> Deed | None:
    wish = wished(text)
    if wish is None or not set(wish) <= _NAMES or len(set(wish) - {"id"}) == 0:
        return None
    if "backup_reserve" in wish and "backup_reserve_raw" in wish:
        return None
    if not _is_id(wish.get("id")):
        return None
    mode = wish.get("mode")
    if "mode" in wish and not (isinstance(mode, str) and mode in MODES):
        return None
    reserve = None
    for name, scale in (("backup_reserve", _raw), ("backup_reserve_raw", float)):
        if name in wish:
            number = wish[name]
            if isinstance(number, bool) or not isinstance(number, int | float):
                return None
            reserve = scale(number) if abs(number) < 1000 else -1.0
    return _operation(held, mode if isinstance(mode, str) else None, reserve)


def wished(text: str) -> dict[str, object] | None:
    """Return the members of an object that names none of them twice, None for anything else."""

    class Twice(ValueError):
        pass

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise Twice
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_id(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return 1 <= len(str(value)) <= 100 and str(value).isprintable()
