"""Frames on a Unix stream socket: four bytes of length, then msgpack; descriptors ride with the first byte."""

from __future__ import annotations

import array
import socket
import struct
from collections.abc import Sequence

from msgspec import Struct

from unrig.sandbox.call import MAX_DESCRIPTORS

HEADER = struct.Struct("<I")

# A Unix socket hands descriptors over with whichever read touches the first byte they were sent with
# (unix(7)), so reading no further than the header keeps each set with its own frame.
_ANCILLARY_BYTES = socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize)


class FrameError(Exception):
    """The other side does not keep to the protocol."""


class Frame(Struct, frozen=True, kw_only=True):
    """One message with the descriptors that came along; whoever receives it owns those."""

    body: bytes
    descriptors: tuple[int, ...] = ()


def pack(body: bytes) -> bytes:
    """Return the frame's bytes; raise FrameError where the length does not fit the header."""
    if len(body) >= 1 << 32:
        raise FrameError(f"{len(body)} bytes do not fit one frame")
    return HEADER.pack(len(body)) + body


def ancillary(descriptors: Sequence[int]) -> list[tuple[int, int, array.array[int]]]:
    """Return the control messages that carry these descriptors, for `socket.sendmsg`."""
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []


def send(channel: socket.socket, body: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send one frame and wait until it is sent; raise OSError where the other side is gone."""
    data = pack(body)
    sent = channel.sendmsg([data], ancillary(descriptors)) if descriptors else 0
    channel.sendall(memoryview(data)[sent:])


def receive(channel: socket.socket, limit: int) -> Frame | None:
    """Wait for one frame of at most `limit` bytes and return it, or None where the other side has closed.

    Raises FrameError for a frame that is longer, cut short, or lost its descriptors.
    """
    header, descriptors = _receive_header(channel)
    if not header:
        return None
    (length,) = HEADER.unpack(header)
    if length > limit:
        raise FrameError(f"{length} bytes announced, {limit} allowed")
    return Frame(body=_receive_exactly(channel, length), descriptors=descriptors)


def _receive_header(channel: socket.socket) -> tuple[bytes, tuple[int, ...]]:
    data, descriptors = b"", array.array("i")
    while len(data) < HEADER.size:
        part, control, flags, _address = channel.recvmsg(HEADER.size - len(data), _ANCILLARY_BYTES)
        if flags & socket.MSG_CTRUNC:
            raise FrameError("descriptors were lost: too many, or no room for them")
        for _level, _type, numbers in control:
            descriptors.frombytes(numbers[: len(numbers) - len(numbers) % descriptors.itemsize])
        if not part and data:
            raise FrameError("closed in the middle of a header")
        if not part:
            break
        data += part
    return data, tuple(descriptors)


def _receive_exactly(channel: socket.socket, length: int) -> bytes:
    data = bytearray(length)
    view, filled = memoryview(data), 0
    while filled < length:
        count = channel.recv_into(view[filled:])
        if not count:
            raise FrameError(f"closed after {filled} of {length} bytes")
        filled += count
    view.release()
    return bytes(data)
