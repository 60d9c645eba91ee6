"""Automations of the project's blueprints, made as Home Assistant's interface makes them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from copied import COPIED
from subscriber import eventually

from homeassistant.api import Json
from homeassistant.core import Core


class Automations:
    """What blueprints do in one Home Assistant, and what they tell."""

    def __init__(self, core: Core) -> None:
        self._core = core
        shutil.copytree(COPIED / "blueprints", core.directory / "blueprints", dirs_exist_ok=True)

    @contextmanager
    def of(self, blueprint: str, **inputs: object) -> Iterator[str]:
        """Have an automation of a blueprint, on and waiting for its trigger; give its entity id."""
        path = f"/api/config/automation/config/{blueprint}"
        use = {"path": f"powerwall/{blueprint}.yaml", "input": inputs}
        self.forget()
        self._core.api.call("POST", path, {"alias": blueprint, "use_blueprint": use})
        entity = f"automation.{blueprint}"
        self._core.shows(entity, "on")
        try:
            yield entity
        finally:
            self._core.api.call("DELETE", path)
            self._core.shows(entity, None)

    def told(self, title: str, within_s: float = 20.0) -> str:
        """Wait for a notification with this title and return its message."""
        eventually(lambda: title in self.titles, within_s)
        return next(str(note["message"]) for note in self._notes() if note["title"] == title)

    @property
    def titles(self) -> list[str]:
        return [note["title"] for note in self._notes()]

    def forget(self) -> None:
        self._core.api.act("persistent_notification.dismiss_all")

    def switch(self, entity: str, state: str) -> None:
        """Let an entity of another integration be in a state."""
        self._core.api.call("POST", f"/api/states/{entity}", {"state": state})

    def _notes(self) -> list[Json]:
        notes: list[Json] = self._core.api.ask("persistent_notification/get")
        return notes


def soon() -> str:
    """Return the time of the day in a moment, as a time trigger takes it."""
    return (datetime.now(UTC) + timedelta(seconds=3)).strftime("%H:%M:%S")
