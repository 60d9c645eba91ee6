"""Every error of the bridge, named by what the caller should do about it.

Raised at the edge, caught in the poller. A message is one line of plain words without secrets;
the cause stays attached with ``from``.
"""


class BridgeError(Exception):
    """Anything the bridge raises on purpose."""


class SettingsError(BridgeError):
    """The settings are wrong: show the mistakes, one a line, and do not start."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class StateError(BridgeError):
    """What an earlier run has kept cannot be read now: do not start without it, try again."""


class CommandError(BridgeError, ValueError):
    """A command means nothing or is not allowed: answer `refused` with these words.

    id is the one that the command carries, where it could be read.
    """

    def __init__(self, message: str, id_: str | None = None) -> None:
        super().__init__(message)
        self.id = id_


class GatewayError(BridgeError):
    """A gateway did not give what was asked.

    status is the HTTP status that said so, None when none arrived.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(GatewayError):
    """No answer came (refused, reset, timed out, no route): end the cycle, try again later."""


class TimedOut(Unreachable):
    """No answer came in time: the gateway may be strained, ask it less often."""


class Uncertain(GatewayError):
    """A write went out and its answer did not come back: read to learn what happened."""


class Stopped(GatewayError):
    """The site master is down (502): keep reading the paths that do not need it."""


class Busy(GatewayError):
    """The gateway is busy with this path (503): leave this path alone for a while."""


class RateLimited(GatewayError):
    """The gateway wants to be left alone (429): pause every call.

    retry_after_s is what it asked for, None when it did not say.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, 429)
        self.retry_after_s = retry_after_s


class Missing(GatewayError):
    """The firmware or hardware does not have the path (404): remember, ask again rarely."""


class Denied(GatewayError):
    """The session is good but its role may not use the path (401, 403): remember, ask rarely."""


class Unauthorized(GatewayError):
    """There is no session and none can be had now: tell the owner, keep what is open."""


class Untrusted(GatewayError):
    """The certificate is not the trusted one: send nothing until the owner accepts it.

    fingerprint is its SHA-256 in hex, None where an authority did not vouch for it.
    """

    def __init__(self, message: str, fingerprint: str | None = None) -> None:
        super().__init__(message)
        self.fingerprint = fingerprint


class BadAnswer(GatewayError):
    """An answer came that cannot be used: wrong status, no JSON, cut short. Try again later."""
