"""The one pool all verbs use: sealed workers that answer items, each batch in a fresh process."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from unrig.model.problem import Problem
from unrig.sandbox import outcome
from unrig.sandbox.call import Call, Item, Limits
from unrig.sandbox.connection import Connection
from unrig.sandbox.fork_server import ForkServer, ServerError
from unrig.sandbox.layers import Layers
from unrig.sandbox.minder import Minder, UntrustedError
from unrig.sandbox.run import Batch, Run

A = TypeVar("A")
R = TypeVar("R")

_ENVELOPE_BYTES = 1 << 20
"""What an answer may have around its result, or as an exception's text."""
_WALL_PER_CPU = 4
_SERVER_LIVES = 3


class Pool:
    """Sealed workers, as many at a time as `jobs`, forked from one server that has `preload` imported.

    The server starts with `start` or the first `map` and ends, with all workers, when the `with` block ends or
    this process does. One thread at a time may use a pool. Several `map`s may be read in turns, one
    inside the other too: they share the workers.
    """

    def __init__(self, preload: tuple[str, ...], limits: Limits | None = None, jobs: int | None = None) -> None:
        self._preload = preload
        self._limits = limits or Limits()
        self._jobs = jobs or usable_processors()
        self._wall = self._limits.cpu_seconds * _WALL_PER_CPU
        self._lives = _SERVER_LIVES
        self._numbers = 0
        self._layers = Layers()
        self._server: ForkServer | None = None
        self._closed = False
        self._runs: list[Run[Any, Any]] = []
        self._minders: dict[int, Minder] = {}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def layers(self) -> Layers:
        """The layers that have held every worker so far, and those that some worker lacked; empty before the first."""
        return self._layers

    def start(self) -> None:
        """Start the server, if it does not run yet, and return at once: it loads while the caller does something else."""
        self._started()

    def close(self) -> None:
        """End the server and all workers and return when they are gone; maps still open raise ServerError."""
        if self._closed:
            return
        self._closed = True
        for minder in tuple(self._minders.values()):
            self._dismiss(minder)
        self._end_server()
        self._selector.close()

    def map(self, call: Call[A, R], items: Sequence[Item[A]], batch: int = 16) -> Iterator[tuple[int, R | Problem]]:
        """Yield the index and the result of every item, or the problem that stands for it, in any order.

        A worker gets `batch` items, one after the other. If it dies or misbehaves, each item it has
        not answered gets a worker of its own; one that loses this too becomes a problem of kind
        `worker_died`. Items are taken from `items` when a worker is ready for them, so a sequence
        may open its files then; their descriptors must stay open until the item is answered.

        Raises ValueError if the call's module is not in the preload list, ServerError if the modules cannot
        be loaded, the function not be found, or the server not be kept alive.
        """
        module = call.function.partition(":")[0]
        if module not in self._preload:
            raise ValueError(f"{module} is not in the pool's preload list")
        if batch < 1:
            raise ValueError(f"a batch of {batch} items")
        return self._results(Run(call, items, batch))

    def _results(self, run: Run[A, R]) -> Iterator[tuple[int, R | Problem]]:
        self._runs.append(run)
        try:
            while run.answers or run.unanswered:
                if run.answers:
                    answered = run.answers.popleft()
                    yield answered.index, answered.result
                else:
                    self._turn()
        finally:
            self._runs.remove(run)
            for minder in tuple(self._minders.values()):
                if minder.run is run:
                    self._dismiss(minder)

    def _turn(self) -> None:
        """Start what can be started, wait for the first thing to happen, and see to all that has happened."""
        if self._closed:
            raise ServerError("the pool is closed")
        self._fill_places()
        started = time.monotonic()
        happened = self._selector.select(self._patience())
        waited = time.monotonic() - started
        for key, events in happened:
            if key.data is None:
                self._hear_server()
            elif key.data.number in self._minders:  # else it went in this very turn
                self._attend(key.data, events)
        self._lose_patience(waited)

    def _fill_places(self) -> None:
        for run in self._runs:
            while run.waiting and len(self._minders) < self._jobs:
                self._hire(run, run.waiting.popleft())

    def _hire(self, run: Run[Any, Any], batch: Batch) -> None:
        server = self._running_server()
        self._numbers += 1
        try:
            channel = server.fork(self._numbers, run.call.function, len(batch.items))
        except OSError:
            run.waiting.appendleft(batch)
            self._lose_server()
            return
        connection = Connection(channel, self._limits.result_bytes + _ENVELOPE_BYTES)
        minder = Minder(self._numbers, run, batch, connection)
        self._minders[minder.number] = minder
        self._selector.register(channel, selectors.EVENT_READ, minder)
        self._assign(minder)

    def _attend(self, minder: Minder, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            minder.connection.flush()
        try:
            if events & selectors.EVENT_READ:
                self._listen(minder)
        except UntrustedError as error:
            self._condemn(minder, str(error))
        except EOFError:
            self._condemn(minder, "")
        else:
            self._go_on(minder)

    def _listen(self, minder: Minder) -> None:
        known = minder.layers
        try:
            minder.listen()
        finally:
            if known is None and minder.layers is not None:
                self._layers = self._layers.weakest(minder.layers)

    def _go_on(self, minder: Minder) -> None:
        if minder.left:
            self._assign(minder)
        else:
            self._dismiss(minder)

    def _assign(self, minder: Minder) -> None:
        minder.assign()
        writing = selectors.EVENT_WRITE if minder.connection.waiting else 0
        self._selector.modify(minder.connection.channel, selectors.EVENT_READ | writing, minder)

    def _dismiss(self, minder: Minder) -> None:
        """Part with a worker that is needed no more; killed, so that it cannot linger."""
        self._stop(minder)
        del self._minders[minder.number]

    def _condemn(self, minder: Minder, complaint: str) -> None:
        """End a worker that misbehaves or has closed its channel; what becomes of its items waits for its exit code."""
        minder.complaint = complaint
        self._stop(minder)
        self._bury_if_over(minder)

    def _stop(self, minder: Minder) -> None:
        if minder.read_out:
            return
        minder.read_out = True
        self._selector.unregister(minder.connection.channel)
        minder.connection.close()
        if self._server is not None:
            self._server.kill(minder.number)

    def _bury_if_over(self, minder: Minder) -> None:
        if minder.exited and minder.read_out:
            del self._minders[minder.number]
            observed = minder.complaint or outcome.describe_end(minder.code, self._limits)
            minder.run.lose(minder.batch, minder.left, observed)

    def _patience(self) -> float | None:
        """Return for how many seconds nothing need happen."""
        left = [self._wall - minder.waited for minder in self._minders.values() if not minder.read_out]
        return max(0.0, min(left)) if left else None

    def _lose_patience(self, waited: float) -> None:
        for minder in tuple(self._minders.values()):
            minder.waited += waited
            if minder.waited > self._wall and not minder.read_out:
                self._condemn(minder, f"no answer within {self._wall:g} s")

    def _running_server(self) -> ForkServer:
        """Return the server, loaded. Raises ServerError, and ends it, where it cannot load."""
        server = self._started()
        try:
            server.wait()
        except ServerError:
            self._end_server()
            raise
        return server

    def _started(self) -> ForkServer:
        if self._server is None:
            self._server = ForkServer(self._preload, self._limits)
            self._selector.register(self._server.channel, selectors.EVENT_READ)
        return self._server

    def _hear_server(self) -> None:
        exited = self._server.hear() if self._server is not None else None
        if exited is None:
            self._lose_server()
        elif exited.worker in self._minders:
            minder = self._minders[exited.worker]
            minder.exited, minder.code = True, exited.code
            self._bury_if_over(minder)

    def _lose_server(self) -> None:
        """Start over after the server has ended by itself (the kernel short of memory, say): its workers went too."""
        self._end_server()
        for minder in tuple(self._minders.values()):
            minder.exited = True
            self._condemn(minder, minder.complaint)
        self._lives -= 1
        if self._lives == 0:
            raise ServerError(f"the fork server has ended {_SERVER_LIVES} times by itself")

    def _end_server(self) -> None:
        if self._server is not None:
            self._selector.unregister(self._server.channel)
            self._server.close()
            self._server = None


def usable_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
