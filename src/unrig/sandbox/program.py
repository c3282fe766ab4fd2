"""Running the pinned program over an open archive: the sandbox's second profile, as its parent sees it.

The archive goes in as a descriptor and everything comes out on standard output, into a file that the parent made and
the kernel bounds. No name from an archive is ever one on disk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from unrig.sandbox import pinned
from unrig.sandbox.call import Limits
from unrig.sandbox.layers import Layers
from unrig.sandbox.pinned import Absent, Pinned
from unrig.sandbox.program_child import ESSENTIAL, NOT_SEALED, Order, Status
from unrig.sandbox.selftest import Answer, Attempt

STOPPED = 25
"""SIGXFSZ: the output has reached its limit."""
_WALL_PER_CPU = 4
_STATUS_BYTES = 1 << 16
_COMPLAINT_BYTES = 2_000
_KEPT = (
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
)  # for the interpreter; the program gets an environment of its own


class Ran(Struct, frozen=True, kw_only=True):
    """How a run ended."""

    code: int
    """Exit code, or the signal if negative."""
    complaint: str
    """What it said on standard error, cut."""
    layers: Layers
    answer: Answer | None = None


def run(arguments: Sequence[str], archive: int, output: int, limits: Limits, attempt: Attempt | None = None) -> Ran:
    """Run the program with these arguments, in which `{archive}` stands for the archive's path.

    Its standard output goes to the descriptor `output`. Raises Absent where there is no program, or where this machine
    cannot seal it; OSError where there is no room for a scratch file.
    """
    with contextlib.ExitStack() as stack:
        program = _opened(stack)
        given = stack.enter_context(_readable_by_anybody(archive))
        status, theirs = os.pipe()
        stack.callback(os.close, status)
        complaints = stack.enter_context(tempfile.TemporaryFile(prefix="unrig-"))
        order = Order(
            binary=program.descriptor,
            archive=given,
            status=theirs,
            arguments=tuple(part.replace("{archive}", f"/proc/self/fd/{given}") for part in arguments),
            limits=limits,
            parent=os.getpid(),
            attempt=attempt,
        )
        try:
            process = _start(order, output, complaints.fileno())
        finally:
            os.close(theirs)
        code = _wait(process, limits.cpu_seconds * _WALL_PER_CPU)
        complaints.seek(0)
        complaint = complaints.read(_COMPLAINT_BYTES).decode("utf-8", "replace").strip()
        said = _status(os.read(status, _STATUS_BYTES), f"exit code {code}: {complaint[-200:]}")
    if code == NOT_SEALED:
        gone = "; ".join(f"{one.layer}: {one.reason}" for one in said.layers.missing if one.layer in ESSENTIAL)
        raise Absent(f"this machine cannot seal 7-Zip ({gone})", "use Linux 5.13 or newer with Landlock and seccomp")
    return Ran(code=code, complaint=complaint, layers=said.layers, answer=said.answer)


def _opened(stack: contextlib.ExitStack) -> Pinned:
    program = pinned.open_pinned()
    stack.callback(os.close, program.descriptor)
    return program


def _start(order: Order, output: int, complaints: int) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-P", "-m", "unrig.sandbox.program_child", msgspec.json.encode(order).decode())
    return subprocess.Popen(  # noqa: S603  (this interpreter and this package, nothing from outside)
        command,
        pass_fds=(order.binary, order.archive, order.status),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=complaints,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
        cwd="/",
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    finally:
        if process.poll() is None:
            process.kill()
    return process.wait()


def _status(raw: bytes, end: str) -> Status:
    """Return what the child said of itself; it is unrig's own code until then, but it may have died."""
    try:
        return msgspec.msgpack.decode(raw, type=Status)
    except msgspec.MsgspecError:
        raise Absent(f"7-Zip could not be started ({end})", "report this with the output of unrig doctor") from None


@contextlib.contextmanager
def _readable_by_anybody(descriptor: int) -> Iterator[int]:
    """Give an archive that the program's user may open anew: the same, or a copy where its mode forbids that."""
    if os.geteuid() != 0 or os.fstat(descriptor).st_mode & stat.S_IROTH:
        yield descriptor
        return
    with tempfile.TemporaryFile(prefix="unrig-") as copy:
        with os.fdopen(os.dup(descriptor), "rb") as source:
            source.seek(0)
            shutil.copyfileobj(source, copy, 1 << 20)
            source.seek(0)
        copy.flush()
        os.fchmod(copy.fileno(), 0o444)
        yield copy.fileno()
