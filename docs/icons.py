"""Makes icon.png and logo.png of the add-on: a battery with a bolt.

Run as `python docs/icons.py`. Look at the pictures before you commit them.
"""

import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

ADDON = Path(__file__).parent.parent / "homeassistant" / "addon"
SIZES = {"icon.png": (128, 128), "logo.png": (250, 100)}
FINE = 4  # points a pixel, each way
BLUE, YELLOW = (61, 90, 128), (255, 209, 102)
BOLT = ((0.55, 0.27), (0.36, 0.58), (0.48, 0.58), (0.43, 0.80), (0.64, 0.47), (0.52, 0.47))
Colour = tuple[int, int, int]
Shape = tuple[Colour, Callable[[float, float], bool]]


def rounded(left: float, top: float, right: float, bottom: float) -> Callable[[float, float], bool]:
    radius = min(right - left, bottom - top) * 0.2

    def holds(x: float, y: float) -> bool:
        across = max(left + radius - x, x - right + radius, 0.0)
        down = max(top + radius - y, y - bottom + radius, 0.0)
        return across**2 + down**2 <= radius**2

    return holds


def bolt(x: float, y: float) -> bool:
    """Return whether a line to the right leaves the bolt once more than it enters."""
    inside = False
    for (x1, y1), (x2, y2) in zip(BOLT, BOLT[1:] + BOLT[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


# The last that holds a point colours it; the drawing is 1 wide and 1 high.
SHAPES: tuple[Shape, ...] = (
    (BLUE, rounded(0.40, 0.05, 0.60, 0.25)),
    (BLUE, rounded(0.26, 0.13, 0.74, 0.95)),
    (YELLOW, bolt),
)


def pixel(column: int, row: int, width: int, height: int) -> bytes:
    """Return red, green, blue and how much it covers."""
    seen: list[Colour] = []
    for step in range(FINE**2):
        x = column + (step % FINE + 0.5) / FINE - (width - height) / 2
        y = row + (step // FINE + 0.5) / FINE
        found = [colour for colour, holds in SHAPES if holds(x / height, y / height)]
        seen += found[-1:]
    if not seen:
        return bytes(4)
    mixed = [sum(colour[i] for colour in seen) // len(seen) for i in range(3)]
    return bytes([*mixed, 255 * len(seen) // FINE**2])


def png(width: int, height: int) -> bytes:
    rows = (
        b"\0" + b"".join(pixel(column, row, width, height) for column in range(width))
        for row in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def main() -> int:
    for name, (width, height) in SIZES.items():
        (ADDON / name).write_bytes(png(width, height))
    return 0


if __name__ == "__main__":
    sys.exit(main())
