"""Makes docs/node-red.png: the shipped dashboard in a real Node-RED, a morning in half a minute.

Run as `make picture`; needs mosquitto, node, npm and chromium. Look at it before you commit it.
"""

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bridges import broker_env, gateway_env, running
from brokers import Broker
from chromium import Page, chromium
from node_red import NodeRed, shipped
from node_red_install import Impossible, installed
from subscriber import Subscriber

from bridge.simulator import Simulator

PICTURE = Path(__file__).with_name("node-red.png")
SIZE = (1200, 640)
MORNING_S, SPEED, MORNING_H = 26.0, 500.0, 6.5


def draw(installation: Path, directory: Path) -> None:
    """Let a morning pass before the dashboard, and keep how it looks then."""
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(directory / "broker"))
        sim = stack.enter_context(Simulator(speed=SPEED, start_hour=MORNING_H))
        observer = stack.enter_context(Subscriber(broker.side_door))
        stack.enter_context(running(gateway_env(sim) | broker_env(broker)))
        observer.hear("powerwall/main/snapshot")
        red = stack.enter_context(NodeRed(installation, directory / "node-red", broker.port))
        red.deploy(shipped("dashboard.json"))
        url = f"{red.url}/dashboard/powerwall"
        page = stack.enter_context(Page(directory / "profile", SIZE))
        page.open(url)
        page.see("connected")
        observer.publish("powerwall/main/operation/backup_reserve/set", "30")
        page.see("done")
        time.sleep(MORNING_S)
        page.picture(PICTURE)


def main() -> int:
    if chromium() is None:
        print("needs chromium", file=sys.stderr)
        return 2
    try:
        installation = installed()
    except Impossible as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        draw(installation, Path(scratch))
    return 0


if __name__ == "__main__":
    sys.exit(main())
