"""A house with a Powerwall that speaks the gateway's local API, for the demo and for tests."""

from bridge.simulator.door import Request
from bridge.simulator.faults import Fault
from bridge.simulator.simulator import Simulator

__all__ = ["Fault", "Request", "Simulator"]
