"""Inside a worker: seal, then turn each item into an answer until the parent closes the channel."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import traceback
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import ProblemKind
from unrig.sandbox import limits, protocol, seal
from unrig.sandbox.call import Limits
from unrig.sandbox.messages import Assignment, Done, Failed, Sealed

_LONGEST_MESSAGE = (1 << 32) - 1  # the parent is trusted
_NO_ROOM = (errno.EFBIG, errno.ENOSPC)


class Task(Struct, frozen=True, kw_only=True):
    """A function found and ready to be called."""

    function: Callable[[Any, tuple[int, ...]], object]
    argument: msgspec.msgpack.Decoder[Any]
    limits: Limits


def work(channel: socket.socket, task: Task, *, items: int, parent: int) -> None:
    """Seal this process and answer up to that many items; return when the parent has closed the channel."""
    layers = seal.seal(task.limits, items=items, parent=parent)
    protocol.send(channel, msgspec.msgpack.encode(Sealed(layers=layers)))
    while (frame := protocol.receive(channel, _LONGEST_MESSAGE)) is not None:
        limits.allow_item(task.limits)
        assignment = msgspec.msgpack.decode(frame.body, type=Assignment)
        protocol.send(channel, msgspec.msgpack.encode(answer(task, assignment, frame.descriptors)))
        _close(frame.descriptors)


def answer(task: Task, assignment: Assignment, descriptors: tuple[int, ...]) -> Done | Failed:
    """Return the function's encoded result, or what it raised; every exception becomes a value here."""
    index = assignment.index
    try:
        value = msgspec.msgpack.encode(task.function(task.argument.decode(assignment.argument), descriptors))
    except FormatError as error:
        return Failed(
            index=index,
            kind=ProblemKind.FORMAT,
            where=error.where,
            expected=error.expected,
            observed=error.observed,
        )
    except LimitError as error:
        return Failed(
            index=index,
            kind=ProblemKind.LIMIT,
            where=error.where,
            expected=error.limit,
            observed=error.observed,
        )
    except MemoryError:
        value = None  # what filled the memory is freed when this block is left, so the answer is made after it
    except Exception as error:  # noqa: BLE001  (the worker boundary: a defect costs one item and is reported)
        return _defect(index, error)
    if value is None:
        return _over(index, f"{task.limits.memory_bytes} bytes of memory", "more were needed")
    if len(value) > task.limits.result_bytes:
        return _over(index, f"{task.limits.result_bytes} bytes in a result", f"{len(value)} bytes")
    return Done(index=index, value=Raw(value))


def _over(index: int, limit: str, observed: str) -> Failed:
    return Failed(index=index, kind=ProblemKind.LIMIT, where="", expected=f"at most {limit}", observed=observed)


def _defect(index: int, error: Exception) -> Failed:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return _over(index, "the room for written files", os.strerror(error.errno or 0))
    return Failed(
        index=index,
        kind=ProblemKind.DEFECT,
        where="",
        expected="a result",
        observed="".join(traceback.format_exception_only(error)).strip(),
        traceback="".join(traceback.format_exception(error)),
    )


def _close(descriptors: tuple[int, ...]) -> None:
    for descriptor in descriptors:
        with contextlib.suppress(OSError):  # the function may have closed it
            os.close(descriptor)
