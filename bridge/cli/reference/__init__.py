"""What stands on MQTT, in words and for machines, taken from the tables."""

from bridge.cli.reference.page import markdown
from bridge.cli.reference.rows import document, fixed_topics, rows

__all__ = ["document", "fixed_topics", "markdown", "rows"]
