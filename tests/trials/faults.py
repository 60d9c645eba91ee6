"""Every fault, of the gateway, of the broker, and in pairs: what the bridge made of it.

`python -m trials.faults` prints the table and, with --page, writes it to docs/faults.md. Gateway
faults run on virtual time, those of the broker in real time, some at once. Bad is a value that was
not true, one that is lost, and a bridge that does not come back.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from trials.broker_trial import with_broker
from trials.cases import Case, cases
from trials.record import Mark, Record, table
from trials.stage import Stage

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
WELL_S, HOLD_S, RETURN_S = 120.0, 300.0, 7200.0
HEAD = """# What faults do

Every fault of the [simulated gateway](../README.md#commands-of-the-program) (`powerwall-mqtt
simulate --fault NAME`), of the broker and of the way to it, alone and in pairs. This page is
written by `make faults`, which runs the bridge's own loop, a real TLS gateway and a real mosquitto.

On a simulated gateway that runs, `curl -d '{{"name":"reboot"}}' http://127.0.0.1:PORT/fault`
switches one on and `curl -X DELETE http://127.0.0.1:PORT/fault/reboot` off; PORT is that of its
`control` line.

Gateway faults last {hold:g} s at the default intervals (polls every 5 s), on a clock that leaps
over waiting; those with a broker run in real time and are shorter. *Noticed after* is the first
message that tells it, *well again after* counts from the end of the fault until everything
retained is true again; waits after a refused login or a 429 are part of it, as
[the connection table](connection.md) says. *Values lost* are topics that are missing or old in the
end; *wrong values* are messages that were not true when they were published, readings, events and
the snapshot alike, and readings that stood longer than the rules allow while the gateway was said
to be online. Both must be 0. What the house itself leaves without a value counts for no fault.

"""


def at_the_gateway(case: Case) -> Record:
    """Let something go wrong at the gateway, alone, on virtual time."""
    with Stage() as stage:
        stage.live(WELL_S)
        begun = Mark.of(stage)
        for name in case.gateway:
            stage.begin(name)
        stage.live(HOLD_S)
        held = Mark.of(stage)
        for name in case.gateway:
            stage.end(name)
        back = stage.live(RETURN_S, stage.is_well)
        recovered_s = stage.time.s - held.at_s if back else None
        return Record.of(stage, case, (begun, held), recovered_s)


def record(case: Case) -> Record:
    logging.disable(logging.CRITICAL)
    return at_the_gateway(case) if case.broker is None else with_broker(case)


def page(records: Sequence[Record]) -> str:
    return HEAD.format(hold=HOLD_S) + table(records) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows, all if none is named")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="rows at once")
    parser.add_argument("--page", action="store_true", help=f"write docs/{PAGE.name}")
    options = parser.parse_args()
    chosen = [case for case in cases() if not options.names or case.name in options.names]
    with ProcessPoolExecutor(options.jobs) as pool:
        records = list(pool.map(record, chosen))
    print(table(records))
    bad = [words for one in records for words in one.bad]
    print(f"\n{len(records)} faults, {len(bad)} bad", *bad, sep="\n")
    if options.page:
        PAGE.write_text(page(records), encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
