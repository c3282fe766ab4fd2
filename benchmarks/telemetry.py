"""How fast telemetry is read, of rows that are not copies of each other: by one core, and by all as `unrig hunt` does it.

    python -m benchmarks.telemetry [EVENTS]

The aims are for two cores (EVTX 40,000 events a second, JSON lines 80,000). First each source is read by this process:
events a second of processor time, of which half the aim is what one core has to give. Then the same file is read by
sealed workers into the event tables: events a second of the clock, which means something on an idle machine only. The event log is the chunks of all 281 logs of evtx-to-mitre, put together (UNRIG_CORPORA).
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from unrig.data.events import columns_of
from unrig.formats.evtx_chunk import FILE_HEADER_SIZE, file_header
from unrig.hunt import pipeline
from unrig.hunt.decode import SCHEMAS
from unrig.hunt.ingest import ingest
from unrig.hunt.layers import head
from unrig.hunt.streams import Rejected, Stream
from unrig.hunt.telemetry import READERS
from unrig.sandbox.pool import Pool
from unrig.store.event_tables import event_tables

EVENTS = 200_000
AIMS = {"sysmon-jsonl": 40_000, "zeek-tsv": 40_000, "evtx": 20_000}
"""Events a second of one core's time."""
SHARE = 0.18
"""Of distinct rows in real logs (OTRF, without volatile fields): a benchmark over fewer proves nothing."""


class Measured(Struct, frozen=True, kw_only=True):
    """What reading some sources took."""

    reader: str
    rows: int
    distinct: int
    seconds: float


