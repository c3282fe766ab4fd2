"""Resource limits of a worker (setrlimit(2))."""

from __future__ import annotations

import errno
import math
import resource
import sys
import time
from collections.abc import Iterator

from unrig.sandbox.call import MAX_DESCRIPTORS, Limits
from unrig.sandbox.layers import Layer, Missing

_STANDARD_DESCRIPTORS = 4  # the three standard streams and the channel
_GRACE_SECONDS = 2


def apply(limits: Limits, items: int) -> tuple[Missing, ...]:
    """Limit this process, which will work through that many items; return what the system does not let us limit.

    No limit can be raised again. The soft CPU limit alone moves on, item by item (`allow_item`).
    """
    cpu = limits.cpu_seconds * items + _GRACE_SECONDS
    wanted = (
        (Layer.CORE, resource.RLIMIT_CORE, 0),
        (Layer.FILE_SIZE, resource.RLIMIT_FSIZE, limits.file_bytes),
        (Layer.DESCRIPTORS, resource.RLIMIT_NOFILE, MAX_DESCRIPTORS + _STANDARD_DESCRIPTORS + MAX_DESCRIPTORS),
        (Layer.PROCESSES, resource.RLIMIT_NPROC, 0),
        (Layer.CPU, resource.RLIMIT_CPU, cpu),
    )
    return (*_memory(limits.memory_bytes), *_each(wanted))


def allow_item(limits: Limits) -> None:
    """Let this process use the CPU time of one more item from now on; SIGXCPU ends it when that is spent."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(time.process_time()) + limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _each(wanted: tuple[tuple[Layer, int, int], ...]) -> Iterator[Missing]:
    for layer, limit, value in wanted:
        try:
            _set(limit, value)
        except (OSError, ValueError) as error:
            yield Missing(layer=layer, reason=f"setrlimit: {error}")


def _set(limit: int, value: int) -> None:
    """Set both limits to `value`, or to the hard limit that stands where that is lower."""
    _soft, hard = resource.getrlimit(limit)
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (least, least))


def _memory(budget: int) -> Iterator[Missing]:
    """RLIMIT_AS counts every mapping, the libraries of the fork server too: so the budget is added to those."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123  (pathlib costs more than the read)
            mapped = int(statm.read().split()[0]) * resource.getpagesize()
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "error")
        yield Missing(layer=Layer.MEMORY, reason=f"{sys.platform} does not say what is mapped ({name})")
        return
    yield from _each(((Layer.MEMORY, resource.RLIMIT_AS, mapped + budget),))
