"""Noise from both sides: random commands, and gateway answers that are mutated.

`python -m trials.fuzz` takes some minutes. Bad is a crash, a logged exception, a write that nobody
asked for or that is not exactly what was asked, a command without exactly one final result, and a
payload that breaks the rules of the contract.
"""

import argparse
import logging
import secrets
import time
from collections.abc import Mapping

from trials.fuzz_answers import fuzz_answers
from trials.fuzz_commands import fuzz_commands

MOST_SHOWN = 20


def main() -> int:
    args = _parser().parse_args()
    _hush()
    print(f"seed {args.seed}")
    begun_s = time.monotonic()
    tried = fuzz_commands(args.commands, args.seed)
    _print_rate("messages", tried.messages, begun_s)
    _print_counts("on command topics", {"": tried.commands})
    _print_counts("results", tried.statuses)
    _print_counts("writes", tried.writes)
    begun_s = time.monotonic()
    outcome = fuzz_answers(args.answers, args.tls, args.seed)
    _print_rate("mutated answers", outcome.answers, begun_s)
    _print_counts("messages judged", {"": outcome.messages})
    _print_counts("answers", outcome.seen)
    faults = tried.faults + outcome.faults
    print(f"{len(faults)} faults")
    for words in faults[:MOST_SHOWN]:
        print(f"  {words}")
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trials.fuzz", description=__doc__)
    parser.add_argument("--commands", type=int, default=100_000, help="how many, %(default)s")
    parser.add_argument("--answers", type=int, default=100_000, help="how many, %(default)s")
    parser.add_argument("--tls", type=int, default=2_000, help="answers over TLS, %(default)s")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the dice")
    return parser


def _hush() -> None:
    """Keep what the bridge says of all that junk off the terminal."""
    logger = logging.getLogger("bridge")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def _print_rate(what: str, count: int, begun_s: float) -> None:
    took_s = time.monotonic() - begun_s
    print(f"{what:<20}{count:>8}  in {took_s:.0f} s, {count / took_s:.0f} a second")


def _print_counts(what: str, counts: Mapping[str, int]) -> None:
    told = (f"{name} {number}".strip() for name, number in sorted(counts.items()))
    print(f"  {what:<18}{', '.join(told)}")


if __name__ == "__main__":
    raise SystemExit(main())
