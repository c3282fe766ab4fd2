"""Where a product stands on each device, and when it was the release of a manifest: told from what was loaded.

A folder is the product's where at least two files of the manifest were loaded by name, one of them a program that
the manifest ships: libraries are shared between products (many programs ship their own build of the same library),
and Microsoft's are everywhere. Updates replace files in place and leave most of them as they were, so what a folder
holds at some moment is told by the last program that started from it: the manifest's own, or another version's.
Where no hash of a program is known, it is the release while more file names agree with the manifest than differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from unrig.hunt.expressions import file_name, folder, parameters
from unrig.hunt.kinds import Needs, Tables
from unrig.model.lead import ManifestLead

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = (
    {
        "module_load": frozenset({"device", "image", "module", "sha256"}),
    },
)
PROGRAM = ".exe"
LEAST_FILES = 2
"""One name alone is a coincidence: `setup.exe` in Downloads is nobody's product folder."""
SYSTEM = r"^([a-z]:|\\device\\harddiskvolume[0-9]+|\\systemroot)?\\windows(\\|$)|^/(usr/)?lib|^/system/"


class ProductFolders(Struct, frozen=True, kw_only=True):
    """Expressions, nothing run yet."""

    loads: ir.Table
    """Programs started and modules loaded with their SHA-256: device, user, process, path, name, folder, sha256, signed,
    signature_status, time, source, record, offset."""
    entries: ir.Table
    """One row an entry of a manifest: of, product, name, sha256, program, rigged, since, until."""
    folders: ir.Table
    """One row a lead, device and product folder: of, device, root, agreeing, differing (numbers of file names)."""
    inside: ir.Table
    """The loads in or below a product folder: those columns and `current`, whether the folder held the release then."""


def product_folders(tables: Tables, leads: tuple[ManifestLead, ...]) -> ProductFolders:
    """Return where the products of these leads stand."""
    loads, entries = _loads(tables), manifest_entries(leads)
    folders = _folders(tables, loads, entries)
    held = _with_state(inside(loads, folders), _states(loads, entries, folders))
    return ProductFolders(loads=loads, entries=entries, folders=folders, inside=held)


def manifest_entries(leads: tuple[ManifestLead, ...]) -> ir.Table:
    """Return one row an entry of a manifest, with the columns that `ProductFolders.entries` names."""
    every = [(lead, entry) for lead in leads for entry in lead.entries if entry.sha256]
    names = [entry.path.replace("\\", "/").rsplit("/", 1)[-1].lower() for _, entry in every]
    return parameters(
        {
            "of": [lead.id for lead, _ in every],
            "product": [f"{lead.product} {lead.version}".strip() for lead, _ in every],
            "name": names,
            "sha256": [entry.sha256.lower() for _, entry in every],
            "program": [name.endswith(PROGRAM) for name in names],
            "rigged": [entry.sha256 in lead.rigged for lead, entry in every],
            "since": [lead.window.since for lead, _ in every],
            "until": [lead.window.until for lead, _ in every],
        },
        times=("since", "until"),
        flags=("program", "rigged"),
    )


def _loads(tables: Tables) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    started, loaded = tables["process"], tables["module_load"]
    both = ibis.union(
        started.select(
            "device", "user", "time", "source", "record", "offset", "sha256",
            process=started.image, path=started.image,
            signed=ibis.null("boolean"), signature_status=ibis.null("string"),
        ),
        loaded.select(
            "device", "user", "time", "source", "record", "offset", "sha256",
            process=loaded.image, path=loaded.module,
            signed=loaded.signed, signature_status=loaded.signature_status,
        ),
    )  # fmt: skip
    known = both.filter(both.sha256.notnull(), both.path.notnull(), both.device.notnull())
    return known.mutate(name=file_name(known.path), folder=folder(known.path))


