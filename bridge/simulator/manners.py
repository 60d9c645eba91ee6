"""How an answer travels: whole, or in one of the ways in which networks and gateways spoil it."""

import socket
import struct
from enum import StrEnum
from threading import Event

PIECE_S = 0.05  # between two bytes of a slow answer
_RESET = struct.pack("ii", 1, 0)
_END_OF_HEADER = b"\r\n\r\n"


class Manner(StrEnum):
    """What becomes of the bytes of an answer; `reset` happens before the gateway does anything."""

    WHOLE = "whole"
    RESET = "reset"
    RESET_AFTER_HEADER = "reset_after_header"
    CUT = "cut"
    SLOW_HEADER = "slow_header"
    SLOW_BODY = "slow_body"


def deliver(manner: Manner, connection: socket.socket, wire: bytes, stopping: Event) -> bool:
    """Send an answer; return whether the connection is good for another. Raises OSError."""
    header = wire.partition(_END_OF_HEADER)[0] + _END_OF_HEADER
    match manner:
        case Manner.WHOLE:
            connection.sendall(wire)
            return True
        case Manner.RESET:
            _reset(connection)
        case Manner.RESET_AFTER_HEADER:
            connection.sendall(header)
            _reset(connection)
        case Manner.CUT:
            connection.sendall(wire[: (len(header) + len(wire)) // 2])
        case Manner.SLOW_HEADER:
            return _trickle(connection, wire, stopping)
        case Manner.SLOW_BODY:
            connection.sendall(header)
            return _trickle(connection, wire[len(header) :], stopping)
    return False


def _reset(connection: socket.socket) -> None:
    """Let the close that follows be a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _trickle(connection: socket.socket, data: bytes, stopping: Event) -> bool:
    for number in data:
        connection.sendall(bytes([number]))
        if stopping.wait(PIECE_S):
            return False
    return True
