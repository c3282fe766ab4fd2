"""What the tests of the writers share: one PE that holds some of everything, and its oracle."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import lief
import pytest

from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.pe_spec import ExportSpec, Machine, PeSpec, ResourceSpec, RichTool, SectionSpec

lief.logging.disable()


def full_spec(machine: Machine) -> PeSpec:
    """Return a spec that uses every field."""
    return PeSpec(
        machine=machine,
        timestamp=0x63F00000,
        functions=30,
        sections=(
            SectionSpec(name=".extra", size=3_000),
            SectionSpec(name=".wx", size=700, characteristics=0xE0000040),
        ),
        imports={"KERNEL32.dll": ("CreateFileW", "ReadFile", "VirtualProtect"), "WS2_32.dll": ("#3", "connect")},
        delay_imports={"USER32.dll": ("MessageBoxW", "#7"), "GDI32.dll": ("BitBlt",)},
        exports=(
            ExportSpec(name="codec_open"),
            ExportSpec(name="codec_close"),
            ExportSpec(name="other", forwarder="OTHERLIB.Thing"),
        ),
        export_name="mediacore.dll",
        version={"CompanyName": "Contoso Voice Ltd", "FileVersion": "3.14.15.9", "OriginalFilename": "mediacore.dll"},
        resources=(ResourceSpec(size=99), ResourceSpec(type="DRILL", name="THING", size=40, language=0x407)),
        pdb_path="D:\\build\\mediacore.pdb",
        repro=True,
        rich=(RichTool(product=0x105, build=30_795, count=17), RichTool(product=0x93, build=77, count=2)),
        strings=("shaderforge_31.dll", "https://cdn.example.invalid/x"),
        wide_strings=("rastercore_9.dll",),
        overlay=PayloadSpec(size=1_001),
        coff_symbols=6,
    )


Parse = Callable[[bytes], lief.PE.Binary]


@pytest.fixture(scope="session")
def parse() -> Parse:
    """LIEF's reader; it keeps the last files alive, since LIEF's entries outlive neither them nor the process."""
    kept: deque[lief.PE.Binary] = deque(maxlen=8)
    config = lief.PE.ParserConfig()
    config.parse_exceptions = True

    def read(data: bytes) -> lief.PE.Binary:
        found = lief.PE.parse(list(data), config)
        assert found is not None
        kept.append(found)
        return found

    return read


@pytest.fixture(params=list(Machine))
def spec(request: pytest.FixtureRequest) -> PeSpec:
    """The full spec, for each machine."""
    return full_spec(request.param)
