"""The second profile, from inside: seal this process, then become the one pinned program.

`python -m unrig.sandbox.program_child ORDER` is started by `program` and by nothing else. Landlock lets it execute that
file and its loader, and read these, their libraries and the archive; seccomp lets it execute one descriptor alone,
whose number no later descriptor can have. It runs without threads, network, children or a place to write to but its
standard output, up to a size.
"""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import platform
import resource
import sys
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from unrig.sandbox import landlock, layers, limits, seal, seccomp, selftest, system_calls
from unrig.sandbox.call import Limits
from unrig.sandbox.landlock import Allowed
from unrig.sandbox.layers import Layer, Layers, Missing
from unrig.sandbox.selftest import Answer, Attempt

ESSENTIAL = frozenset({Layer.LANDLOCK_FILES, Layer.SECCOMP, Layer.MEMORY, Layer.FILE_SIZE})
"""Without these nothing is executed."""
NOT_SEALED = 120
"""Exit code where that is so."""
MOST_DESCRIPTORS = 32
_LEAST_BINARY = 40  # beyond what may be opened, so that no other file can ever be under its number
_LOADERS = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}


class Order(Struct, frozen=True, kw_only=True):
    """What the parent asks for. Standard output and error are those of this process."""

    binary: int
    archive: int
    """Open for reading."""
    status: int
    """A pipe for the layers in force, and for the answer to an attempt."""
    arguments: tuple[str, ...]
    limits: Limits
    parent: int
    attempt: Attempt | None = None
    """Try to break out instead of executing anything."""


class Status(Struct, frozen=True, kw_only=True):
    """What the parent gets to know before the program runs."""

    layers: Layers
    answer: Answer | None = None


def main(arguments: list[str]) -> int:  # noqa: RET503  (execve does not return)
    """Seal, tell the parent, and become the program; return only where that must not or cannot be."""
    order = msgspec.json.decode(arguments[0], type=Order)
    for name in ("ascii", "idna"):
        codecs.lookup(name)  # Python loads each when it is first used, which nobody may
    # A free number: the parent hands over descriptors under its own numbers, which may be any.
    binary = fcntl.fcntl(order.binary, fcntl.F_DUPFD_CLOEXEC, _LEAST_BINARY)
    sealed = _seal(order, binary)
    if order.attempt is not None:
        _tell(order, Status(layers=sealed, answer=selftest.attempt(order.attempt, ())))
        return os.EX_OK
    _tell(order, Status(layers=sealed))
    if ESSENTIAL & {gone.layer for gone in sealed.missing}:
        return NOT_SEALED
    os.execve(binary, ("7zz", *order.arguments), _ENVIRONMENT)  # noqa: S606  (the pinned program)


def _tell(order: Order, status: Status) -> None:
    os.write(order.status, msgspec.msgpack.encode(status))
    os.close(order.status)


def _seal(order: Order, binary: int) -> Layers:
    """Put every layer in force; those that cannot be are named."""
    rules = list(_readable(order, binary))
    # The user before the limit of processes: the kernel executes nothing for one that went over it by setuid(2).
    missing: list[Missing] = [*seal.become_nobody(), *limits.apply(order.limits, 1)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, MOST_DESCRIPTORS))
    missing += seal.no_new_privileges()
    missing += seal.end_with(order.parent)
    missing += landlock.restrict(rules)
    for rule in rules:
        with contextlib.suppress(OSError):
            os.close(rule.descriptor) if rule.descriptor not in {binary, order.archive} else None
    numbers = system_calls.native()
    if numbers is not None:
        more = system_calls.for_program(os.getpid(), binary)
        missing += seccomp.restrict(system_calls.program_numbers(numbers), more)
    else:
        missing += seccomp.restrict()
    return layers.from_missing(missing, among=[layer for layer in Layer if layer is not Layer.NOT_DUMPABLE])


def _readable(order: Order, binary: int) -> Iterator[Allowed]:
    """Yield what may be read or executed; a library folder that is not there is passed over."""
    yield Allowed(descriptor=binary, rights=landlock.EXECUTE | landlock.READ_FILE)
    yield Allowed(descriptor=order.archive, rights=landlock.READ_FILE)
    loader = _LOADERS.get(platform.machine(), "")
    for path, rights in (
        (loader, landlock.EXECUTE | landlock.READ_FILE),
        *((p, landlock.READ_FILE) for p in _LIBRARIES),
    ):
        with contextlib.suppress(OSError):
            yield Allowed(descriptor=os.open(path, os.O_PATH | os.O_CLOEXEC), rights=rights)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
