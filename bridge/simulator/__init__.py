"""A house with a Powerwall that speaks the gateway's local API, for the demo and for tests."""

from bridge.simulator.control import ControlFailed
from bridge.simulator.door import Request
from bridge.simulator.faults import Fault
from bridge.simulator.manners import Manner
from bridge.simulator.named import NAMED, Kind
from bridge.simulator.simulator import Simulator

__all__ = ["NAMED", "ControlFailed", "Fault", "Kind", "Manner", "Request", "Simulator"]
