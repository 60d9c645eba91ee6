"""The command `topics`: every topic with unit, meaning, source and entity."""

import argparse
import json

from bridge.cli.reference import document, markdown


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    parser.epilog = "Needs no settings; docs/topics.md is what this prints."


def main(args: argparse.Namespace) -> int:
    if args.json:
        print(json.dumps(document(), indent=2, ensure_ascii=False))
    else:
        print(markdown(), end="")
    return 0
