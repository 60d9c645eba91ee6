"""A login that stopped nothing leaves no site master to be started."""

from contextlib import suppress

import pytest
from gateway_lab import memory, visiting

from bridge.commands import Operate
from bridge.errors import GatewayError
from bridge.simulator import Fault, Manner, Simulator
from bridge.words import Mode

BACKUP = Operate(mode=Mode.BACKUP)
LOGIN = "login/Basic"


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_a_login_that_was_turned_away_owes_nothing(status: int) -> None:
    store = memory()
    with Simulator("fw115") as sim, visiting(sim, store) as gateway:
        sim.faults.add(Fault(LOGIN, status=status))
        with pytest.raises(GatewayError):
            gateway.send(BACKUP)
        gateway.settle()

        assert not store.get("run_owed")
        assert sim.count("GET", "sitemaster/run") == 0


@pytest.mark.parametrize("fault", [Fault(LOGIN, status=503), Fault(LOGIN, manner=Manner.RESET)])
def test_a_login_of_which_nobody_knows_what_it_did_is_made_good(fault: Fault) -> None:
    store = memory()
    with Simulator("fw115", speed=20) as sim, visiting(sim, store) as gateway:
        sim.faults.add(fault)
        with pytest.raises(GatewayError):
            gateway.send(BACKUP)
        with suppress(GatewayError):
            gateway.settle()

        assert sim.count("GET", "sitemaster/run") == 1