def main() -> None:
    """Print each reader's figure with its aim and the share of distinct rows."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory(prefix="unrig-bench-") as folder, Pool(pipeline.PRELOAD, pipeline.LIMITS) as pool:
        flat, zeek = Path(folder) / "sysmon.jsonl", Path(folder) / "dns.log"
        flat.write_text("".join(_sysmon(events)))
        zeek.write_text("".join(_zeek(events)))
        _both(flat, pool)
        _both(zeek, pool)
        corpora = os.environ.get("UNRIG_CORPORA")
        if corpora:
            with tarfile.open(Path(corpora) / "evtx-to-mitre.tar.xz") as tar:
                tar.extractall(folder, filter="data")
            logs = sorted(Path(folder).rglob("*.evtx"))
            whole = Path(folder) / "whole.evtx"
            whole.write_bytes(file_header() + b"".join(log.read_bytes()[FILE_HEADER_SIZE:] for log in logs))
            _both(whole, pool)
        else:
            print("  evtx: UNRIG_CORPORA is not set")


def _both(path: Path, pool: Pool) -> None:
    """Print what one core reads of a file, and what all workers do."""
    alone = measure([path])
    _print(alone)
    with event_tables() as store:
        ingest(_small(path.parent), store, pool)  # the workers are there before the clock runs
        begin = time.perf_counter()
        rows = sum(source.rows for source in ingest([str(path)], store, pool).sources)
        seconds = time.perf_counter() - begin
    aim = 2 * AIMS[alone.reader]
    missed = "  <- missed" if rows / seconds < aim else ""
    print(
        f"  {'':<14} {rows:9,} events {rows / seconds:9,.0f}/s by {os.cpu_count()} cores into the tables, aim >= {aim:,} by two{missed}"
    )


def _small(folder: Path) -> list[str]:
    """Return one small file for each worker."""
    found = [folder / f"small-{number}" for number in range(os.cpu_count() or 1)]
    for number, path in enumerate(found, 1):
        path.write_text("".join(_sysmon(number)))
    return [str(path) for path in found]


def measure(paths: Iterable[Path]) -> Measured:
    """Read sources of one kind in this process, as a sealed worker does, and return what it took."""
    reader, rows, seconds = "", 0, 0.0
    distinct: set[int] = set()
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            start, layers = head(descriptor)
            found = next((each for each in READERS if each.told_by(start)), None)
            if found is None:
                continue
            reader = found.id
            gc.disable()
            begin = time.process_time()
            batches = [
                each
                for each in found.read(Stream(descriptor=descriptor, source=path.name, layers=layers))
                if not isinstance(each, Rejected)
            ]
            seconds += time.process_time() - begin
            gc.enable()
            for batch in batches:
                rows += batch.rows.num_rows
                stable = [
                    name
                    for name in SCHEMAS[batch.event_class].names
                    if not columns_of(batch.event_class)[name].volatile
                ]
                distinct.update(hash(tuple(row.values())) for row in batch.rows.select(stable).to_pylist())
        finally:
            os.close(descriptor)
    return Measured(reader=reader, rows=rows, distinct=len(distinct), seconds=seconds)


def _print(found: Measured) -> None:
    rate, aim, share = found.rows / found.seconds, AIMS[found.reader], found.distinct / found.rows
    missed = "  <- missed" if rate < aim else ""
    few = f"  <- fewer than {SHARE:.0%}" if share < SHARE else ""
    print(
        f"  {found.reader:<14} {found.rows:9,} events {rate:9,.0f}/s of one core, aim >= {aim:,}{missed};"
        f" {share:.0%} of the rows distinct{few}"
    )


def _sysmon(count: int) -> Iterator[str]:
    draw = random.Random(7)
    images = [f"C:\\Program Files\\App{number}\\app{number}.exe" for number in range(60)]
    for number in range(count):
        minute, second = divmod(number // 50 % 3600, 60)
        when = f"2024-03-04 09:{minute:02}:{second:02}.{number % 1000:03}"
        event: dict[str, object] = {
            "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "SourceName": "Microsoft-Windows-Sysmon",
            "UtcTime": when, "Hostname": f"pc{draw.randrange(200)}.corp.example", "User": f"CORP\\u{draw.randrange(200)}",
            "ProcessGuid": f"{draw.getrandbits(128):032x}", "ProcessId": draw.randrange(60_000),
            "Image": draw.choice(images), "RuleName": "-", "Severity": "INFO", "RecordNumber": number, "Task": 1,
        }  # fmt: skip
        kind = draw.random()
        if kind < 0.3:
            event |= {"CommandLine": f"app.exe --id {draw.randrange(count)}", "ParentImage": draw.choice(images),
                      "ParentCommandLine": "p.exe", "Hashes": f"MD5={draw.getrandbits(128):032X},SHA256={draw.randrange(400) * 7919:064X}",
                      "IntegrityLevel": "Medium", "CurrentDirectory": "C:\\", "LogonId": "0x3e7"}  # fmt: skip
        elif kind < 0.6:
            event |= {"EventID": 3, "Protocol": "tcp", "Initiated": "true", "SourceIp": f"10.0.0.{draw.randrange(250)}",
                      "SourcePort": draw.randrange(65_000), "DestinationIp": f"1.2.{draw.randrange(250)}.{draw.randrange(250)}",
                      "DestinationPort": 443, "DestinationHostname": f"h{draw.randrange(9000)}.example"}  # fmt: skip
        elif kind < 0.8:
            event |= {"EventID": 7, "ImageLoaded": f"C:\\Windows\\System32\\m{draw.randrange(3000)}.dll", "Signed": "true",
                      "Hashes": f"SHA256={draw.randrange(3000) * 7919:064X}", "Signature": "Microsoft Windows", "SignatureStatus": "Valid"}  # fmt: skip
        else:
            event |= {
                "EventID": 22,
                "QueryName": f"h{draw.randrange(20_000)}.example",
                "QueryStatus": "0",
                "QueryResults": "::ffff:1.2.3.4;",
            }
        yield json.dumps(event) + "\n"


def _zeek(count: int) -> Iterator[str]:
    draw = random.Random(8)
    yield "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    yield "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\trcode_name\tanswers\trejected\n"
    yield "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tstring\tstring\tvector[string]\tbool\n"
    for number in range(count):
        yield (
            f"{1709542800 + number * 0.05:.6f}\tC{draw.getrandbits(60):x}\t10.0.{draw.randrange(8)}.{draw.randrange(250)}\t"
            f"{draw.randrange(65_000)}\t10.0.0.1\t53\tudp\th{draw.randrange(20_000)}.example\tA\tNOERROR\t1.2.3.{draw.randrange(250)}\tF\n"
        )


if __name__ == "__main__":
    main()
