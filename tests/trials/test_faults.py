"""Every fault of a gateway, and some of a broker: nothing untrue, nothing lost, always back."""

import pytest

from trials.broker_trial import with_broker
from trials.cases import Case, cases
from trials.faults import PAGE, at_the_gateway
from trials.record import Record

GATEWAY = [case for case in cases() if case.broker is None]
# One of each kind; `make faults` tries them all.
BROKER = [
    Case((), "broker-cut"),
    Case((), "broker-no-acks"),
    Case(("counters-back",), "broker-killed"),
]
UNNOTICED = {"vitals-fields", "vitals-type", "alerts-twice", "packs-swapped", "strangers"}
UNNOTICED |= {"integers", "clock-2015"}


def name(case: Case) -> str:
    return case.name


def judged(record: Record) -> None:
    assert record.bad == []
    assert (record.noticed_s is None) is (record.name in UNNOTICED)


@pytest.mark.timeout(600)  # the longest has an hour to leap over, step by step
@pytest.mark.parametrize("case", GATEWAY, ids=name)
def test_a_fault_of_a_gateway_costs_no_truth(case: Case) -> None:
    judged(at_the_gateway(case))


@pytest.mark.parametrize("case", BROKER, ids=name)
def test_a_fault_of_a_broker_costs_no_truth(case: Case) -> None:
    assert with_broker(case).bad == []


def test_the_page_has_a_row_for_every_fault() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("`")[1] for line in lines if line.startswith("| `")]

    assert rows == [case.name for case in cases()]
