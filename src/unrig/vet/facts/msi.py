"""What an installer database would install and run, and what stands in a compound file outside all of its streams.

The content of the streams is that of members, which are read one by one.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from unrig.formats import msi_actions, msi_signature, msi_streams, msi_tables, msi_targets, msi_tasks, ole
from unrig.formats.der import printable
from unrig.formats.entropy import measure
from unrig.formats.image_looks import looks_like
from unrig.formats.msi_tables import Database
from unrig.formats.ole_header import Notes
from unrig.formats.ole_properties import Property, read_properties
from unrig.formats.ole_unused import Stretch
from unrig.model.errors import FormatError, LimitError
from unrig.model.fact import Extractor
from unrig.model.msi import MsiFacts, MsiSignature, Product, Slack, Summary, TableSize
from unrig.model.signature import Bytes

MAX_STREAMS = 20_000  # listed by name; the members are all read
MAX_SUMMARY = 1 << 20
MAX_TEXT = 1024
ALWAYS = "sha256"  # what deny rules and indicator lists are written with


def extract(data: memoryview) -> MsiFacts:
    """Return the facts of a compound file. Raises FormatError where it has neither header nor directory."""
    structure = ole.read(data)
    notes = Notes(structure.damaged)
    database = msi_tables.open_database(data, structure, notes)
    facts = _outside(data, structure)
    facts = _inside(facts, database, notes) if database else facts
    cabinets = frozenset(file.cabinet for file in facts.files if file.embedded)
    signature = msi_signature.read_signature(data, structure, notes)
    return replace(
        facts,
        authenticode_sha256=_digest(data, structure, signature, notes) if facts.kind != "ole" else "",
        summary=_summary(data, structure, notes),
        streams=msi_streams.stream_sizes(structure, cabinets)[:MAX_STREAMS],
        signature=signature,
        signed=msi_streams.top(structure, msi_streams.SIGNATURE) is not None,
        signed_extended=msi_streams.top(structure, msi_streams.SIGNATURE_EX) is not None,
        damaged=tuple(notes.lines),
    )


def _digest(data: memoryview, structure: ole.OleStructure, signature: MsiSignature | None, notes: Notes) -> str:
    """Return the digest that deny rules match, taken over from the signature where it is the same."""
    if signature and signature.algorithm == ALWAYS:
        return signature.digest_computed
    return msi_signature.file_digest(data, structure, ALWAYS, notes)


def _inside(facts: MsiFacts, database: Database, notes: Notes) -> MsiFacts:
    """Return the facts with what the tables say."""
    targets = msi_targets.targets(database, notes)
    steps = msi_actions.sequence(database, notes)
    actions = msi_actions.actions(database, steps, notes)
    tables = sorted(database.tables.items())
    return replace(
        facts,
        product=_product(database, notes),
        tables=tuple(TableSize(name=ole.segment(name), rows=table.rows) for name, table in tables),
        actions=actions,
        tasks=msi_tasks.tasks(actions),
        sequence=steps,
        services=msi_actions.services(database, targets, notes),
        shortcuts=msi_actions.shortcuts(database, targets, notes),
        autoruns=msi_actions.autoruns(database, notes),
        files=targets.files,
    )


def _product(database: Database, notes: Notes) -> Product:
    rows = msi_tables.rows(database, "Property", notes)
    said = {msi_tables.text(row, "Property"): _cut(msi_tables.text(row, "Value")) for row in rows}
    return Product(
        name=said.get("ProductName", ""),
        version=said.get("ProductVersion", ""),
        manufacturer=said.get("Manufacturer", ""),
        product_code=said.get("ProductCode", ""),
        upgrade_code=said.get("UpgradeCode", ""),
    )


def _summary(data: memoryview, structure: ole.OleStructure, notes: Notes) -> Summary:
    """Return the summary information ([MS-OLEPS] 2.25.1 numbers its properties)."""
    entry = msi_streams.top(structure, msi_streams.SUMMARY)
    if entry is None:
        return Summary()
    try:
        said = read_properties(ole.whole(data, structure, entry, MAX_SUMMARY), notes)
    except (FormatError, LimitError) as error:
        notes.add("summary information", "a stream that can be read", str(error))
        return Summary()
    return Summary(
        title=_said(said, 2),
        subject=_said(said, 3),
        author=_said(said, 4),
        template=_said(said, 7),
        package_code=_said(said, 9),
        application=_said(said, 18),
        created=_moment(said, 12),
        saved=_moment(said, 13),
    )


def _said(said: Mapping[int, Property], number: int) -> str:
    value = said.get(number, "")
    return _cut(value) if isinstance(value, str) else ""


def _moment(said: Mapping[int, Property], number: int) -> int:
    value = said.get(number, 0)
    return value if isinstance(value, int) else 0


def _outside(data: memoryview, structure: ole.OleStructure) -> MsiFacts:
    """Return what the file is and what stands outside its streams; the rest is empty."""
    unused, paths = structure.unused, msi_streams.paths(structure)
    return MsiFacts(
        kind=msi_streams.kind(structure),
        version=structure.header.version,
        slack_bytes=unused.slack_bytes,
        trailing=_measure(data, unused.trailing) if unused.trailing else None,
        trailing_looks_like=looks_like(data[unused.trailing.offset :]) if unused.trailing else "",
        unused=tuple(_measure(data, stretch) for stretch in unused.sectors),
        slack=tuple(
            Slack(what=stretch.what, stream=paths.get(stretch.entry, ""), bytes=_measure(data, stretch))
            for stretch in unused.slack
        ),
    )


def _measure(data: memoryview, stretch: Stretch) -> Bytes:
    return measure(data, stretch.offset, stretch.length)


def _cut(text: str) -> str:
    return printable(text[:MAX_TEXT])


EXTRACTOR = Extractor(id="msi", version=3, formats=("ole",), fills=MsiFacts, extract=extract)
