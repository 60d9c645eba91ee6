"""What stands on MQTT, in words and for machines, taken from the tables."""

from bridge.cli.reference.asyncapi import asyncapi, payload_schema
from bridge.cli.reference.entities import entities_page
from bridge.cli.reference.page import markdown
from bridge.cli.reference.rows import document, fixed_topics, rows

__all__ = [
    "asyncapi",
    "document",
    "entities_page",
    "fixed_topics",
    "markdown",
    "payload_schema",
    "rows",
]
