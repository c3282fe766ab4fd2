"""Fixtures of the byte grammars."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import Machine, PeSpec
from unrig.formats.pe import Directory, read_header
from unrig.formats.pe_map import Image, image

FlatImage = Callable[..., Image]


@pytest.fixture(scope="session")
def flat() -> FlatImage:
    """Bytes as an image whose addresses are their offsets, with one data directory at address 16."""
    headers = {
        machine: read_header(memoryview(build_pe(PeSpec(machine=machine), 1))) for machine in (Machine.X64, Machine.X86)
    }

    def lay(raw: bytes, index: int, *, size: int = 0x1000, machine: Machine = Machine.X64) -> Image:
        header = headers[machine]
        directories = [Directory()] * 16
        directories[index] = Directory(rva=16, size=size)
        bare = replace(
            header,
            directories=tuple(directories),
            sections=(),
            optional=replace(header.optional, headers_size=len(raw) + 16),
        )
        return image(memoryview(bytes(16) + raw), bare)

    return lay
