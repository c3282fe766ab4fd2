"""The fork server: a process of its own that loads modules once and forks a worker whenever asked.

`python -m unrig.sandbox.server CHANNEL PARENT` is started by `fork_server` and by nothing else. It
holds no thread, reads no untrusted byte, and ends all workers and itself when the parent closes the channel.
"""

from __future__ import annotations

import codecs
import contextlib
import encodings
import gc
import importlib
import os
import pkgutil
import selectors
import signal
import socket
import sys
import traceback
import typing
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import msgspec

from unrig.sandbox import libc, protocol, seal, worker
from unrig.sandbox.call import Limits
from unrig.sandbox.messages import Exited, Fork, Kill, Ready, Refused, SetUp, ToServer
from unrig.sandbox.worker import Task

_LONGEST_MESSAGE = 1 << 20
_CHANNEL = 3  # where a worker keeps its only descriptor besides the standard streams
_decoder: msgspec.msgpack.Decoder[ToServer] = msgspec.msgpack.Decoder(ToServer)


def main(arguments: list[str]) -> None:
    """Load what the parent names, then serve until it closes the channel."""
    channel, parent = socket.socket(fileno=int(arguments[0])), int(arguments[1])
    if libc.LINUX:
        seal.die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    frame = protocol.receive(channel, _LONGEST_MESSAGE)
    if frame is None:
        return
    set_up = msgspec.msgpack.decode(frame.body, type=SetUp)
    sys.excepthook = partial(refuse, channel)
    load(set_up.preload)
    sys.excepthook = sys.__excepthook__
    if libc.LINUX:
        seal.outlive_parent()  # the signal would follow the parent's thread, the closed channel follows the process
    protocol.send(channel, msgspec.msgpack.encode(Ready(threads=_threads())))
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        Server(channel, set_up.limits).serve()


def refuse(
    channel: socket.socket, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell the parent, which raises, why the modules cannot be loaded; the process ends after this."""
    reason = "".join(traceback.format_exception(kind, error, trace))
    protocol.send(channel, msgspec.msgpack.encode(Refused(reason=reason)))


def load(modules: tuple[str, ...]) -> None:
    """Import the modules and move every object out of the collector's sight, so that no fork copies their pages."""
    for module in modules:
        importlib.import_module(module)
    load_codecs()
    gc.collect()
    gc.freeze()


def load_codecs() -> None:
    """Look every codec up once: Python imports each when first used, which a sealed worker cannot."""
    for module in pkgutil.iter_modules(encodings.__path__):
        with contextlib.suppress(LookupError):  # no codec, or one of another system
            codecs.lookup(module.name)
    importlib.import_module("_strptime")  # time.strptime imports it when first called


def find(function: str, limits: Limits) -> Task:
    """Return the task for a `module:function` of a loaded module; raise LookupError or TypeError if it is none."""
    module, _colon, name = function.partition(":")
    if module not in sys.modules:
        raise LookupError(f"{module} is not loaded")
    found = getattr(sys.modules[module], name, None)
    if found is None:
        raise LookupError(f"{module} has no {name!r}")
    hints = typing.get_type_hints(found)
    if "argument" not in hints:
        raise TypeError(f"{function} takes no annotated `argument`")
    return Task(function=found, argument=msgspec.msgpack.Decoder(hints["argument"]), limits=limits)


class Server:
    """The workers of one pool, as their parent process sees them."""

    def __init__(self, channel: socket.socket, limits: Limits) -> None:
        self._channel = channel
        self._limits = limits
        self._tasks: dict[str, Task] = {}
        self._workers: dict[int, int] = {}  # process id by worker number

    def serve(self) -> None:
        """Obey the parent until it closes the channel, then end every worker."""
        try:
            with selectors.DefaultSelector() as selector, _woken_by_children() as wake:
                selector.register(self._channel, selectors.EVENT_READ)
                selector.register(wake, selectors.EVENT_READ)
                while self._turn(selector, wake):
                    pass
        finally:
            self._end_workers()

    def _turn(self, selector: selectors.BaseSelector, wake: socket.socket) -> bool:
        ready = [key.fileobj for key, _events in selector.select()]
        if wake in ready:
            wake.recv(4096)
            self._reap()
        return self._channel not in ready or self._obey()

    def _obey(self) -> bool:
        frame = protocol.receive(self._channel, _LONGEST_MESSAGE)
        if frame is None:
            return False
        match _decoder.decode(frame.body):
            case Fork() as request:
                self._fork(request, frame.descriptors[0])
            case Kill(worker=number):
                self._kill(number)
        return True

    def _fork(self, request: Fork, descriptor: int) -> None:
        try:
            task = self._task(request.function)
            process = os.fork()
        except (LookupError, TypeError, NameError) as error:
            self._say(Refused(reason=str(error)))
        except OSError:
            self._say(Exited(worker=request.worker, code=os.EX_OSERR))
        else:
            if process == 0:
                _become_worker(descriptor, task, request.items)
            self._workers[request.worker] = process
        os.close(descriptor)

    def _task(self, function: str) -> Task:
        if function not in self._tasks:
            self._tasks[function] = find(function, self._limits)
        return self._tasks[function]

    def _kill(self, number: int) -> None:
        # Only this process reaps, so the id cannot belong to anybody else yet.
        if number in self._workers:
            os.kill(self._workers[number], signal.SIGKILL)

    def _end_workers(self) -> None:
        """Kill all, then wait for all, so that none is left when this process is gone."""
        for number in self._workers:
            self._kill(number)
        for process in self._workers.values():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)

    def _reap(self) -> None:
        numbers = {process: number for number, process in self._workers.items()}
        for process, status in tuple(_ended_children()):
            number = numbers[process]
            del self._workers[number]
            self._say(Exited(worker=number, code=os.waitstatus_to_exitcode(status)))

    def _say(self, message: Exited | Refused) -> None:
        protocol.send(self._channel, msgspec.msgpack.encode(message))


def _become_worker(descriptor: int, task: Task, items: int) -> NoReturn:
    """Keep the worker's own channel, drop every other descriptor of the server, and work."""
    code = os.EX_SOFTWARE
    try:
        parent = os.getppid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(descriptor, _CHANNEL)
        os.closerange(_CHANNEL + 1, os.sysconf("SC_OPEN_MAX"))
        worker.work(socket.socket(fileno=_CHANNEL), task, items=items, parent=parent)
        code = os.EX_OK
    finally:
        os._exit(code)


def _ended_children() -> Iterator[tuple[int, int]]:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
            yield ended


@contextlib.contextmanager
def _woken_by_children() -> Iterator[socket.socket]:
    """Give a socket that becomes readable when a child ends (signal.set_wakeup_fd)."""
    wake, signalled = socket.socketpair()
    wake.settimeout(0)
    signalled.settimeout(0)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(signalled.fileno(), warn_on_full_buffer=False)
    with wake, signalled:
        yield wake
        signal.set_wakeup_fd(-1)


def _threads() -> int:
    """Return how many threads this process has: a fork copies only one of them."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 0


if __name__ == "__main__":
    main(sys.argv[1:])
