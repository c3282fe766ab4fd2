"""Made-up logs in the formats of the readers, and the way that all reader tests read one."""

from __future__ import annotations

import datetime as dt
import os
import struct
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from unrig.data.events import arrow_schema
from unrig.hunt.kinds import Reader
from unrig.hunt.layers import head
from unrig.hunt.streams import Rejected, Stream

FILETIME_1970 = 116_444_736_000_000_000
WHEN = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"


class Read:
    """The rows of a source by class, as dictionaries, and what was rejected."""

    def __init__(self, reader: Reader, data: bytes, start: int = 0, end: int = 1 << 60) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.rejected: list[Rejected] = []
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            stream = Stream(descriptor=file.fileno(), source="s1", start=start, end=end, layers=head(file.fileno())[1])
            for found in reader.read(stream):
                if isinstance(found, Rejected):
                    self.rejected.append(found)
                    continue
                assert found.rows.schema.equals(arrow_schema(found.event_class), check_metadata=True)
                found.rows.validate(full=True)
                self.rows.setdefault(found.event_class, []).extend(found.rows.to_pylist())

    @property
    def all(self) -> list[dict[str, Any]]:
        """All rows in the order of their places."""
        return sorted((row for rows in self.rows.values() for row in rows), key=lambda row: row["offset"])

    @property
    def reasons(self) -> dict[str, int]:
        return {found.reason.name: found.count for found in self.rejected}

    def only(self) -> dict[str, Any]:
        assert not self.rejected
        [row] = self.all
        return row


@pytest.fixture(scope="session")
def read() -> type[Read]:
    return Read


@pytest.fixture(scope="session")
def told() -> Callable[[bytes], list[str]]:
    """Return the ids of all readers that take a source by its first bytes: one, or none."""

    def ids(data: bytes) -> list[str]:
        from unrig.hunt.telemetry import READERS

        return [reader.id for reader in READERS if reader.told_by(data)]

    return ids


@pytest.fixture(scope="session")
def lines() -> Callable[..., bytes]:
    """Return JSON lines of records."""
    return lambda *records: b"".join(msgspec.json.encode(record) + b"\n" for record in records)


class Xml:
    """Binary XML at its place in a chunk (libevtx, 6): names inline, no templates."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.data = bytearray()

    def element(
        self, name: str, attributes: dict[str, str], content: str | list[tuple[str, dict[str, str], Any]]
    ) -> None:
        self.data += struct.pack("<BI", 0x41 if attributes else 0x01, 0)  # no dependency id outside of templates
        size_at = len(self.data) - 4
        self._name(name)
        if attributes:
            self.data += bytes(4)
            list_at = len(self.data)
            for index, (key, value) in enumerate(attributes.items()):
                self.data.append(0x46 if index < len(attributes) - 1 else 0x06)
                self._name(key)
                self._value(value)
            struct.pack_into("<I", self.data, list_at - 4, len(self.data) - list_at)
        self.data.append(0x02)
        if isinstance(content, str):
            self._value(content)
        else:
            for child in content:
                self.element(*child)
        self.data.append(0x04)
        struct.pack_into("<I", self.data, size_at, len(self.data) - size_at - 4)

    def _name(self, name: str) -> None:
        self.data += struct.pack("<I", self.at + len(self.data) + 4)
        self.data += struct.pack("<IHH", 0, 0, len(name)) + name.encode("utf-16-le") + bytes(2)

    def _value(self, value: str) -> None:
        self.data += struct.pack("<BBH", 0x05, 0x01, len(value.encode("utf-16-le")) // 2) + value.encode("utf-16-le")


class EventLog:
    """An event log (EVTX) of made-up events."""

    def __init__(self) -> None:
        self._chunks: list[bytearray] = []
        self.places: list[int] = []
        """Offsets of the records in the file."""

    def event(self, number: int | str, provider: str, channel: str, **data: str) -> EventLog:
        computer = data.pop("computer", "PC-7.corp.example")
        time = WHEN + dt.timedelta(seconds=len(self.places))
        system = [
            ("Provider", {"Name": provider, "Guid": "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"}, []),
            ("EventID", {}, str(number)),
            ("TimeCreated", {"SystemTime": time.strftime("%Y-%m-%dT%H:%M:%S.123456Z")}, []),
            ("Execution", {"ProcessID": "4", "ThreadID": "8"}, []),
            ("Channel", {}, channel),
            ("Computer", {}, computer),
            ("Security", {"UserID": "S-1-5-18"}, []),
        ]
        body = ("EventData", {}, [("Data", {"Name": name}, value) for name, value in data.items()])
        self._add([("System", {}, system), body], time)
        return self

    def sysmon(self, number: int, **data: str) -> EventLog:
        time = WHEN + dt.timedelta(seconds=len(self.places))
        base = {"UtcTime": time.strftime("%Y-%m-%d %H:%M:%S.125")}
        return self.event(number, "Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", **base, **data)

    def _add(self, children: list[Any], time: dt.datetime) -> None:
        if not self._chunks or len(self._chunks[-1]) > 50_000:
            self._chunks.append(bytearray(512))
        chunk = self._chunks[-1]
        xml = Xml(len(chunk) + 24)
        xml.data += b"\x0f\x01\x01\x00"
        xml.element("Event", {"xmlns": NAMESPACE}, children)
        xml.data += bytes(1 + -(len(xml.data) + 29) % 8)
        size = len(xml.data) + 28
        filetime = int(time.timestamp()) * 10_000_000 + FILETIME_1970
        self.places.append(4096 + (len(self._chunks) - 1) * 65536 + len(chunk))
        chunk += struct.pack("<4sIQQ", b"**\0\0", size, len(self.places), filetime) + xml.data + struct.pack("<I", size)

    def bytes(self) -> bytes:
        return _file_header(len(self._chunks)) + b"".join(map(sealed, self._chunks))


def sealed(chunk: bytes | bytearray) -> bytes:
    """Return a chunk of 64 KiB with its header and right checksums, of a header's room and records."""
    free = len(chunk)
    made = bytearray(chunk.ljust(65536, b"\0"))
    struct.pack_into("<8sQQQQIIII", made, 0, b"ElfChnk\0", 1, 999, 1, 999, 128, 512, free, zlib.crc32(made[512:free]))
    struct.pack_into("<I", made, 124, zlib.crc32(made[128:512], zlib.crc32(made[:120])))
    return bytes(made)


def _file_header(chunks: int) -> bytes:
    fields = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, chunks - 1, 1, 128, 1, 3, 4096, chunks).ljust(120, b"\0")
    return (fields + struct.pack("<II", 0, zlib.crc32(fields))).ljust(4096, b"\0")


@pytest.fixture(scope="session")
def event_log() -> type[EventLog]:
    return EventLog


@pytest.fixture(scope="session")
def seal() -> Any:
    return sealed


@pytest.fixture(scope="session")
def corpus() -> Any:
    """Return the files of an archive of the real corpora, by name; skip without them."""

    def files(archive: str, suffix: str) -> Iterator[tuple[str, bytes]]:
        corpora = os.environ.get("UNRIG_CORPORA")
        if not corpora:
            pytest.skip("UNRIG_CORPORA is not set")
        with tarfile.open(Path(corpora) / archive) as tar:
            for member in tar:
                if member.isfile() and member.name.endswith(suffix):
                    content = tar.extractfile(member)
                    assert content is not None
                    yield member.name, content.read()

    return files
