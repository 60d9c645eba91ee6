"""Writes what is generated from the tables: pages in docs/ and .env.example."""

import json
from pathlib import Path

from endpoints import endpoints_page

from bridge.cli.reference import asyncapi, entities_page, markdown
from bridge.health.page import connection_page
from bridge.settings import env_example, settings_reference

ROOT = Path(__file__).parent.parent
GENERATED = {
    "docs/settings.md": settings_reference,
    ".env.example": env_example,
    "docs/topics.md": markdown,
    "docs/entities.md": entities_page,
    "docs/asyncapi.json": lambda: json.dumps(asyncapi(), indent=1, ensure_ascii=False) + "\n",
    "docs/connection.md": connection_page,
    "docs/endpoints.md": endpoints_page,
}


def main() -> None:
    for name, text in GENERATED.items():
        (ROOT / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
