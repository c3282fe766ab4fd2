"""The few C library calls that Python does not wrap."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import sys

LINUX = sys.platform == "linux"


@functools.cache
def _library() -> ctypes.CDLL:
    if not LINUX:  # other systems have a syscall() too, with other numbers
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    return ctypes.CDLL(None, use_errno=True)


def _checked(returned: int) -> int:
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return returned


def prctl(option: int, argument2: int = 0, argument3: int = 0) -> int:
    """Return the result of this control (prctl(2)); raise OSError where it is refused or not offered."""
    unsigned = (ctypes.c_ulong(value) for value in (argument2, argument3, 0, 0))
    return _checked(_library().prctl(ctypes.c_int(option), *unsigned))


def syscall(number: int, *arguments: int) -> int:
    """Return the result of the system call of this number; raise OSError where it is refused or not offered."""
    return int(_checked(_library().syscall(ctypes.c_long(number), *(ctypes.c_long(value) for value in arguments))))
