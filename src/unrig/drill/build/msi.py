"""Windows Installer packages: a database, its cabinet and what custom actions would run, all of it inert."""

from __future__ import annotations

import struct
import uuid

from msgspec import Struct
from msgspec.structs import replace

from unrig.drill.build.cab import CabFile, CabFolder, CabMethod, build_cab
from unrig.drill.build.msi_database import Cell, Pool, database, stream_name
from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.payload import PayloadSpec, fill
from unrig.drill.build.pe_spec import check_text
from unrig.drill.build.seeds import stream

CLASS_ID = "000C1084-0000-0000-C000-000000000046"
CABINET = "Data1.cab"
SIGNATURE, SIGNATURE_EX = "\5DigitalSignature", "\5MsiDigitalSignatureEx"
_SAVED = 1_677_758_400
"""2023-03-02: packages do not depend on the clock."""
_EPOCH, _TICKS = 11_644_473_600, 10_000_000
_HKLM = 2


class MsiFile(Struct, frozen=True, kw_only=True):
    """One file that is installed."""

    path: str
    """Below the product's folder, separated by `/`."""
    content: bytes = b""
    short_name: str = ""
    """Written in front of the long one, as `SHORT~1.EXE|name`."""


class MsiAction(Struct, frozen=True, kw_only=True):
    """One custom action that runs late in the installation."""

    name: str
    type: int = 1
    """As the SDK numbers them: 1 calls a library from the Binary table, 0xC00 more is deferred as the system."""
    source: str = ""
    target: str = ""
    number: int = 6601
    """In InstallExecuteSequence; 0 runs it nowhere."""
    condition: str = "NOT Installed"


class MsiBinary(Struct, frozen=True, kw_only=True):
    """One stream of the Binary table: an inert payload, or content."""

    name: str
    size: int = 0
    content: bytes = b""


class MsiService(Struct, frozen=True, kw_only=True):
    """One service that runs an installed file."""

    name: str
    path: str
    arguments: str = ""
    start: int = 2


class MsiValue(Struct, frozen=True, kw_only=True):
    """One registry value."""

    key: str
    name: str
    value: str
    root: int = _HKLM


class MsiSpec(Struct, frozen=True, kw_only=True):
    """A package. Nothing in it is real; addresses end in `.invalid`."""

    product: str = "Drill Phone"
    version: str = "1.2.3"
    manufacturer: str = "Contoso Voice Ltd"
    files: tuple[MsiFile, ...] = (MsiFile(path="phone.exe", content=b"inert"),)
    binaries: tuple[MsiBinary, ...] = ()
    actions: tuple[MsiAction, ...] = ()
    services: tuple[MsiService, ...] = ()
    values: tuple[MsiValue, ...] = ()
    shortcuts: tuple[str, ...] = ()
    """Paths of files that the start menu shows."""
    properties: dict[str, str] = {}
    method: CabMethod = CabMethod.STORED
    pool: Pool = Pool()
    signature: PayloadSpec = PayloadSpec()
    """What stands where a signature would: it is none."""
    more: tuple[OleStream, ...] = ()
    """Further streams, under the names they have in the file."""


def build_msi(spec: MsiSpec, layout: OleLayout | None = None, seed: int = 0) -> bytes:
    """Return the package; the same spec, layout and seed give the same bytes.

    Raises:
        ValueError: a text is too long or holds an address that could exist.
    """
    return build_ole(streams_of(spec, seed), installer_layout(layout), seed)


def installer_layout(layout: OleLayout | None) -> OleLayout:
    """Return the layout with the class of an installer, unless it has another one already."""
    layout = layout or OleLayout()
    return replace(layout, class_id=CLASS_ID) if layout.class_id == OleLayout().class_id else layout


def streams_of(spec: MsiSpec, seed: int) -> tuple[OleStream, ...]:
    """Return the streams of a package. Raises ValueError as `build_msi` does."""
    for text in _texts(spec):
        check_text(text)
    streams = [*database(_tables(spec, seed), spec.pool), _summary(spec, seed)]
    for binary in spec.binaries:
        content = binary.content or fill(seed, f"binary/{binary.name}", PayloadSpec(size=binary.size))
        streams.append(OleStream(name=stream_name(f"Binary.{binary.name}"), content=content))
    if spec.files:
        files = tuple(CabFile(name=_key(at), content=file.content) for at, file in enumerate(spec.files))
        cabinet = build_cab((CabFolder(files=files, method=spec.method),))
        streams.append(OleStream(name=stream_name(CABINET), content=cabinet))
    if spec.signature.size:
        streams.append(OleStream(name=SIGNATURE, content=fill(seed, "signature", spec.signature)))
    return (*streams, *spec.more)


def _texts(spec: MsiSpec) -> list[str]:
    texts = [spec.product, spec.version, spec.manufacturer, *spec.properties, *spec.properties.values()]
    texts += [text for file in spec.files for text in (file.path, file.short_name)]
    texts += [text for a in spec.actions for text in (a.name, a.source, a.target, a.condition)]
    texts += [text for s in spec.services for text in (s.name, s.arguments)]
    return texts + [text for v in spec.values for text in (v.key, v.name, v.value)]


def _key(index: int) -> str:
    """Return the key of a file, its name inside the cabinet."""
    return f"F{index:04}"


