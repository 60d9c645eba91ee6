"""A gateway whose old firmware is updated while the bridge runs: its reads want a login now."""

import pytest
from gateway_lab import OK, Raw, answer

from bridge.errors import RateLimited, Unauthorized
from bridge.gateway.local import LocalGateway
from bridge.parts import Endpoint

OLD = answer(200, body=b'{"start_time":"2020-10-01 10:00:00 +0000","version":"1.50.1 c58c2df3"}')
NEW = answer(200, body=b'{"start_time":"2020-12-01 10:00:00 +0000","version":"20.49.0 4f6a0bd2"}')
CLOSED = answer(403)
TOKEN = answer(200, body=b'{"token":"abc"}')
METERS, SOE = str(Endpoint.METERS), str(Endpoint.SOE)


def known_as_old(raw: Raw) -> LocalGateway:
    gateway = raw.gateway()
    gateway.read(Endpoint.STATUS)
    return gateway


@pytest.mark.parametrize(
    ("path", "refused"), [(METERS, (f"GET {METERS}",)), (SOE, (f"GET {SOE}", f"GET {METERS}"))]
)
def test_an_update_is_noticed_with_the_first_read_that_is_closed(
    path: str, refused: tuple[str, ...]
) -> None:
    script = (OLD, *(CLOSED for _ in refused), NEW, TOKEN, OK)
    with Raw(*script, scheme="https") as raw:
        gateway = known_as_old(raw)
        gateway.fetch(path)

        assert not gateway.installer
    assert raw.lines[1:] == [*refused, "GET status", "POST login/Basic", f"GET {path}"]


@pytest.mark.parametrize(
    "status",
    [OLD, CLOSED, answer(200), answer(301, "Location: /"), answer(404), answer(502), answer(503)],
    ids=["old", "closed", "unreadable", "moved", "gone", "stopped", "busy"],
)
def test_it_is_the_old_firmware_until_it_says_that_it_is_not(status: bytes) -> None:
    """Its login would stop the battery."""
    with Raw(OLD, CLOSED, status, CLOSED, scheme="https") as raw:
        gateway = known_as_old(raw)
        for _ in range(2):
            with pytest.raises(Unauthorized, match="would stop the battery"):
                gateway.fetch(METERS)

        assert (gateway.installer, gateway.logins) == (True, 0)
    assert raw.lines[1:] == [f"GET {METERS}", "GET status"] * 2


def test_a_status_that_asks_for_quiet_is_heard() -> None:
    quiet = answer(429, "Retry-After: 77")
    with Raw(OLD, CLOSED, quiet, scheme="https") as raw, pytest.raises(RateLimited) as caught:
        known_as_old(raw).fetch(METERS)

    assert caught.value.retry_after_s == 77


def test_a_version_that_was_read_just_now_is_not_asked_for_again() -> None:
    with Raw(CLOSED, OLD, CLOSED, scheme="https") as raw, pytest.raises(Unauthorized):
        raw.gateway().fetch(SOE)

    assert raw.lines == [f"GET {SOE}", "GET status", f"GET {METERS}"]
