"""An action of Home Assistant that compiles the statistics of these 5 minutes now."""

from datetime import timedelta
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.tasks import StatisticsTask
from homeassistant.util import dt as dt_util

PERIOD = timedelta(minutes=5)


async def async_setup(hass: Any, _config: Any) -> bool:
    async def compile_now(_call: Any) -> None:
        now = dt_util.utcnow().replace(second=0, microsecond=0)
        start = now - timedelta(minutes=now.minute % 5)
        recorder = get_instance(hass)
        # What was compiled already is passed over.
        for period in (start - PERIOD, start):
            recorder.queue_task(StatisticsTask(period, fire_events=True))
        await recorder.async_block_till_done()

    hass.services.async_register("compile_now", "compile_now", compile_now)
    return True
