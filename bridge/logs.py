"""How log lines look: text for people, JSON for collectors."""

import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from bridge.moment import iso


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": iso(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(level: str, form: str, warnings: Iterable[str] = ()) -> None:
    """Log to stderr from `level` on, in `form` text or json; then say the warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter()
        if form == "json"
        else logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    )
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    for warning in warnings:
        logging.getLogger("bridge").warning("%s", warning)
