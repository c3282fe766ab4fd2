"""Real PEs against LIEF, where real ones are at hand: every wheel under UNRIG_CORPORA is read."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import lief
import pytest

from unrig.model.pe import PeFacts
from unrig.vet.facts.pe import extract

CORPORA = os.environ.get("UNRIG_CORPORA", "")
pytestmark = pytest.mark.skipif(not CORPORA, reason="UNRIG_CORPORA is not set")


def programs(wheel: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            data = archive.read(name) if name.endswith((".dll", ".exe", ".pyd")) else b""
            if data[:2] == b"MZ":
                yield data


def theirs(data: bytes) -> lief.PE.Binary:
    binary = lief.parse(data)
    assert isinstance(binary, lief.PE.Binary)
    return binary


def imports_of(entries: Iterator[lief.PE.Import]) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (one.name, tuple(f"#{entry.ordinal}" if entry.is_ordinal else entry.name for entry in one.entries))
        for one in entries
    ]


def same_headers(facts: PeFacts, other: lief.PE.Binary) -> None:
    optional = other.optional_header
    assert facts.timestamp == other.header.time_date_stamps
    assert facts.entry_point == optional.addressof_entrypoint
    assert facts.image_base == optional.imagebase
    assert facts.checksum == optional.checksum
    assert facts.subsystem == int(optional.subsystem)
    assert facts.dll_characteristics == optional.dll_characteristics
    assert facts.linker == f"{optional.major_linker_version}.{optional.minor_linker_version}"
    assert [(one.name, one.virtual_address, one.raw_offset, one.raw_size) for one in facts.sections] == [
        (one.name, one.virtual_address, one.pointerto_raw_data, one.sizeof_raw_data) for one in other.sections
    ]
    table = facts.certificate_table
    assert ((table.offset, table.length) if table else (0, 0)) == (
        other.data_directories[4].rva,
        other.data_directories[4].size,
    )


def same_tables(facts: PeFacts, other: lief.PE.Binary) -> None:
    assert [(one.library, one.functions) for one in facts.imports if not one.delayed] == imports_of(other.imports)
    assert [(one.library, one.functions) for one in facts.imports if one.delayed] == imports_of(other.delay_imports)
    exports = other.get_export().entries if other.has_exports else ()
    assert sorted((one.name, one.ordinal, one.forwarder) for one in facts.exports) == sorted(
        (
            one.name,
            one.ordinal,
            f"{one.forward_information.library}.{one.forward_information.function}" if one.is_forwarded else "",
        )
        for one in exports
    )


def same_descriptions(facts: PeFacts, other: lief.PE.Binary) -> None:
    assert [(one.timestamp, one.pdb_path) for one in facts.debug] == [
        (one.timestamp, one.filename if isinstance(one, lief.PE.CodeViewPDB) else "") for one in other.debug
    ]
    rich = other.rich_header.entries if other.has_rich_header else ()
    assert sorted((one.product, one.build, one.count) for one in facts.rich) == sorted(
        (one.id, one.build_id, one.count) for one in rich
    )
    assert facts.rich_intact
    assert sorted(one.size for one in facts.resources) == sorted(len(content) for content in leaves(other))
    if other.has_resources and other.resources_manager.has_version:
        first = other.resources_manager.version
        version = first[0] if isinstance(first, list) else first
        table = version.string_file_info.children[0]
        assert facts.version_info == {entry.key: entry.value for entry in table.entries}


def leaves(other: lief.PE.Binary) -> list[bytes]:
    found, open_nodes = [], [other.resources] if other.has_resources else []
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, lief.PE.ResourceData):
            found.append(bytes(node.content))
        open_nodes.extend(node.childs)
    return found


def test_every_program_of_every_wheel_agrees_with_lief() -> None:
    for wheel in sorted(Path(CORPORA).rglob("*win*.whl")):
        for data in programs(wheel):
            facts, other = extract(memoryview(data)), theirs(data)
            assert facts.damaged == ()
            same_headers(facts, other)
            same_tables(facts, other)
            same_descriptions(facts, other)
