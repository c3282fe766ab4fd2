"""The parent's handle on its fork server: start it, ask it for workers, end it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys

import msgspec

from unrig.sandbox import protocol
from unrig.sandbox.call import Limits
from unrig.sandbox.messages import Exited, Fork, FromServer, Kill, Ready, Refused, SetUp

_LONGEST_MESSAGE = 1 << 20
_PATIENCE_SECONDS = 10

# A worker needs nothing of the environment, which may hold secrets; the interpreter needs these to find its modules.
_KEPT = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH", "LANG", "LC_ALL", "TZ")
# Numeric libraries start threads when loaded, of which a fork would copy none.
_NO_THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")

_decoder: msgspec.msgpack.Decoder[FromServer] = msgspec.msgpack.Decoder(FromServer)


class ServerError(RuntimeError):
    """The fork server cannot load or call what the program named, or does not run: a defect, not a bad input."""


class ForkServer:
    """A fork server that has been started; it loads while the program goes on."""

    def __init__(self, preload: tuple[str, ...], limits: Limits) -> None:
        self.channel, theirs = socket.socketpair()
        with theirs:
            self._process = _start(theirs)
        self._loading = True
        with contextlib.suppress(OSError):  # where it has ended already, waiting for it says how
            protocol.send(self.channel, msgspec.msgpack.encode(SetUp(preload=preload, limits=limits)))

    @property
    def process(self) -> int:
        """The server's process id."""
        return self._process.pid

    def wait(self) -> None:
        """Return when everything is loaded; raises ServerError where it cannot be."""
        if self._loading:
            self._await_ready()
            self._loading = False

    def fork(self, worker: int, function: str, items: int) -> socket.socket:
        """Ask for a worker of a server that has loaded, and return the parent's end of its channel.

        Raises OSError if the server is gone.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            message = msgspec.msgpack.encode(Fork(worker=worker, function=function, items=items))
            try:
                protocol.send(self.channel, message, (theirs.fileno(),))
            except OSError:
                ours.close()
                raise
        return ours

    def kill(self, worker: int) -> None:
        """Have the worker ended if it still runs; where the server is gone, so are its workers."""
        with contextlib.suppress(OSError):
            protocol.send(self.channel, msgspec.msgpack.encode(Kill(worker=worker)))

    def hear(self) -> Exited | None:
        """Wait for the next worker to end and return that, or None where the server is gone; raises ServerError."""
        message = self._receive()
        if isinstance(message, Refused):
            raise ServerError(message.reason)
        return message if isinstance(message, Exited) else None

    def close(self) -> None:
        """End the server and with it every worker; return when it is gone."""
        self.channel.close()
        if self._loading:
            self._process.kill()  # it has no worker yet, and may be loading for long
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the workers follow by their parent-death signal
            self._process.wait()

    def _await_ready(self) -> None:
        message = self._receive()
        if isinstance(message, Ready):
            return
        if isinstance(message, Refused):
            raise ServerError(f"the fork server cannot load its modules:\n{message.reason}")
        raise ServerError(f"the fork server ended while loading: {self._end()}")

    def _receive(self) -> FromServer | None:
        try:
            frame = protocol.receive(self.channel, _LONGEST_MESSAGE)
        except OSError:
            return None
        return None if frame is None else _decoder.decode(frame.body)

    def _end(self) -> str:
        code = self._process.wait(_PATIENCE_SECONDS)
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _start(channel: socket.socket) -> subprocess.Popen[bytes]:
    # -P keeps the current folder, which may be full of untrusted files, off the module path.
    command = (sys.executable, "-P", "-m", "unrig.sandbox.server", str(channel.fileno()), str(os.getpid()))
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return subprocess.Popen(  # noqa: S603  (this interpreter and this package, nothing from outside)
        command,
        pass_fds=(channel.fileno(),),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_NO_THREADS | kept,
        start_new_session=True,
    )
