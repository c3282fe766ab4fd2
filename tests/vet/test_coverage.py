"""How much of a release was looked at, counted."""

from __future__ import annotations

import msgspec
from findings_kit import signed, some_bytes, view

from unrig.model.archive import ArchiveFacts
from unrig.model.elf import ElfFacts
from unrig.model.image import ImageFacts
from unrig.model.msi import MsiFacts, StreamSize
from unrig.model.pe import PeFacts
from unrig.model.place import Span
from unrig.model.problem import ProblemKind
from unrig.model.rule import ArtifactView
from unrig.model.signature import Nature, SignatureFacts, TableEntry
from unrig.vet.coverage import coverage_of, damages


def pe(**more: object) -> PeFacts:
    given: dict[str, object] = {
        "machine": "x64",
        "is_dll": True,
        "timestamp": 0,
        "reproducible": False,
        "linker": "",
        "subsystem": 2,
        "dll_characteristics": 0,
        "entry_point": 0,
        "image_base": 0,
        "checksum": 0,
        "sections": (),
        **more,
    }
    return PeFacts(**given)  # type: ignore[arg-type]


def of_format(one: ArtifactView, name: str, size: int) -> ArtifactView:
    return msgspec.structs.replace(one, artifact=msgspec.structs.replace(one.artifact, format=name, size=size))


def test_bytes_are_counted_and_unknown_leaves_named() -> None:
    known, blob = of_format(view("a.dll"), "pe", 100), of_format(view("b.bin"), "opaque", 23)
    told = coverage_of((known, blob), ("c.msi: not opened",))
    assert (told.bytes, told.accounted) == (123, 100)
    assert told.opaque == ("b.bin",)
    assert told.unopened == ("c.msi: not opened",)
    assert told.gaps == ()


def test_gaps_of_archives() -> None:
    facts = ArchiveFacts(
        format="zip", members=1, prefix=some_bytes(0, 10), gaps=(some_bytes(50, 5),), trailing=some_bytes(90, 2)
    )
    told = coverage_of((view("a.zip", "", facts),), ())
    assert told.gaps == ("a.zip: 0+10", "a.zip: 50+5", "a.zip: 90+2")


def test_gaps_behind_sections_and_in_signature_tables() -> None:
    overlay = pe(overlay=Span(offset=400, length=90), other_overlays=(Span(offset=300, length=7),))
    entry = TableEntry(
        index=0,
        offset=1000,
        declared_length=99,
        revision=0x200,
        type=2,
        der_length=50,
        unexplained=some_bytes(1058, 40),
    )
    table = signed(entries=(entry,), between=some_bytes(1100, 8), after=some_bytes(1500, 3))
    told = coverage_of((view("a.dll", "", overlay, table),), ())
    assert told.gaps == ("a.dll: 400+90", "a.dll: 300+7", "a.dll: 1058+40", "a.dll: 1100+8", "a.dll: 1500+3")


def test_alignment_is_no_gap() -> None:
    entry = TableEntry(
        index=0,
        offset=1000,
        declared_length=64,
        revision=0x200,
        type=2,
        der_length=50,
        unexplained=some_bytes(1058, 6, Nature.ZEROS),
    )
    assert coverage_of((view("a.dll", "", pe(), signed(entries=(entry,))),), ()).gaps == ()


def test_each_lie_of_a_structure_is_a_problem_at_its_place() -> None:
    lying = view("a.dll", "", pe(damaged=("imports: expected a name, found none",)), SignatureFacts(damaged=("x",)))
    problems = damages((lying, view("b.dll", "", pe())))
    assert [(p.kind, p.where) for p in problems] == [
        (ProblemKind.DAMAGED, "a.dll: imports"),
        (ProblemKind.DAMAGED, "a.dll: x"),
    ]
    assert problems[0].observed == "expected a name, found none"


def test_the_tables_of_an_installer_are_no_opaque_bytes() -> None:
    streams = (
        StreamSize(path="!File", size=9, role="table"),
        StreamSize(path="Binary.x", size=9, role="binary"),
    )
    facts = MsiFacts(kind="msi", version=3, streams=streams)
    views = [of_format(view("s.msi", "", facts), "ole", 50)]
    views += [of_format(view(f"s.msi!/{stream.path}"), "opaque", 9) for stream in streams]
    told = coverage_of(views, ())
    assert (told.opaque, told.accounted) == (("s.msi!/Binary.x",), 59)


def damage_of(facts: object) -> list[str]:
    return [problem.observed for problem in damages((view("a", "", facts),))]


def test_images_and_programs_of_linux_say_what_they_lost() -> None:
    assert damage_of(ImageFacts(format="png", true_end=9, damaged=("0x8: a chunk, the end",))) == ["a chunk, the end"]
    assert damage_of(ElfFacts(end=9, damaged=("segments: 9 bytes, 8",))) == ["9 bytes, 8"]


def test_of_an_installer_the_tables_alone_and_none_of_a_transform() -> None:
    lines = (
        "table File: expected keys of their own, found 2 rows",
        "directory entry 0: expected children in the order of their names, found b before a",
        "_StringData: expected a string of 9 bytes at 0x8, found 3 bytes",
        "_StringData: expected its end at 0x8, found 7 bytes more",
        "notes: expected at most 64 kinds of damage, found more",
    )
    lost = ["keys of their own, 2 rows", "a string of 9 bytes at 0x8, 3 bytes", "at most 64 kinds of damage, more"]
    assert damage_of(MsiFacts(kind="msi", version=3, damaged=lines)) == lost
    assert damage_of(MsiFacts(kind="mst", version=3, damaged=lines)) == []


def test_what_stands_behind_a_program_for_linux_is_a_gap_unless_it_aligns() -> None:
    assert coverage_of((view("a", "", ElfFacts(end=64, overlay=some_bytes(64, 900))),), ()).gaps == ("a: 64+900",)
    assert coverage_of((view("a", "", ElfFacts(end=64, overlay=some_bytes(64, 7))),), ()).gaps == ()
