"""A seccomp filter that lets through the listed system calls and refuses all others (seccomp(2))."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

from unrig.sandbox import libc, system_calls
from unrig.sandbox.layers import Layer, Missing
from unrig.sandbox.system_calls import Narrowed, Numbers

_SET_SECCOMP, _MODE_FILTER = 22, 2  # linux/prctl.h, linux/seccomp.h
_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_REFUSE = 0x00050000 | errno.EPERM

# Classic BPF (linux/bpf_common.h): load a word of struct seccomp_data, jump if equal, jump if bits set, return.
_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000  # the second set of numbers that x86_64 kernels may serve

_INSTRUCTION = struct.Struct("=HBBI")


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def restrict(numbers: Numbers | None = None, narrowed: tuple[Narrowed, ...] = ()) -> tuple[Missing, ...]:
    """Filter this process's system calls for good; return the layer with a reason where that cannot be done.

    Without numbers, the calls are those of a worker.

    The caller has set no_new_privs, without which only root may do this.
    """
    if numbers is None:
        numbers, narrowed = system_calls.native(), system_calls.narrowed(os.getpid())
    if numbers is None:
        return (Missing(layer=Layer.SECCOMP, reason="no table of system calls for this machine"),)
    code = program(numbers, narrowed)
    filter_ = _Program(len(code) // _INSTRUCTION.size, code)
    try:
        libc.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(filter_))
    except OSError as error:
        return (Missing(layer=Layer.SECCOMP, reason=f"seccomp: {os.strerror(error.errno or 0)}"),)
    return ()


def program(numbers: Numbers, narrowed: tuple[Narrowed, ...]) -> bytes:
    """Return the filter as an array of struct sock_filter.

    Each allowed call is one comparison and one return, so no jump is longer than the values of one argument.
    """
    partly = {call.name for call in narrowed}
    parts = [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_JUMP_EQUAL, numbers.audit, if_true=1),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD, _NUMBER_AT),
        _instruction(_JUMP_SET, _X32_BIT, if_false=1),
        _instruction(_RETURN, _KILL_PROCESS),
        *(_allow(number) for name, number in numbers.by_name.items() if name not in partly),
        *(_allow_partly(numbers.by_name[call.name], call) for call in narrowed),
        _instruction(_RETURN, _REFUSE),
    ]
    return b"".join(parts)


def _allow(number: int) -> bytes:
    return _instruction(_JUMP_EQUAL, number, if_false=1) + _instruction(_RETURN, _ALLOW)


def _allow_partly(number: int, call: Narrowed) -> bytes:
    # Both architectures are little-endian: the low half of a 64-bit argument comes first.
    inner = _instruction(_LOAD, _ARGUMENTS_AT + 8 * call.argument) + _allow_values(call.values)
    length = len(inner) // _INSTRUCTION.size
    return _instruction(_JUMP_EQUAL, number, if_false=length) + inner


def _allow_values(values: Iterable[int]) -> bytes:
    return b"".join(_allow(value) for value in values) + _instruction(_RETURN, _REFUSE)


def _instruction(code: int, operand: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return _INSTRUCTION.pack(code, if_true, if_false, operand)