def _folders(tables: Tables, loads: ir.Table, entries: ir.Table) -> ir.Table:
    """Count for each lead, device and folder the names that agree with the manifest and those that differ."""
    files = loads.select("device", "folder", "name", "sha256").distinct()
    wanted = entries.select("of", "name", wanted=entries.sha256).distinct()
    matched = files.inner_join(wanted, "name")
    judged = matched.group_by("of", "device", "folder", "name", "sha256").agg(
        agrees=(matched.sha256 == matched.wanted).any()
    )
    counted = judged.group_by("of", "device", "folder").agg(
        agreeing=judged.name.nunique(where=judged.agrees),
        differing=judged.name.nunique(where=~judged.agrees),
        names=judged.name.nunique(),
    )
    homes = program_folders(tables, entries)
    found = counted.semi_join(homes, ["of", "device", "folder"])
    return found.filter(found.names >= LEAST_FILES, ~found.folder.re_search(SYSTEM)).select(
        "of", "device", "agreeing", "differing", root=found.folder
    )


def program_folders(tables: Tables, entries: ir.Table) -> ir.Table:
    """Return where a program of the manifest ran, by name; every folder counts for a manifest without programs."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    images = ibis.union(*(tables[name].select("device", "image").distinct() for name in ("process", "module_load")))
    images = images.filter(images.image.notnull()).distinct()
    ran = images.mutate(name=file_name(images.image), folder=folder(images.image))
    programs = entries.filter(entries.program).select("of", "name").distinct()
    homes = ran.inner_join(programs, "name").select("of", "device", "folder")
    bare = entries.group_by("of").agg(programs=entries.program.sum()).filter(lambda found: found.programs == 0)
    modules = tables["module_load"]
    anywhere = modules.filter(modules.module.notnull()).select("device", folder=folder(modules.module)).distinct()
    return ibis.union(homes, anywhere.cross_join(bare.select("of")).select("of", "device", "folder")).distinct()


def inside(loads: ir.Table, roots: ir.Table) -> ir.Table:
    """Return the loads in or below a product folder; the deepest one counts."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    pairs = loads.select("device", "folder").distinct().inner_join(roots, "device")
    pairs = pairs.filter(
        (pairs.folder == pairs.root)
        | pairs.folder.startswith(pairs.root + "\\")
        | pairs.folder.startswith(pairs.root + "/")
    )
    place = ibis.window(group_by=["of", "device", "folder"], order_by=[pairs.root.length().desc(), pairs.root])
    deepest = pairs.mutate(place=ibis.row_number().over(place))
    return loads.inner_join(deepest.filter(deepest.place == 0).drop("place"), ["device", "folder"])


def _states(loads: ir.Table, entries: ir.Table, roots: ir.Table) -> ir.Table:
    """Return from when to when the last program started from a folder was the manifest's own, or another version's."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    programs = entries.filter(entries.program).select("of", "name", wanted=entries.sha256).distinct()
    ran = loads.inner_join(programs, "name")
    ran = ran.semi_join(roots.select("of", "device", folder=roots.root), ["of", "device", "folder"])
    ran = ran.group_by("of", "device", "time", root=ran.folder).agg(own=(ran.sha256 == ran.wanted).any())
    after = ibis.window(group_by=["of", "device", "root"], order_by="time")
    return ran.mutate(ended=ran.time.lead().over(after)).select(
        "of", "device", "root", "own", "ended", started=ran.time
    )


def _with_state(inside: ir.Table, states: ir.Table) -> ir.Table:
    """Say of each load what its folder held then; before the first start it held what started first."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    order = ibis.window(group_by=["of", "device", "root"], order_by="started")
    first = states.mutate(place=ibis.row_number().over(order))
    spans = first.mutate(started=ibis.ifelse(first.place == 0, ibis.null("timestamp(6)"), first.started))
    keys = ("of", "device", "root")
    joined = inside.left_join(
        spans,
        [
            *(inside[key] == spans[key] for key in keys),
            spans.started.isnull() | (inside.time >= spans.started),
            spans.ended.isnull() | (inside.time < spans.ended),
        ],
    )
    return joined.select(
        *(inside[name] for name in inside.columns),
        current=ibis.coalesce(joined.own, inside.agreeing > inside.differing),
    )
