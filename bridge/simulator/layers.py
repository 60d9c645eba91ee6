"""What several faults do to one thing: each does it until its own end, whatever the others do."""

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

End = Callable[[], None]
T = TypeVar("T")


class Layers(Generic[T]):
    """The values that are put upon one thing, oldest first.

    Nobody remembers what was there before: who looks sees what is still on.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: dict[object, T] = {}

    def __iter__(self) -> Iterator[T]:
        with self._lock:
            return iter(list(self._on.values()))

    def put(self, value: T) -> End:
        """Put a value on top; return what takes it away again, from wherever it is then."""
        key = object()
        with self._lock:
            self._on[key] = value

        def end() -> None:
            with self._lock:
                self._on.pop(key, None)

        return end

    def top(self, usual: T) -> T:
        """Return the newest value, or the usual one where nothing is on."""
        values = list(self)
        return values[-1] if values else usual
