"""What a bug of ours leaves on the topics: nothing that looks current and is not."""

from collections.abc import Callable, Iterable

from fakes import FAST, Bench
from waiting_room import WaitingRoom

from bridge.parts import Endpoint

METERS = Endpoint.METERS


def stumbling_at(endpoints: Iterable[Endpoint]) -> Callable[[Endpoint], None]:
    places = frozenset(endpoints)

    def stumble(endpoint: Endpoint) -> None:
        if endpoint in places:
            raise ZeroDivisionError("a bug")

    return stumble


def lived(endpoints: Iterable[Endpoint], seconds: int) -> Bench:
    """Return a bench after so long with a bug that shows at these endpoints."""
    bench = Bench()
    bench.live(2)
    bench.gateway.when_asked = stumbling_at(endpoints)
    room = WaitingRoom(bench.clock)
    for second in range(5, seconds, 5):
        room.later(float(second), None)
    bench.poller.inbox = room
    bench.poller.run()
    return bench


def test_what_a_bug_keeps_from_being_read_is_unknown_and_the_rest_is_current() -> None:
    bench = lived([METERS], 120)

    assert (bench.last("availability"), bench.last("connection")) == ("online", "connected")
    assert (bench.last("grid/power"), bench.last("battery/level")) == ("None", "50")


def test_a_bug_at_every_fast_path_makes_the_gateway_offline_and_is_the_reason() -> None:
    bench = lived(FAST, 120)

    assert (bench.last("availability"), bench.last("connection")) == ("offline", "error")
    assert "the bridge stumbled over the answer" in str(bench.last("connection/reason"))


def test_a_bug_at_one_path_does_not_keep_the_others_from_being_asked() -> None:
    bench = lived([METERS], 120)

    assert {endpoint for at_s, endpoint in bench.gateway.asked if at_s > 5.0} >= {*FAST}
    assert len(bench.gateway.asked_since(5.0, Endpoint.SOE)) > 10
