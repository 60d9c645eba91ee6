"""Writes what is generated from the tables: pages in docs/ and .env.example."""

from pathlib import Path

from bridge.cli.reference import markdown
from bridge.health.page import connection_page
from bridge.settings import env_example, settings_reference

ROOT = Path(__file__).parent.parent
GENERATED = {
    "docs/settings.md": settings_reference,
    ".env.example": env_example,
    "docs/topics.md": markdown,
    "docs/connection.md": connection_page,
}


def main() -> None:
    for name, text in GENERATED.items():
        (ROOT / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
