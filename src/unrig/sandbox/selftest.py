"""The sandbox tries to break out of itself: each attempt must be refused, or the missing layer is named."""

from __future__ import annotations

import mmap
import os
import resource
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from msgspec import Struct

from unrig.model.problem import Problem
from unrig.sandbox import libc
from unrig.sandbox.call import Call, Item, Limits
from unrig.sandbox.layers import Layer, Layers
from unrig.sandbox.pool import Pool

LIMITS = Limits(memory_bytes=64 << 20, cpu_seconds=5, file_bytes=1 << 20, result_bytes=1 << 16)
_SHELL = "/bin/sh"
_MORE_DESCRIPTORS = 1024  # than a worker has; every system grants them


class Escape(StrEnum):
    """Something no sealed worker can do. Done outside, each of them works and changes nothing that lasts."""

    OPEN_FILE = "open_file"
    WRITE_FILE = "write_file"
    TCP_CONNECT = "tcp_connect"
    UDP_SEND = "udp_send"
    UNIX_CONNECT = "unix_connect"
    EXECUTE = "execute"
    FORK = "fork"
    SIGNAL = "signal"
    TAKE_MEMORY = "take_memory"
    RAISE_LIMIT = "raise_limit"


WALLS: dict[Escape, tuple[Layer, ...]] = {
    Escape.OPEN_FILE: (Layer.LANDLOCK_FILES, Layer.SECCOMP),
    Escape.WRITE_FILE: (Layer.LANDLOCK_FILES, Layer.SECCOMP),
    Escape.TCP_CONNECT: (Layer.LANDLOCK_TCP, Layer.SECCOMP),
    Escape.UDP_SEND: (Layer.SECCOMP,),
    Escape.UNIX_CONNECT: (Layer.LANDLOCK_SCOPE, Layer.SECCOMP),
    Escape.EXECUTE: (Layer.LANDLOCK_FILES, Layer.SECCOMP),
    Escape.FORK: (Layer.PROCESSES, Layer.SECCOMP),
    Escape.SIGNAL: (Layer.USER, Layer.LANDLOCK_SCOPE, Layer.SECCOMP),
    Escape.TAKE_MEMORY: (Layer.MEMORY,),
    Escape.RAISE_LIMIT: (Layer.USER,),
}
"""The layers of which each one alone refuses the escape."""


class Attempt(Struct, frozen=True, kw_only=True):
    """An escape with what it aims at, all prepared by the parent so that only the sandbox can refuse it."""

    escape: Escape
    folder: str
    """Holds a file `readable`, and anybody may write there."""
    tcp_port: int
    udp_port: int
    unix_name: str
    """An abstract Unix socket that listens; empty where the system has none."""
    process: int


class Answer(Struct, frozen=True, kw_only=True):
    """What came of one attempt inside a worker."""

    refused: bool
    observed: str
    """The system's words in refusing."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one attempt, and which layers stand against it."""

    escape: Escape
    refused: bool
    observed: str
    walls: tuple[Layer, ...]


class SelfTest(Struct, frozen=True, kw_only=True):
    """Every escape once, tried by a worker sealed like all others."""

    layers: Layers
    outcomes: tuple[Outcome, ...]

    @property
    def holds(self) -> bool:
        """Whether every attempt was refused."""
        return all(outcome.refused for outcome in self.outcomes)


def selftest() -> SelfTest:
    """Try every escape from a worker of its own and return what came of it; takes about a second."""
    call = Call(function=f"{__name__}:attempt", argument=Attempt, result=Answer)
    with Pool((__name__,), limits=LIMITS, jobs=1) as pool, targets() as target:
        items = [Item(argument=target(escape), where=escape) for escape in Escape]
        answered = pool.map(call, items, batch=1)
        answers = dict(answered)
        outcomes = tuple(_outcome(escape, answers[index]) for index, escape in enumerate(Escape))
        return SelfTest(layers=pool.layers, outcomes=outcomes)


def attempt(argument: Attempt, descriptors: tuple[int, ...]) -> Answer:  # noqa: ARG001  (the form of every task)
    """Try one escape and return whether the system refused; the worker's task."""
    try:
        _escape(argument)
    except (OSError, ValueError) as error:  # setrlimit refuses by ValueError
        return Answer(refused=True, observed=str(error))
    return Answer(refused=False, observed="not refused")


def _outcome(escape: Escape, answer: Answer | Problem) -> Outcome:
    # A worker that is lost did not refuse: the shell took its place.
    refused = isinstance(answer, Answer) and answer.refused
    return Outcome(escape=escape, refused=refused, observed=answer.observed, walls=WALLS[escape])


def _escape(argument: Attempt) -> None:
    match argument.escape:
        case Escape.OPEN_FILE:
            os.close(os.open(f"{argument.folder}/readable", os.O_RDONLY))
        case Escape.WRITE_FILE:
            os.close(os.open(f"{argument.folder}/written", os.O_WRONLY | os.O_CREAT, 0o600))
        case Escape.TCP_CONNECT:
            _connect(argument.tcp_port)
        case Escape.UDP_SEND:
            _send_datagram(argument.udp_port)
        case Escape.UNIX_CONNECT:
            _connect_abstract(argument.unix_name)
        case Escape.EXECUTE:
            os.execv(_SHELL, ("sh", "-c", "exit 0"))  # noqa: S606  (inert, and meant to fail)
        case Escape.FORK:
            _fork()
        case Escape.SIGNAL:
            os.kill(argument.process, 0)
        case Escape.TAKE_MEMORY:
            mmap.mmap(-1, 2 * LIMITS.memory_bytes).close()
        case Escape.RAISE_LIMIT:
            resource.setrlimit(resource.RLIMIT_NOFILE, (_MORE_DESCRIPTORS, _MORE_DESCRIPTORS))
        case unknown:
            assert_never(unknown)


def _connect(port: int) -> None:
    with socket.socket(socket.AF_INET) as caller:
        caller.connect(("127.0.0.1", port))


def _send_datagram(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"unrig self test", ("127.0.0.1", port))


def _connect_abstract(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(b"\0" + name.encode())


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(os.EX_OK)
    os.waitpid(child, 0)


@contextmanager
def targets() -> Iterator[Callable[[Escape], Attempt]]:
    """Give a function that aims an escape at things which exist and are open to everybody while this lasts."""
    with (
        tempfile.TemporaryDirectory(prefix="unrig-selftest-") as folder,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        Path(folder).chmod(0o777)
        Path(folder, "readable").write_text("readable", encoding="ascii")
        udp.bind(("127.0.0.1", 0))
        name = _listen_abstract(unix)

        def aim(escape: Escape) -> Attempt:
            return Attempt(
                escape=escape,
                folder=folder,
                tcp_port=tcp.getsockname()[1],
                udp_port=udp.getsockname()[1],
                unix_name=name,
                process=os.getpid(),
            )

        yield aim


def _listen_abstract(listener: socket.socket) -> str:
    """Listen at an abstract name that the kernel picks (unix(7), autobind) and return it without its leading zero."""
    if not libc.LINUX:
        return ""
    listener.bind("")
    listener.listen()
    return bytes(listener.getsockname()[1:]).decode("ascii")
