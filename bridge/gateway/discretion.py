"""Takes out of a gateway's words what it was told in confidence.

No regular expression is made of a secret: Python would keep it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

_LONG = 6  # characters; a shorter secret may be part of any word
_FIXED = (  # what gateways say of a wrong password
    b"bad credentials",
    b"Invalid Credentials",
    b"Login Error",
    b"default password not supported",
    b"require physical access",
)


@dataclass(frozen=True, slots=True)
class _Words:
    """What is looked for in a text, and what is shown in its place; alone: not within a word."""

    spelled: bytes
    shown: bytes = b"***"
    alone: bool = False

    def find(self, text: bytes, start: int) -> int:
        """Return where in the text they are next, its length where they are no more."""
        at = text.find(self.spelled, start)
        while at >= 0 and self.alone and self._within(text, at):
            at = text.find(self.spelled, at + 1)
        return at if at >= 0 else len(text)

    def _within(self, text: bytes, at: int) -> bool:
        end = at + len(self.spelled)
        beside = (text[max(0, at - 1) : at], text[end : end + 1])
        return any(byte.isalnum() or byte == b"_" for byte in beside)


_KNOWN = tuple(_Words(fixed, fixed) for fixed in _FIXED)


def without(secrets: Iterable[str], text: bytes) -> bytes:
    """Return a text without the secrets, should it repeat any.

    A short one is taken out where it stands alone, and none out of the words that every gateway
    says: those would show by their gap what it is.
    """
    told = {words for secret in secrets if secret for words in _spellings(secret)}
    longest_first = sorted(told, key=lambda words: len(words.spelled), reverse=True)
    ahead = dict.fromkeys((*_KNOWN, *longest_first), -1)
    pieces: list[bytes] = []
    start = 0
    while True:
        for words in [words for words, at in ahead.items() if at < start]:
            ahead[words] = words.find(text, start)
        first = min(ahead, key=ahead.__getitem__)
        at = ahead[first]
        if at == len(text):
            return b"".join((*pieces, text[start:]))
        pieces += (text[start:at], first.shown)
        start = at + len(first.spelled)


def _spellings(secret: str) -> set[_Words]:
    """Return what a secret looks like as it is, and as JSON spells it."""
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    alone = len(secret) < _LONG
    return {_Words(form.encode("utf-8", "replace"), alone=alone) for form in forms}
