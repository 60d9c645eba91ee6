"""Takes out of a gateway's words what it was told in confidence."""

import json
import re
from collections.abc import Iterable

_LONG = 6  # characters; a shorter secret may be part of any word
_FIXED = (  # what gateways say of a wrong password
    b"bad credentials",
    b"Invalid Credentials",
    b"Login Error",
    b"default password not supported",
    b"require physical access",
)


def without(secrets: Iterable[str], text: bytes) -> bytes:
    """Return a text without the secrets, should it repeat any.

    A short one is taken out where it stands alone, and none out of the words that every gateway
    says: those would show by their gap what it is.
    """
    told = b"|".join(_pattern(secret) for secret in secrets if secret)
    if not told:
        return text
    fixed = b"|".join(re.escape(words) for words in _FIXED)
    return re.sub(rb"(%s)|%s" % (fixed, told), lambda found: found[1] or b"***", text)


def _pattern(secret: str) -> bytes:
    """Return what finds a secret as it is, and as JSON spells it."""
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    spelled = b"|".join(
        re.escape(form.encode("utf-8", "replace")) for form in sorted(forms, key=len, reverse=True)
    )
    return rb"(?<!\w)(?:%s)(?!\w)" % spelled if len(secret) < _LONG else spelled
