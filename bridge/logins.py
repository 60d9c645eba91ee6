"""How often a login may be tried: a budget that outlives restarts. Times are epoch seconds."""

import hashlib
import math
from collections import Counter
from dataclasses import astuple, dataclass
from enum import Enum

from bridge.documents import Json

HOUR_S = 3600.0
REFUSED_S, REFUSED_MAX_S = 600.0, 6 * HOUR_S
LIMITED_S, LIMITED_MAX_S = 60.0, 900.0
_SALT_DIGITS = 32
_MOST_ATTEMPTS = 100
_ABSURD_S = 1e12
_SAME_S = 5.0


class Hold(Enum):
    """Why no login may be tried now."""

    REFUSED = "refused"
    LIMITED = "limited"
    SPENT = "spent"
    KEPT = "kept for the bridge"


@dataclass(slots=True)
class Pause:
    """A time without logins, longer with every failure in a row."""

    since: float = 0.0
    wait_s: float = 0.0
    failures: int = 0

    def begin(self, now: float, first_s: float, most_s: float) -> None:
        self.failures += 1
        self.since = now
        self.wait_s = min(most_s, first_s * 2.0 ** min(self.failures - 1, 20))

    def left_s(self, now: float) -> float:
        self.since = min(self.since, now)  # a clock that went back begins the pause anew
        return max(0.0, self.since + self.wait_s - now)


@dataclass(frozen=True, slots=True)
class Era:
    """What makes the times of two runs comparable, though the clock was set between them.

    boot names the start of the computer, empty where that is not known; ahead_s is by how much the
    times are ahead of the clock that counts from there.
    """

    boot: str = ""
    ahead_s: float = 0.0

    def later_s(self, saved: dict[str, Json]) -> float:
        """Return by how much what another run has kept is later by the clock of this one.

        Within one boot that is known; where it may be another, the stricter counts. Clocks are
        never read at one moment: what is that little is no difference.
        """
        boot, ahead_s = saved.get("boot"), saved.get("ahead_s")
        if not isinstance(ahead_s, int | float) or not abs(ahead_s) < _ABSURD_S:
            return 0.0
        set_s = self.ahead_s - ahead_s
        if abs(set_s) < _SAME_S:
            return 0.0
        if self.boot and boot:
            return set_s if boot == self.boot else 0.0
        return max(0.0, set_s)


