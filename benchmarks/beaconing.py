"""How fast beacons are found, and with how much memory: `python -m benchmarks.beaconing [--rows N]...`.

The aims are for two idle cores: 10 M connections in 15 s and 1.5 GB, 100 M in 150 s and 3 GB, the growth no worse than
linear. The connections are drawn, and drawing them is not counted: people browse in sessions within working hours,
three programs of each device look for updates every hour, one device in fifty beacons with a jitter. Copies would
prove nothing, so the share of distinct rows is printed.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import threading
import time

import numpy as np
import pyarrow as pa

from benchmarks.processes import anonymous
from unrig.data.events import arrow_schema
from unrig.hunt.analytics.beacon import ANALYTIC
from unrig.hunt.sightings import About, counted, sightings
from unrig.hunt.stages import held, with_held
from unrig.store.event_tables import MEMORY, EventTables, event_tables

DAYS = 7
HOURS = DAYS * 24
HOSTS = 20_000
ROWS_A_DEVICE = 5_000
UPDATERS = 3
ONE_IN = 50
"""One device of so many beacons."""
SESSION = 8
"""Contacts with a host at a time, on average."""
PART = 1_000_000
START = np.datetime64("2024-03-04", "us")
ROWS = (1_000_000, 10_000_000)
AIMS = {10_000_000: (15.0, 1500.0), 100_000_000: (150.0, 3000.0)}
"""Rows to seconds and MB."""
EVERY = 0.02


def main() -> None:
    """Measure each size in a process of its own, so that none inherits another's memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    for rows in given.rows or ROWS:
        if given.alone:
            measure(rows, given.seed)
        else:
            own = [sys.executable, "-m", "benchmarks.beaconing", "--alone", f"--rows={rows}", f"--seed={given.seed}"]
            subprocess.run(own, check=True)


def measure(rows: int, seed: int) -> None:
    """Draw connections, ask once, print."""
    draw = np.random.default_rng(seed)
    with event_tables() as store:
        parts = range(0, rows, PART)
        distinct = sum(fill(store, draw, first, min(PART, rows - first)) for first in parts)
        peak = _Peak()
        before, wall = _cpu(), time.monotonic()
        about = {ANALYTIC.id: About(title=ANALYTIC.title, techniques=ANALYTIC.techniques)}
        with held(store, ANALYTIC, (), ""):
            answer = store.answer(counted(ANALYTIC.rows(with_held(store, ANALYTIC), ())))
        found = list(sightings(answer, about))
        used, wall = _cpu() - before, time.monotonic() - wall
        most = peak.stop()
    seconds, memory = AIMS.get(rows, (float("inf"), float("inf")))
    aim = f", aim <= {seconds:.0f} s and {memory:.0f} MB" if rows in AIMS else ""
    missed = "  <- missed" if wall > seconds or most > memory else ""
    print(
        f"  beacons in {rows:,} connections ({distinct / rows:.0%} of the rows distinct, {len(found)} sightings):"
        f" {wall:.1f} s, {used:.1f} s CPU, peak {most:.0f} MB, DuckDB's limit {MEMORY}{aim}{missed}",
        flush=True,
    )


class _Peak:
    """The most anonymous memory of this process, looked at every EVERY seconds."""

    def __init__(self) -> None:
        self._most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(EVERY):
            self._most = max(self._most, anonymous("self"))

    def stop(self) -> float:
        """Return the most so far in MB."""
        self._done.set()
        self._thread.join()
        return self._most / 1024


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def fill(store: EventTables, draw: np.random.Generator, first: int, rows: int) -> int:
    """Append that many connections; return how many differ from all others of this part."""
    devices = max(1, rows // ROWS_A_DEVICE)
    checks, beacons = devices * UPDATERS * HOURS, max(1, devices // ONE_IN) * HOURS
    browsed = max(0, rows - checks - beacons)
    device, host, seconds, size = (
        np.concatenate(parts)[:rows]
        for parts in zip(
            _browsing(draw, browsed, devices),
            _updates(draw, checks, devices),
            _beacons(draw, beacons, devices, HOSTS + UPDATERS + first // PART * devices),
            strict=True,
        )
    )
    times = START + (np.maximum(seconds, 0) * 1e6).astype("timedelta64[us]")
    base = first // ROWS_A_DEVICE
    columns = {
        "time": pa.array(times),
        "device": pa.array([f"pc{number}" for number in range(base, base + devices)]).take(pa.array(device)),
        "source": pa.repeat("drawn", rows),
        "record": pa.array(np.arange(first, first + rows)),
        "destination_ip": _addresses(int(host.max()) + 1).take(pa.array(host)),
        "destination_port": pa.repeat(443, rows),
        "bytes_out": pa.array(size),
    }
    schema = arrow_schema("network")
    arrays = [columns[field.name] if field.name in columns else pa.nulls(rows, field.type) for field in schema]
    store.append(
        "network", pa.table([each.cast(field.type) for each, field in zip(arrays, schema, strict=True)], schema)
    )
    keys = np.stack([device, host, times.astype("int64"), size])
    return int(np.unique(keys, axis=1).shape[1])


Drawn = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Device, host, second and size."""


def _browsing(draw: np.random.Generator, rows: int, devices: int) -> Drawn:
    """People visit popular hosts more often, some contacts at a time, in ten hours of each day."""
    visits = draw.integers(0, max(1, rows // SESSION), rows)
    each = max(1, rows // SESSION)
    device, host = draw.integers(0, devices, each), np.minimum(draw.zipf(1.3, each), HOSTS) - 1
    came = draw.integers(0, DAYS, each) * 86400.0 + draw.uniform(0, 36000, each)
    return device[visits], host[visits], came[visits] + draw.exponential(40, rows), draw.integers(60, 90_000, rows)


def _updates(draw: np.random.Generator, rows: int, devices: int) -> Drawn:
    """Programs of each device look for updates every hour, give or take a minute."""
    pair = np.arange(rows) // HOURS
    return pair // UPDATERS % devices, HOSTS + pair % UPDATERS, *_by_the_clock(draw, rows, 60.0)


def _beacons(draw: np.random.Generator, rows: int, devices: int, host: int) -> Drawn:
    """Let some devices contact a host of their own every hour, give or take ten minutes."""
    pair = np.arange(rows) // HOURS
    return pair % devices, host + pair, *_by_the_clock(draw, rows, 600.0)


def _by_the_clock(draw: np.random.Generator, rows: int, jitter: float) -> tuple[np.ndarray, np.ndarray]:
    seconds = np.arange(rows) % HOURS * 3600.0 + draw.uniform(-jitter, jitter, rows)
    return seconds, 180 + draw.integers(0, 8, rows)


def _addresses(count: int) -> pa.Array:
    return pa.array([f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}" for n in range(count)])


if __name__ == "__main__":
    main()
