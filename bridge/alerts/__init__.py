"""The alerts of all devices: which there are, since when, and what they mean."""

from bridge.alerts.known import KNOWN, Known, Severity, known
from bridge.alerts.seen import Alert, listed, problem, remembered, resumed, saved

__all__ = [
    "KNOWN",
    "Alert",
    "Known",
    "Severity",
    "known",
    "listed",
    "problem",
    "remembered",
    "resumed",
    "saved",
]