def _tables(spec: MsiSpec, seed: int) -> dict[str, list[tuple[Cell, ...]]]:
    """Return the rows of every table that has some."""
    tables: dict[str, list[tuple[Cell, ...]]] = {
        "Property": [*_properties(spec, seed).items()],
        "Directory": _directories(spec),
        "Component": [(f"C{at}", _guid(seed, f"c{at}"), _folder(f.path), 0, None, _key(at)) for at, f in _files(spec)],
        "Feature": [("Main", None, "Main", 1, 1, 0)],
        "FeatureComponents": [("Main", f"C{at}") for at, _ in _files(spec)],
        "File": [(_key(at), f"C{at}", _name(f), len(f.content), None, None, 512, at + 1) for at, f in _files(spec)],
        "Media": [(1, len(spec.files), None, f"#{CABINET}", None, None)] if spec.files else [],
        "Binary": [(binary.name, 1) for binary in spec.binaries],
        "CustomAction": [(a.name, a.type, a.source, a.target, None) for a in spec.actions],
        "InstallExecuteSequence": [
            *(("CostInitialize", None, 800), ("InstallInitialize", None, 1500), ("InstallFiles", None, 4000)),
            ("InstallFinalize", None, 6600),
            *((a.name, a.condition, a.number) for a in spec.actions if a.number),
        ],
        "InstallUISequence": [("CostInitialize", None, 800), ("ExecuteAction", None, 1300)],
        "ServiceInstall": [
            (f"S{at}", s.name, None, 16, s.start, 1, None, s.arguments, _component(spec, s.path))
            for at, s in enumerate(spec.services)
        ],
        "Shortcut": [
            (f"L{at}", "ProgramMenuFolder", f"LINK{at}|{spec.product} {at}", _component(spec, path), "Main", None)
            for at, path in enumerate(spec.shortcuts)
        ],
        "Registry": [(f"R{at}", v.root, v.key, v.name, v.value, "C0") for at, v in enumerate(spec.values)],
    }
    return {name: rows for name, rows in tables.items() if rows}


def _files(spec: MsiSpec) -> list[tuple[int, MsiFile]]:
    return list(enumerate(spec.files))


def _name(file: MsiFile) -> str:
    own = file.path.rpartition("/")[2]
    return f"{file.short_name}|{own}" if file.short_name else own


def _component(spec: MsiSpec, path: str) -> str:
    return f"C{[file.path for file in spec.files].index(path)}"


def _folder(path: str) -> str:
    """Return the key of the folder that a file stands in."""
    above = path.rpartition("/")[0]
    return f"D.{above.replace('/', '.')}" if above else "INSTALLDIR"


def _directories(spec: MsiSpec) -> list[tuple[Cell, ...]]:
    rows: dict[str, tuple[Cell, ...]] = {
        "TARGETDIR": ("TARGETDIR", None, "SourceDir"),
        "ProgramFilesFolder": ("ProgramFilesFolder", "TARGETDIR", "."),
        "ProgramMenuFolder": ("ProgramMenuFolder", "TARGETDIR", "."),
        "INSTALLDIR": ("INSTALLDIR", "ProgramFilesFolder", f"DRILL~1|{spec.product}:src|{spec.product} source"),
    }
    for file in spec.files:
        way = file.path.split("/")[:-1]
        for depth, name in enumerate(way):
            inner = "/".join(way[: depth + 1]) + "/"
            rows[_folder(inner)] = (_folder(inner), _folder("/".join(way[:depth]) + "/" if depth else ""), name)
    return list(rows.values())


def _guid(seed: int, label: str) -> str:
    return f"{{{str(uuid.UUID(bytes=stream(seed, f'guid/{label}', 16))).upper()}}}"


def _properties(spec: MsiSpec, seed: int) -> dict[str, str]:
    return {
        "ProductName": spec.product,
        "ProductVersion": spec.version,
        "Manufacturer": spec.manufacturer,
        "ProductLanguage": "1033",
        "ProductCode": _guid(seed, "product"),
        "UpgradeCode": _guid(seed, "upgrade"),
        **spec.properties,
    }


def _summary(spec: MsiSpec, seed: int) -> OleStream:
    """Return the summary information ([MS-OLEPS] 2.21): a property set of one section."""
    texts = {2: "Installation Database", 3: spec.product, 4: spec.manufacturer, 7: "x64;1033"}
    texts |= {9: _guid(seed, "package"), 18: "UNRIG DRILL, NOT AN INSTALLER"}
    values = {1: struct.pack("<IHxx", 2, 1252)}
    for number, text in texts.items():
        raw = text.encode("cp1252") + b"\0"
        values[number] = struct.pack("<II", 30, len(raw)) + raw + bytes(-len(raw) % 4)
    for number in (12, 13):
        values[number] = struct.pack("<IQ", 64, (_SAVED + _EPOCH) * _TICKS)
    values |= {14: struct.pack("<II", 3, 200), 15: struct.pack("<II", 3, 2)}
    at, index, body = 8 + 8 * len(values), b"", b""
    for number, value in sorted(values.items()):
        index += struct.pack("<II", number, at + len(body))
        body += value
    section = struct.pack("<II", at + len(body), len(values)) + index + body
    name = uuid.UUID("f29f85e0-4ff9-1068-ab91-08002b27b3d9").bytes_le
    head = struct.pack("<HHI16xI", 0xFFFE, 0, 0x00020005, 1) + name + struct.pack("<I", 48)
    return OleStream(name="\5SummaryInformation", content=head + section)
