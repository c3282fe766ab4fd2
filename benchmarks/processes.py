"""Running a command and watching what its process tree uses (Linux: /proc)."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.02  # seconds between two looks at the tree


@dataclass(frozen=True)
class Used:
    """Seconds of wall clock and CPU, peak anonymous memory of the tree in MB, exit code."""

    seconds: float
    cpu: float
    peak_mb: float
    code: int


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Used:
    """Run a command to its end, output thrown away, and return what it used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    child = subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(child, peak), daemon=True)
    watcher.start()
    code = child.wait()
    seconds = time.perf_counter() - started
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Used(seconds=seconds, cpu=cpu, peak_mb=peak[0] / 1024, code=code)


def _watch(child: subprocess.Popen[bytes], peak: list[int]) -> None:
    """Keep the largest sum of RssAnon (KiB) over the child and all below it."""
    while child.poll() is None:
        peak[0] = max(peak[0], sum(anonymous(pid) for pid in _tree(child.pid)))
        time.sleep(EVERY)


def _tree(root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for task in _listed(Path(f"/proc/{pid}/task")):
            try:
                waiting += [int(word) for word in (task / "children").read_text().split()]
            except OSError:
                continue
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def anonymous(pid: int | str) -> int:
    """Return the anonymous memory of a process in KiB; 0 where it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    except OSError:
        return 0
    return 0
