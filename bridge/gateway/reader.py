"""Answers of a gateway as parts."""

import logging

from bridge.errors import BadAnswer
from bridge.gateway.decode import decode
from bridge.gateway.http import Answer
from bridge.gateway.papers import Papers
from bridge.parts import Endpoint, Operation, Part

_MOST_ODDITIES = 200

log = logging.getLogger(__name__)


class Reader:
    """Decodes answers, and logs each oddity of them once."""

    def __init__(self, name: str, papers: Papers) -> None:
        self._name = name
        self._papers = papers
        self._oddities: set[tuple[Endpoint, str]] = set()

    def part(self, endpoint: Endpoint, answer: Answer) -> Part:
        try:
            part, oddities = decode(endpoint, answer.body)
        except ValueError as error:
            raise BadAnswer(str(error), answer.status) from error
        self._papers.keep(endpoint, answer.body)
        for oddity in oddities:
            if (endpoint, oddity) not in self._oddities and len(self._oddities) < _MOST_ODDITIES:
                self._oddities.add((endpoint, oddity))
                log.warning("%s: %s: %s", self._name, endpoint, oddity)
        return part

    def operation(self, answer: Answer) -> Operation:
        part = self.part(Endpoint.OPERATION, answer)
        if not isinstance(part, Operation):
            raise BadAnswer(f"{Endpoint.OPERATION}: not understood", answer.status)
        return part
