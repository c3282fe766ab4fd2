"""How fast beacons are found: `python -m benchmarks.beaconing --rows 1000000`, CPU and wall seconds, peak memory.

The connections are drawn: devices browse in working hours, programs look for updates, one device in fifty beacons.
Rows are distinct but for chance; the share of distinct rows is printed, since copies would prove nothing.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pyarrow as pa

from unrig.data.events import arrow_schema
from unrig.hunt.analytics.beacon import ANALYTIC
from unrig.hunt.prepare import prepare
from unrig.hunt.sightings import About, counted, sightings
from unrig.store.event_tables import EventTables, event_tables

DAYS = 7
HOSTS = 20_000
ROWS_A_DEVICE = 5_000
PART = 1_000_000
START = np.datetime64("2024-03-04", "us")


def main() -> None:
    """Draw connections, ask once, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    draw = np.random.default_rng(given.seed)
    with event_tables("1GB") as store:
        distinct = sum(fill(store, draw, first, min(PART, given.rows - first)) for first in range(0, given.rows, PART))
        before = resource.getrusage(resource.RUSAGE_SELF)
        wall = time.monotonic()
        about = {ANALYTIC.id: About(title=ANALYTIC.title, techniques=ANALYTIC.techniques)}
        prepare(store)
        found = list(sightings(store.answer(counted(ANALYTIC.rows(store.tables, ()))), about))
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{given.rows:,} connections, {distinct / given.rows:.0%} distinct, {len(found)} sightings")
        print(f"{cpu:.1f} s CPU, {time.monotonic() - wall:.1f} s wall, peak {after.ru_maxrss / 1024:.0f} MiB")


def fill(store: EventTables, draw: np.random.Generator, first: int, rows: int) -> int:
    """Append that many connections; return how many differ from all others of this part."""
    devices = max(1, rows // ROWS_A_DEVICE)
    device = draw.integers(0, devices, rows)
    popular = np.minimum(draw.zipf(1.3, rows), HOSTS) - 1
    seconds = draw.integers(0, DAYS * 86400, rows).astype("float64")
    seconds = np.where(seconds % 86400 < 36000, seconds, seconds - seconds % 86400 + draw.uniform(0, 36000, rows))
    beacons = draw.random(rows) < 0.02
    order = np.cumsum(beacons) - 1
    of_beacon = order // (DAYS * 24)
    seconds = np.where(beacons, (order % (DAYS * 24)) * 3600 + draw.uniform(-600, 600, rows), seconds)
    device = np.where(beacons, of_beacon % devices, device)
    host = np.where(beacons, HOSTS + of_beacon, popular)
    size = np.where(beacons, 180 + draw.integers(0, 8, rows), draw.integers(60, 90_000, rows))
    times = START + (np.maximum(seconds, 0) * 1e6).astype("timedelta64[us]")
    base = first // ROWS_A_DEVICE
    columns = {
        "time": pa.array(times),
        "device": pa.array([f"pc{number}" for number in range(base, base + devices)]).take(pa.array(device)),
        "source": pa.repeat("drawn", rows),
        "record": pa.array(np.arange(first, first + rows)),
        "destination_ip": _addresses().take(pa.array(host)),
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


def _addresses() -> pa.Array:
    return pa.array([f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}" for n in range(HOSTS * 3)])


if __name__ == "__main__":
    main()
