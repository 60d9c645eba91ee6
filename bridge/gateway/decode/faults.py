"""Grid faults, which two endpoints list in the same form."""

from bridge.gateway.fields import Fields, parse_json, safe, writable

_EXACT = 2**53  # whole numbers beyond it lose digits in readers that keep all numbers as doubles


def fault(fields: Fields) -> dict[str, object]:
    """Return a grid fault as the gateway gives it, made safe to write as JSON."""
    given = {writable(key): safe(value) for key, value in fields.members.items()}
    raw, detail = given.get("alert_raw"), given.get("decoded_alert")
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        given["alert_raw"] = f"{raw:.0f}" if isinstance(raw, float) else str(raw)
    if isinstance(detail, str):
        given["decoded_alert"] = _detail(detail)
    return {key: _exact(value) for key, value in given.items()}


def _detail(text: str) -> object:
    try:
        return safe(parse_json(text)) if text.strip() else None
    except (ValueError, RecursionError):
        return text


def _exact(value: object) -> object:
    """Return a JSON value with whole numbers that would lose digits as text."""
    match value:
        case dict():
            return {key: _exact(item) for key, item in value.items()}
        case list():
            return [_exact(item) for item in value]
        case int() if abs(value) > _EXACT:
            return str(value)
    return value
