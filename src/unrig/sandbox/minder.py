"""The parent's side of one worker: its batch, its channel, and how it ends."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from unrig.sandbox.connection import Connection
from unrig.sandbox.layers import Layers
from unrig.sandbox.messages import Done, FromWorker, Sealed
from unrig.sandbox.protocol import FrameError
from unrig.sandbox.run import Batch, Run

_decoder: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)

# What msgspec raises over bytes that are not of the type: structure and type, nesting, text, numbers.
_NOT_OF_THE_TYPE = (msgspec.MsgspecError, RecursionError, ValueError, OverflowError)


class UntrustedError(Exception):
    """The worker said something that an honest one never says."""


class Minder:
    """Looks after one worker. All that comes from it is checked here."""

    def __init__(self, number: int, run: Run[Any, Any], batch: Batch, connection: Connection) -> None:
        self.number = number
        self.run = run
        self.batch = batch
        self.connection = connection
        self.layers: Layers | None = None
        self.waited = 0.0
        """Seconds the parent has waited for the present item; time it spent elsewhere does not count."""
        self.complaint = ""
        """Why the parent has ended the worker."""
        self.read_out = False
        """Whether nothing more can come from it."""
        self.exited = False
        self.code: int | None = None
        """Its exit code, or its signal if negative; None as long as unknown."""
        self._left = deque(batch.items)
        self._idle = True

    @property
    def left(self) -> tuple[int, ...]:
        """The items without an answer; the first is the one the worker is at."""
        return tuple(self._left)

    def assign(self) -> None:
        """Give the worker its next item if it waits for one; raise what `Run.assignment` raises."""
        if self._idle and self._left:
            self._idle = False
            self.waited = 0.0
            self.connection.put(self.run.assignment(self._left[0]), self.run.descriptors(self._left[0]))

    def listen(self) -> None:
        """Take what the worker has sent; raise UntrustedError for what it must not send, EOFError at its end."""
        try:
            for body in self.connection.take():
                self._hear(_decoder.decode(body))
        except FrameError as error:
            raise UntrustedError(f"the worker {error}") from error
        except _NOT_OF_THE_TYPE as error:
            raise UntrustedError(
                f"the worker sent something that is no {self.run.call.result.__name__}: {error}"
            ) from error

    def _hear(self, message: FromWorker) -> None:
        if isinstance(message, Sealed):
            self._hear_sealed(message)
            return
        if self._idle or self.layers is None or message.index != self._left[0]:
            raise UntrustedError("the worker sent an answer that nobody asked for")
        if isinstance(message, Done):
            self.run.succeed(message.index, message.value)
        else:
            self.run.fail(message.index, message)
        self._left.popleft()
        self._idle = True

    def _hear_sealed(self, message: Sealed) -> None:
        if self.layers is not None:
            raise UntrustedError("the worker said twice what holds it")
        self.layers = message.layers
