"""The parent's end of one worker's channel: it never waits for the worker and believes nothing it says."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from unrig.sandbox import protocol
from unrig.sandbox.protocol import HEADER, FrameError

_READ_BYTES = 1 << 20


class _Outgoing(Struct, kw_only=True):
    """A frame on its way; its descriptors leave with its first byte."""

    data: memoryview
    descriptors: tuple[int, ...]


class Connection:
    """A channel whose incoming frames may have at most `limit` bytes."""

    def __init__(self, channel: socket.socket, limit: int) -> None:
        channel.settimeout(0)
        self.channel = channel
        self._limit = limit
        self._incoming = bytearray()
        self._outgoing: deque[_Outgoing] = deque()

    @property
    def waiting(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._outgoing)

    def put(self, body: bytes, descriptors: tuple[int, ...] = ()) -> None:
        """Send one frame as far as the worker takes it now, the rest with `flush`."""
        self._outgoing.append(_Outgoing(data=memoryview(protocol.pack(body)), descriptors=descriptors))
        self.flush()

    def flush(self) -> None:
        """Send what the worker takes now. A worker that is gone takes nothing; reading tells so."""
        try:
            while self._outgoing:
                self._send_some(self._outgoing[0])
        except BlockingIOError:
            return
        except (BrokenPipeError, ConnectionResetError):
            self._outgoing.clear()

    def take(self) -> Iterator[bytes]:
        """Yield the frames that are complete now.

        Raises EOFError where the worker has closed, FrameError for a frame over the limit.
        """
        if not self._fill():
            raise EOFError
        while (body := self._cut()) is not None:
            yield body

    def close(self) -> None:
        """Close the channel; a worker that waits for its next item ends."""
        self.channel.close()

    def _send_some(self, frame: _Outgoing) -> None:
        sent = self.channel.sendmsg([frame.data], protocol.ancillary(frame.descriptors))
        frame.data, frame.descriptors = frame.data[sent:], ()
        if not frame.data:
            self._outgoing.popleft()

    def _fill(self) -> bool:
        """Read once; descriptors that a worker might send are dropped by the kernel, since none are asked for."""
        try:
            part = self.channel.recv(_READ_BYTES)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            part = b""
        self._incoming += part
        return bool(part)

    def _cut(self) -> bytes | None:
        if len(self._incoming) < HEADER.size:
            return None
        (length,) = HEADER.unpack_from(self._incoming)
        if length > self._limit:
            raise FrameError(f"announced {length} bytes where {self._limit} are allowed")
        end = HEADER.size + length
        if len(self._incoming) < end:
            return None
        body = bytes(memoryview(self._incoming)[HEADER.size : end])
        del self._incoming[:end]
        return body
