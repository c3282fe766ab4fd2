"""However the parent ends, no process of its pool outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unrig.sandbox import libc

pytestmark = pytest.mark.skipif(not libc.LINUX, reason="looks processes up in /proc")

PARENT = """
from sandbox_tasks import Doubled, Job
from unrig.sandbox.call import Call, Item
from unrig.sandbox.pool import Pool

call = Call(function="sandbox_tasks:perform", argument=Job, result=Doubled)
items = [Item(argument=Job(do=do)) for do in ("double", "sleep", "spin")]
with Pool(("sandbox_tasks",), jobs=2) as pool:
    for index, answer in pool.map(call, items, batch=1):
        print(pool._server.process, flush=True)
"""

LOADING = """
import sys
from unrig.sandbox.pool import Pool
from unrig.sandbox.call import Call
from sandbox_tasks import Doubled, Job
from unrig.sandbox.call import Item

with Pool(("sandbox_slow",)) as pool:
    list(pool.map(Call(function="sandbox_slow:f", argument=Job, result=Doubled), [Item(argument=Job())]))
"""


def session_of(process: int) -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except OSError:
            continue
        if fields and int(fields[3]) == process and fields[0] != "Z":
            found.add(int(entry.name))
    return found


def wait_until_empty(session: int) -> set[int]:
    """Wait for the session to end, a minute at most, and return what is left of it."""
    end = time.monotonic() + 60
    while (left := session_of(session)) and time.monotonic() < end:
        time.sleep(0.02)
    return left


def start(script: str, *folders: Path) -> subprocess.Popen[str]:
    path = ":".join(str(folder) for folder in (*folders, Path(__file__).parent, os.environ["PYTHONPATH"]))
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_a_parent_that_is_ended_leaves_nothing(number: signal.Signals) -> None:
    with start(PARENT) as parent:
        assert parent.stdout is not None
        session = int(parent.stdout.readline())
        assert len(session_of(session)) >= 2
        parent.send_signal(number)
        assert parent.wait(60) != 0
    assert wait_until_empty(session) == set()


def test_a_parent_that_is_ended_while_the_server_loads_leaves_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "server"
    (tmp_path / "sandbox_slow.py").write_text(
        f"import os, pathlib, time\npathlib.Path({str(marker)!r}).write_text(str(os.getpid()) + '.')\ntime.sleep(3600)\n"
    )
    with start(LOADING, tmp_path) as parent:
        while not (marker.exists() and marker.read_text().endswith(".")):
            assert parent.poll() is None
            time.sleep(0.02)
        session = int(marker.read_text().rstrip("."))
        parent.kill()
    assert wait_until_empty(session) == set()


def test_a_server_that_is_killed_takes_its_workers_along() -> None:
    with start(PARENT) as parent:
        assert parent.stdout is not None
        session = int(parent.stdout.readline())
        workers = session_of(session) - {session}
        assert workers
        parent.send_signal(signal.SIGSTOP)  # so that it is not the parent who cleans up

        os.kill(session, signal.SIGKILL)
        end = time.monotonic() + 60
        while session_of(session) & workers and time.monotonic() < end:
            time.sleep(0.02)
        left = session_of(session) & workers
        parent.kill()
    assert left == set()
