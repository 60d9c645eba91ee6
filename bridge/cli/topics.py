"""The command `topics`: every topic with unit, meaning, source and entity."""

import argparse
import json

from bridge.cli.reference import asyncapi, document, markdown


def configure(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    form.add_argument("--asyncapi", action="store_true", help="print an AsyncAPI document")
    parser.epilog = "Needs no settings; docs/topics.md is what this prints."


def main(args: argparse.Namespace) -> int:
    if args.json or args.asyncapi:
        print(json.dumps(asyncapi() if args.asyncapi else document(), indent=2, ensure_ascii=False))
    else:
        print(markdown(), end="")
    return 0
