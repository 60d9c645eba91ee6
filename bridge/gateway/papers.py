"""A gateway's answers as documents, and the last good ones of some endpoints."""

from collections.abc import Collection

from bridge.documents import Document
from bridge.gateway.fields import parse_json, parse_strictly, safe
from bridge.gateway.vitals import vitals_document
from bridge.parts import Endpoint


class Papers:
    """The newest body of each endpoint that is kept, one each: not larger than an answer can be."""

    def __init__(self, kept: Collection[Endpoint] = ()) -> None:
        self._kept = frozenset(kept)
        self._bodies: dict[Endpoint, bytes] = {}

    def keep(self, endpoint: Endpoint, body: bytes) -> None:
        """Take in a good answer, if its endpoint is one that is kept."""
        if endpoint in self._kept:
            self._bodies[endpoint] = body

    def take(self, endpoint: Endpoint) -> Document | None:
        """Hand over the newest answer; the next one is another.

        One that says NaN or Infinity has a value without them, and no text: it is not JSON.
        """
        body = self._bodies.pop(endpoint, None)
        if body is None:
            return None
        try:
            return document(endpoint, body)
        except ValueError:
            return Document(safe(parse_json(_text(body))))


def document(path: str, body: bytes) -> Document:
    """Return what a body says; raises ValueError, in words, unless it is JSON, or the vitals."""
    if path == Endpoint.VITALS:
        return Document(vitals_document(body))
    text = _text(body)
    try:
        return Document(safe(parse_strictly(text)), text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON, or cut short") from error


def _text(body: bytes) -> str:
    return body.decode("utf-8-sig", "replace").strip()
