"""Writes what is generated from the tables: docs/settings.md, .env.example, docs/topics.md."""

from pathlib import Path

from bridge.cli.reference import markdown
from bridge.settings import env_example, settings_reference

ROOT = Path(__file__).parent.parent
GENERATED = {
    "docs/settings.md": settings_reference,
    ".env.example": env_example,
    "docs/topics.md": markdown,
}


def main() -> None:
    for name, text in GENERATED.items():
        (ROOT / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
