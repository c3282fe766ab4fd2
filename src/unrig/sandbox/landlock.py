"""Landlock: a process that may open nothing, connect by TCP nowhere and signal nobody (landlock(7))."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator, Sequence

from msgspec import Struct

from unrig.sandbox import libc
from unrig.sandbox.layers import Layer, Missing

# The numbers are the same on every architecture (asm-generic/unistd.h).
_CREATE_RULESET = 444
_RESTRICT_SELF = 446
_ADD_RULE = 445
_PATH_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH
_ASK_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION

# Rights by the version that brought them (linux/landlock.h): 13 file rights, then refer, truncate, device ioctl.
_FILE_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
_TCP_SINCE, _TCP_RIGHTS = 4, 0b11  # bind, connect
_SCOPE_SINCE, _SCOPES = 6, 0b11  # abstract Unix sockets, signals


class _Attributes(ctypes.Structure):
    """struct landlock_ruleset_attr: kernels that know fewer fields accept zeros in the rest."""

    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


EXECUTE, READ_FILE = 1 << 0, 1 << 2
"""Rights that a file may be given in spite of all (linux/landlock.h)."""


class Allowed(Struct, frozen=True, kw_only=True):
    """A file, or a folder with all below it, that is open, and what may be done with it."""

    descriptor: int
    rights: int


def version() -> int:
    """Return the kernel's Landlock ABI version, from 1; raise OSError where there is none."""
    return libc.syscall(_CREATE_RULESET, 0, 0, _ASK_VERSION)


def restrict(allowed: Sequence[Allowed] = ()) -> tuple[Missing, ...]:
    """Deny this process every handled right for good but those, and return the layers this kernel does not offer.

    Descriptors that are open stay usable. The caller has set no_new_privs, without which only root may do this.
    """
    try:
        abi = version()
        _enforce(_attributes(abi), allowed)
    except OSError as error:
        reason = f"Landlock: {os.strerror(error.errno or 0)}"
        return tuple(
            Missing(layer=layer, reason=reason)
            for layer in (Layer.LANDLOCK_FILES, Layer.LANDLOCK_TCP, Layer.LANDLOCK_SCOPE)
        )
    return tuple(_too_new_for(abi))


def _attributes(abi: int) -> _Attributes:
    count = max(count for since, count in _FILE_RIGHTS if abi >= since)
    return _Attributes(
        files=(1 << count) - 1,
        tcp=_TCP_RIGHTS if abi >= _TCP_SINCE else 0,
        scoped=_SCOPES if abi >= _SCOPE_SINCE else 0,
    )


def _enforce(attributes: _Attributes, allowed: Sequence[Allowed]) -> None:
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.addressof(attributes), ctypes.sizeof(attributes), 0)
    try:
        for rule in allowed:
            row = ctypes.create_string_buffer(struct.pack("=Qi", rule.rights, rule.descriptor))
            libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.addressof(row), 0)
        libc.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _too_new_for(abi: int) -> Iterator[Missing]:
    for layer, since in ((Layer.LANDLOCK_TCP, _TCP_SINCE), (Layer.LANDLOCK_SCOPE, _SCOPE_SINCE)):
        if abi < since:
            yield Missing(layer=layer, reason=f"Landlock ABI {abi}, needs {since}")