class LoginBudget:
    """Never more than per_hour logins in any hour, and pauses after those that failed.

    Put `saved` into the Store after every change, before the login that an attempt announces: a
    crash loop shall not become a login storm. What cannot be read back is forgotten.
    """

    def __init__(self, per_hour: int, saved: Json = None, era: Era | None = None) -> None:
        self._per_hour = max(1, per_hour)
        self._era = era or Era()
        values = saved if isinstance(saved, dict) else {}
        later_s = self._era.later_s(values)
        attempts = sorted(_numbers(values.get("attempts")))[-_MOST_ATTEMPTS:]
        self._attempts = [max(0.0, at + later_s) for at in attempts]
        self._refused = _pause(values.get("refused"), later_s)
        self._limited = _pause(values.get("limited"), later_s)
        fingerprint = values.get("fingerprint")
        self._fingerprint = fingerprint if isinstance(fingerprint, str) else None

    @property
    def saved(self) -> Json:
        """The budget as a value for the Store."""
        return {
            "attempts": [*self._attempts],
            "refused": [*astuple(self._refused)],
            "limited": [*astuple(self._limited)],
            "fingerprint": self._fingerprint,
            "boot": self._era.boot,
            "ahead_s": self._era.ahead_s,
        }

    def left(self, now: float) -> int:
        """Return how many logins are left in this hour, however long the pauses."""
        made = sum(min(at, now) > now - HOUR_S for at in self._attempts)
        return max(0, self._per_hour - made)

    def wait_s(self, now: float, *, guest: bool = False) -> float:
        """Return for how long no login may be tried; 0 means now.

        A guest is a command beside the bridge, on the owner's wish: it leaves the bridge half of
        the hour's logins, if there is more than one, and does not wait after a refusal.

        Attempts in the future (the clock went back) count as made now, so the wait stays finite
        and the gate closed. Put `saved` into the Store then, or they are made now for ever.
        """
        made = [min(at, now) for at in self._attempts]
        self._attempts = [at for at in made if at > now - HOUR_S]
        most = max(1, self._per_hour // 2) if guest else self._per_hour
        hour_s = self._attempts[-most] + HOUR_S - now if len(self._attempts) >= most else 0.0
        refused_s = 0.0 if guest else self._refused.left_s(now)
        return max(hour_s, refused_s, self._limited.left_s(now))

    def hold(self, now: float, *, guest: bool = False) -> Hold | None:
        """Return what keeps a login from being tried, the owner's mistake first."""
        if self._refused.left_s(now) > 0 and not guest:
            return Hold.REFUSED
        if self._limited.left_s(now) > 0:
            return Hold.LIMITED
        spent = Hold.KEPT if guest else Hold.SPENT
        return spent if self.wait_s(now, guest=guest) > 0 else None

    def attempt(self, now: float) -> None:
        """Count a login that is about to be made."""
        self._attempts = [*self._attempts, now][-_MOST_ATTEMPTS:]

    def withdraw(self) -> None:
        """Take back the last attempt: the login was not made."""
        del self._attempts[-1:]

    def learn(self, saved: Json) -> None:
        """Take in what another process has kept meanwhile: the gateway counts its logins too."""
        other = LoginBudget(self._per_hour, saved, self._era)
        either = Counter(self._attempts) | Counter(other._attempts)  # two may have one time
        self._attempts = sorted(either.elements())[-_MOST_ATTEMPTS:]
        if other._refused.since > self._refused.since:
            self._refused, self._fingerprint = other._refused, other._fingerprint
        if other._limited.since > self._limited.since:
            self._limited = other._limited

    @property
    def share_s(self) -> float:
        """How far logins are apart when they are spread evenly over the hour."""
        return HOUR_S / self._per_hour

    def accept(self) -> None:
        """Forget the failures: a login was accepted."""
        self._refused, self._limited, self._fingerprint = Pause(), Pause(), None

    def refuse(self, now: float, fingerprint: str) -> None:
        """Pause after a wrong password: 10 min, doubling to 6 h."""
        self._refused.begin(now, REFUSED_S, REFUSED_MAX_S)
        self._fingerprint = fingerprint

    def limit(self, now: float, retry_after_s: float | None = None) -> None:
        """Pause as long as the gateway says, else 60 s doubling to 15 min."""
        self._limited.begin(now, LIMITED_S, LIMITED_MAX_S)
        if retry_after_s:
            self._limited.wait_s = min(retry_after_s, REFUSED_MAX_S)

    def forgive(self, secret: str) -> bool:
        """Let a password be tried at once that is not the one that was refused; say if so."""
        refused = self._fingerprint
        if refused is None or fingerprint_of(secret, refused[:_SALT_DIGITS]) == refused:
            return False
        self._refused, self._fingerprint = Pause(), None
        return True


def fingerprint_of(secret: str, salt: str) -> str:
    """Return what tells this secret from others: the salt (32 characters) and 16 bits of a hash.

    16 bits show a changed password all but once in 65536 times, and are too few to find a short
    one from a stolen state file.
    """
    secret_bytes, salt_bytes = (text.encode("utf-8", "replace") for text in (secret, salt))
    digest = hashlib.scrypt(secret_bytes, salt=salt_bytes, n=2**10, r=8, p=1, dklen=2)
    return salt + digest.hex()


def span(seconds: float) -> str:
    """Return a duration in words, rounded up: `45 s`, `9 min`, `6 h`."""
    if seconds <= 90:
        return f"{math.ceil(seconds)} s"
    if seconds <= 90 * 60:
        return f"{math.ceil(seconds / 60)} min"
    return f"{math.ceil(seconds / 3600)} h"


def _numbers(value: Json) -> list[float]:
    items = value if isinstance(value, list) else []
    numbers = [item for item in items if isinstance(item, int | float) and item is not True]
    return [float(number) for number in numbers if 0 <= number < _ABSURD_S]


def _pause(value: Json, later_s: float) -> Pause:
    numbers = _numbers(value)
    if len(numbers) != 3:
        return Pause()
    since, wait_s, failures = numbers
    since = max(0.0, since + later_s) if since else since
    return Pause(since, min(wait_s, REFUSED_MAX_S), int(min(failures, 1000)))
