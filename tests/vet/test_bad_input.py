"""Releases made to stop, fool or exhaust whoever reads them: each gives a named problem or a finding.

And every time the rest is still vetted: a rigged library lies beside, and must be found.
"""

from __future__ import annotations

import os
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from vet_kit import rules_of, same, vetted, written
from vet_saboteur import CRASH, DEFECT, ELSEWHERE, GARBAGE

from unrig.drill.build.certificate_table import Lie, TableSpec
from unrig.drill.build.payload import PayloadSpec, payload
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.zip import Method, ZipEntry, ZipLayout, build_zip
from unrig.drill.build.zip_hostile import HOSTILE_NAMES, hostile_links, hostile_names, nested_bomb, overlapping_bomb
from unrig.model.budget import Limits
from unrig.model.errors import UsageError
from unrig.model.levels import VerdictWord
from unrig.model.problem import ProblemKind
from unrig.model.results import VetResult
from unrig.sandbox import call
from unrig.sandbox.pool import Pool
from unrig.unpack import folder as folder_module
from unrig.vet import containers as containers_module
from unrig.vet import leaves as leaves_module
from unrig.vet import walk as walk_module
from unrig.vet.preload import PRELOAD

RIGGED = signed_pe(PeSpec(), SigningSpec(table=TableSpec(padding=PayloadSpec(size=40_000))), 5)
SIGNED = signed_pe(PeSpec(), SigningSpec(), 6)


def _beside(tmp_path: Path, name: str | bytes, content: bytes) -> Path:
    """Write a folder with the bad file and a rigged one."""
    release = tmp_path / "release"
    written(release / "zz-rigged.dll", RIGGED)
    with open(os.path.join(os.fsencode(release), os.fsencode(name)), "wb") as file:  # noqa: PTH118, PTH123  (bytes)
        file.write(content)
    return release


def _still_found(result: VetResult) -> VetResult:
    assert result.verdict is VerdictWord.RIGGED
    assert any(ref.path == "zz-rigged.dll" for finding in result.findings for ref in finding.artifacts)
    return result


def _table_at(pe: bytes) -> int:
    header = struct.unpack_from("<I", pe, 0x3C)[0]
    return int(struct.unpack_from("<I", pe, header + 24 + 144)[0])


def _with_der(der: bytes) -> bytes:
    """Return a PE whose certificate table holds this DER."""
    start = _table_at(SIGNED)
    padded = der + bytes(-len(der) % 8)
    table = struct.pack("<IHH", 8 + len(padded), 0x200, 2) + padded
    data = bytearray(SIGNED[:start] + table)
    struct.pack_into("<I", data, struct.unpack_from("<I", data, 0x3C)[0] + 24 + 148, len(table))
    return bytes(data)


def _nested_der(levels: int) -> bytes:
    inner = b"\x05\x00"
    for _ in range(levels):
        size = len(inner)
        inner = b"\x30" + (b"\x84" + size.to_bytes(4, "big")) + inner
    return inner


@pytest.mark.parametrize("kept", [2, 0x3E, 0x48, 0x100, 0x300, 0.5, 0.99])
def test_a_truncated_pe(tmp_path: Path, cache: Path, pool: Pool, kept: float) -> None:
    size = int(kept if kept > 1 else len(SIGNED) * kept)
    result = _still_found(vetted(_beside(tmp_path, "cut.dll", SIGNED[:size]), cache=cache, pool=pool))
    seen = [artifact for artifact in result.artifacts if artifact.path == "cut.dll"]
    assert seen[0].size == size
    assert seen[0].format != "pe" or any(problem.where.startswith("cut.dll") for problem in result.problems)


@pytest.mark.parametrize("lie", [lie for lie in Lie if lie not in (Lie.NONE, Lie.LENGTH_UNALIGNED)])
def test_a_certificate_table_that_lies(tmp_path: Path, cache: Path, pool: Pool, lie: Lie) -> None:
    bad = signed_pe(PeSpec(), SigningSpec(table=TableSpec(lie=lie)), 7)
    result = _still_found(vetted(_beside(tmp_path, "lies.dll", bad), cache=cache, pool=pool))
    named = [problem for problem in result.problems if problem.where.startswith("lies.dll")]
    accused = [f for f in result.findings if any(ref.path == "lies.dll" for ref in f.artifacts)]
    assert named or accused


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="a length of 4 GB"),
        pytest.param(b"\x30\x80\x00\x00", id="no length"),
        pytest.param(b"\x30\x82\x40\x00" + bytes(64), id="a length beyond the entry"),
        pytest.param(b"\x1f" + b"\xff" * 40, id="a tag without end"),
        pytest.param(_nested_der(10_000), id="10,000 levels"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_der_that_lies(tmp_path: Path, cache: Path, pool: Pool, der: bytes) -> None:
    result = _still_found(vetted(_beside(tmp_path, "der.dll", _with_der(der)), cache=cache, pool=pool))
    assert any(problem.where.startswith("der.dll") for problem in result.problems)
    assert not result.complete


@contextmanager
def _limits(**changes: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaves_module, "LIMITS", Limits(**changes))
        yield


@contextmanager
def _little_memory() -> Iterator[None]:
    """Check that the parent holds little, whatever the workers unpack."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(lambda: overlapping_bomb(400, 1 << 20), id="overlapping"),
        pytest.param(lambda: nested_bomb(5, 6, 1 << 16), id="nested"),
        pytest.param(lambda: build_zip((ZipEntry(name="a.bin", content=bytes(40 << 20)),)), id="one large member"),
    ],
)
def test_a_zip_bomb_ends_at_the_budget(tmp_path: Path, cache: Path, pool: Pool, bomb: object) -> None:
    release = _beside(tmp_path, "bomb.zip", bomb())  # type: ignore[operator]
    with _limits(total_bytes=8 << 20, members=2_000), _little_memory():
        first = _still_found(vetted(release, cache=cache, pool=pool))
        again = vetted(release, cache=cache, pool=pool)
    assert any(p.kind is ProblemKind.LIMIT and p.where.startswith("bomb.zip") for p in first.problems)
    assert sum(a.size for a in first.artifacts) < (8 << 20) + (1 << 20) + len(RIGGED) + (1 << 16)
    assert len(first.artifacts) <= 2_100
    assert same(again) == same(first)


def test_members_that_give_more_than_they_declare(
    tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers_module, "LIES_IN_ALL", 16 << 20)  # 1 MiB for each of 16
    liars = tuple(ZipEntry(name=f"{number}.bin", content=bytes(3 << 20), stated_size=10) for number in range(16))
    result = _still_found(vetted(_beside(tmp_path, "liars.zip", build_zip(liars)), cache=cache, pool=pool))
    limited = [problem for problem in result.problems if problem.kind is ProblemKind.LIMIT]
    assert len(limited) == 16
    assert {problem.where.partition(",")[0] for problem in limited} == {f"liars.zip!/{n}.bin" for n in range(16)}


def test_a_small_lie_about_the_size_hides_nothing(tmp_path: Path, cache: Path, pool: Pool) -> None:
    liar = build_zip((ZipEntry(name="x.dll", content=RIGGED, stated_size=10),))
    result = vetted(_beside(tmp_path, "liar.zip", liar), cache=cache, pool=pool)
    assert "liar.zip!/x.dll" in {ref.path for finding in result.findings for ref in finding.artifacts}
    assert any(p.where.startswith("liar.zip!/x.dll") and p.kind is ProblemKind.DAMAGED for p in result.problems)


def test_a_compressed_file_that_never_ends(tmp_path: Path, cache: Path, pool: Pool) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(bytes(50 << 20)) + packer.flush()
    with _limits(total_bytes=8 << 20), _little_memory():
        result = _still_found(vetted(_beside(tmp_path, "long.gz", packed), cache=cache, pool=pool))
    assert [p.kind for p in result.problems if p.where.startswith("long.gz")] == [ProblemKind.LIMIT]


def _nested_gzip(levels: int) -> bytes:
    content = b"bottom"
    for _ in range(levels):
        size = len(content)
        blocks = [content[at : at + 0xFFFF] for at in range(0, size, 0xFFFF)]
        stored = b"".join(
            struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ 0xFFFF) + block
            for number, block in enumerate(blocks, 1)
        )
        content = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stored + struct.pack("<II", zlib.crc32(content), size)
    return content


def test_ten_thousand_levels(tmp_path: Path, cache: Path, pool: Pool) -> None:
    result = _still_found(vetted(_beside(tmp_path, "deep.gz", _nested_gzip(10_000)), cache=cache, pool=pool))
    assert max(artifact.path.count("!/") for artifact in result.artifacts) == Limits().depth
    deepest = next(problem for problem in result.problems if problem.kind is ProblemKind.LIMIT)
    assert deepest.expected == "at most 16 containers within each other"


def test_folders_within_each_other(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = _beside(tmp_path, "a.txt", b"text")
    here = os.open(release, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    result = _still_found(vetted(release, cache=cache, pool=pool))
    assert any(problem.kind is ProblemKind.LIMIT for problem in result.problems)


def test_names_that_lead_elsewhere_are_labels_and_nothing_more(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = _beside(tmp_path, "names.zip", hostile_names())
    before = sorted(str(path) for path in tmp_path.rglob("*") if "cache" not in path.parts)
    result = _still_found(vetted(release, cache=cache, pool=pool))
    inside = [artifact for artifact in result.artifacts if artifact.container == "names.zip"]
    assert len({artifact.path for artifact in inside}) == len(inside) == len(HOSTILE_NAMES)
    assert all(artifact.path.isprintable() and "\\" not in artifact.path for artifact in inside)
    assert sorted(str(path) for path in tmp_path.rglob("*") if "cache" not in path.parts) == before


def test_links_inside_an_archive_are_never_followed(tmp_path: Path, cache: Path, pool: Pool) -> None:
    result = _still_found(vetted(_beside(tmp_path, "links.zip", hostile_links()), cache=cache, pool=pool))
    assert "links.zip!/up/through.txt" in {artifact.path for artifact in result.artifacts}
    assert b"root:" not in b"".join(e.window.encode() for f in result.findings for e in f.evidence)


def test_members_of_one_name_are_two_artifacts(tmp_path: Path, cache: Path, pool: Pool) -> None:
    clean = build_pe(PeSpec(), 8)
    twice = build_zip((ZipEntry(name="x.dll", content=RIGGED), ZipEntry(name="x.dll", content=clean)))
    result = vetted(written(tmp_path / "twice.zip", twice), cache=cache, pool=pool)
    paths = [artifact.path for artifact in result.artifacts]
    assert paths == ["twice.zip", "twice.zip!/x.dll", "twice.zip!/x.dll%#2"]
    assert len({artifact.id for artifact in result.artifacts}) == 3
    finding = next(finding for finding in result.findings if finding.rule == "signature-padding")
    assert [ref.path for ref in finding.artifacts] == ["twice.zip!/x.dll"]
    assert finding.artifacts[0].sha256 == result.artifacts[1].sha256


def test_a_name_that_is_not_utf8(tmp_path: Path, cache: Path, pool: Pool) -> None:
    result = _still_found(vetted(_beside(tmp_path, b"latin-\xe9.dll", SIGNED), cache=cache, pool=pool))
    assert "latin-%E9.dll" in {artifact.path for artifact in result.artifacts}


@pytest.mark.parametrize("name", ["empty.dll", "empty.zip"])
def test_an_empty_file(tmp_path: Path, cache: Path, pool: Pool, name: str) -> None:
    result = _still_found(vetted(_beside(tmp_path, name, b""), cache=cache, pool=pool))
    assert next(artifact.size for artifact in result.artifacts if artifact.path == name) == 0
    alone = vetted(written(tmp_path / name, b""), cache=cache, pool=pool)
    assert [artifact.size for artifact in alone.artifacts] == [0]


def test_an_archive_of_nothing(tmp_path: Path, cache: Path, pool: Pool) -> None:
    result = vetted(written(tmp_path / "empty.zip", build_zip(())), cache=cache, pool=pool)
    assert [artifact.path for artifact in result.artifacts] == ["empty.zip"]


def test_a_directory_that_claims_more_than_it_has(tmp_path: Path, cache: Path, pool: Pool) -> None:
    lying = build_zip((ZipEntry(name="x.txt", content=b"x"),), ZipLayout(stated_entries=60_000))
    result = _still_found(vetted(_beside(tmp_path, "claims.zip", lying), cache=cache, pool=pool))
    assert "claims.zip!/x.txt" in {artifact.path for artifact in result.artifacts}


def test_what_cannot_be_opened_is_named_and_the_rest_vetted(tmp_path: Path, cache: Path, pool: Pool) -> None:
    locked = build_zip(
        (
            ZipEntry(name="secret.dll", content=SIGNED, encrypted=True),
            ZipEntry(name="zz-rigged.dll", content=RIGGED, method=Method.STORED),
        )
    )
    result = vetted(written(tmp_path / "locked.zip", locked), cache=cache, pool=pool)
    assert result.verdict is VerdictWord.RIGGED
    assert [(p.kind, p.where) for p in result.problems] == [(ProblemKind.UNSUPPORTED, "locked.zip!/secret.dll")]
    clean = build_zip((ZipEntry(name="secret.dll", content=SIGNED, encrypted=True),))
    alone = vetted(written(tmp_path / "alone.zip", clean), cache=cache, pool=pool)
    assert (alone.verdict, alone.complete) == (VerdictWord.INCOMPLETE, False)


def test_links_pipes_and_sockets_of_a_folder(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = _beside(tmp_path, "a.txt", b"text")
    (release / "passwd").symlink_to("/etc/passwd")
    (release / "inside").symlink_to("a.txt")
    (release / "circle").symlink_to("circle")
    os.mkfifo(release / "pipe")
    result = _still_found(vetted(release, cache=cache, pool=pool))
    assert {p.where for p in result.problems} >= {"passwd", "pipe"}
    assert not {"passwd", "pipe"} & {artifact.path for artifact in result.artifacts}


def test_a_folder_without_permission(tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    release = _beside(tmp_path, "a.txt", b"text")
    written(release / "secret" / "x.dll", SIGNED)
    honest = folder_module._open_below

    def refused(root: bytes, steps: tuple[bytes, ...], flags: int) -> int:
        if b"secret" in steps:
            raise PermissionError(13, "Permission denied")
        return honest(root, steps, flags)

    monkeypatch.setattr(folder_module, "_open_below", refused)
    result = _still_found(vetted(release, cache=cache, pool=pool))
    assert [(p.kind, p.where, p.observed) for p in result.problems] == [
        (ProblemKind.ACCESS, "secret", "Permission denied")
    ]


def test_a_release_of_which_nothing_may_be_read_is_no_answer(
    tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder_module, "_open_below", refused)
    with pytest.raises(UsageError, match="Permission denied"):
        vetted(_beside(tmp_path, "a.txt", b"text"), cache=cache, pool=pool)


def test_a_file_removed_between_listing_and_reading(
    tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = _beside(tmp_path, "gone.txt", b"text")

    def listed(path: Path) -> list[object]:
        entries = list(folder_module.list_folder(path))
        (release / "gone.txt").unlink()
        return list(entries)

    monkeypatch.setattr(walk_module, "list_folder", listed)
    result = _still_found(vetted(release, cache=cache, pool=pool))
    assert [(p.kind, p.where) for p in result.problems] == [(ProblemKind.ACCESS, "gone.txt")]
    assert not result.complete


@pytest.mark.parametrize("content", [SIGNED, build_zip((ZipEntry(name="x.dll", content=SIGNED),))])
def test_a_file_that_changes_while_it_is_read_is_not_believed(
    tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    release = _beside(tmp_path, "moving", content)
    honest = walk_module._hash

    def changing(descriptor: int) -> str:
        digest = honest(descriptor)
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith("/moving"):  # noqa: PTH115  (of a descriptor)
            with (release / "moving").open("ab") as file:
                file.write(b"more")
        return digest

    monkeypatch.setattr(walk_module, "_hash", changing)
    result = _still_found(vetted(release, cache=cache, pool=pool))
    assert any(p.where == "moving" and p.observed == "it changed" for p in result.problems)
    monkeypatch.undo()
    (release / "moving").write_bytes(content)
    assert vetted(release, cache=cache, pool=pool).complete  # nothing wrong was remembered


def test_an_archive_that_changes_while_its_members_are_read_is_not_remembered(
    tmp_path: Path, cache: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = written(tmp_path / "a.zip", build_zip((ZipEntry(name="x.dll", content=SIGNED),)))
    seen: list[bool] = []

    def first_only(_: object) -> bool:
        seen.append(not seen)
        return seen[-1]

    monkeypatch.setattr(walk_module, "_unchanged", first_only)
    result = vetted(archive, cache=cache, pool=pool)
    assert [(p.where, p.observed) for p in result.problems] == [("a.zip", "it changed")]
    monkeypatch.undo()
    assert [a.path for a in vetted(archive, cache=cache, pool=pool).artifacts] == ["a.zip", "a.zip!/x.dll"]


@pytest.fixture(scope="module")
def sabotaged() -> Iterator[Pool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=os.pathsep)
        with Pool((*PRELOAD, "vet_saboteur"), jobs=2) as workers:
            yield workers


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        (CRASH, ProblemKind.WORKER_DIED),
        (DEFECT, ProblemKind.DEFECT),
        (ELSEWHERE, ProblemKind.WORKER_DIED),
        (GARBAGE, ProblemKind.WORKER_DIED),
    ],
)
def test_a_member_that_costs_its_worker_costs_one_artifact(
    tmp_path: Path, cache: Path, sabotaged: Pool, word: bytes, kind: ProblemKind
) -> None:
    names = [f"{number}.txt" for number in range(30)]
    members = {name: word + name.encode() if name == "7.txt" else name.encode() for name in names}
    release = tmp_path / "release"
    written(release / "a.zip", build_zip(tuple(ZipEntry(name=n, content=c) for n, c in members.items())))
    written(release / "top.txt", word + b"as a file of its own")
    clean = vetted(release, cache=cache, pool=sabotaged)
    assert (clean.verdict, clean.complete) == (VerdictWord.INCOMPLETE, False)
    assert {(p.kind, p.where.partition(",")[0]) for p in clean.problems} == {(kind, "a.zip!/7.txt"), (kind, "top.txt")}
    assert {a.path for a in clean.artifacts} == {"a.zip", "top.txt", *(f"a.zip!/{n}" for n in names if n != "7.txt")}
    assert clean.stats.deterministic == (kind is ProblemKind.DEFECT)
    written(release / "zz-rigged.dll", RIGGED)
    _still_found(vetted(release, cache=cache, pool=sabotaged))


def test_what_a_lost_worker_should_have_read_is_tried_again_in_the_next_run(
    tmp_path: Path, cache: Path, pool: Pool, sabotaged: Pool
) -> None:
    archive = written(tmp_path / "a.zip", build_zip((ZipEntry(name="x.txt", content=CRASH),)))
    assert not vetted(archive, cache=cache, pool=sabotaged).complete
    assert vetted(archive, cache=cache, pool=pool).complete


def test_a_file_larger_than_a_worker_may_map(tmp_path: Path, cache: Path) -> None:
    release = tmp_path / "release"
    written(release / "small.txt", b"text")
    with written(release / "huge.bin", b"").open("r+b") as file:
        file.truncate(300 << 20)
    with Pool(PRELOAD, call.Limits(memory_bytes=200 << 20), jobs=1) as little:
        result = vetted(release, cache=cache, pool=little)
    assert [(p.kind, p.where.partition(",")[0]) for p in result.problems] == [(ProblemKind.LIMIT, "huge.bin")]
    assert {a.path for a in result.artifacts} == {"huge.bin", "small.txt"}


def test_a_large_member_goes_over_the_disk_and_says_the_same(tmp_path: Path, cache: Path, pool: Pool) -> None:
    large = RIGGED + payload(3, 1 << 20) * 70  # 70 MiB, more than a worker takes into memory at once
    plain = vetted(written(tmp_path / "large.dll", large), cache=tmp_path / "other", pool=pool)
    packed = build_zip((ZipEntry(name="large.dll", content=large, method=Method.STORED),))
    result = vetted(written(tmp_path / "a.zip", packed), cache=cache, pool=pool)
    assert rules_of(result) == rules_of(plain)
    assert {f.id for f in result.findings} == {f.id for f in plain.findings}
    assert result.complete == plain.complete


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_no_release(cache: Path, pool: Pool, path: str) -> None:
    with pytest.raises(UsageError, match="a pipe, socket or device"):
        vetted(Path(path), cache=cache, pool=pool)


def test_a_pipe_is_no_release_and_does_not_block(tmp_path: Path, cache: Path, pool: Pool) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="a pipe, socket or device"):
        vetted(tmp_path / "pipe", cache=cache, pool=pool)


def test_an_empty_folder_is_no_release(tmp_path: Path, cache: Path, pool: Pool) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="found: an empty one"):
        vetted(tmp_path / "empty", cache=cache, pool=pool)


def test_a_container_that_nobody_can_open_is_unseen_and_said_so(tmp_path: Path, cache: Path, pool: Pool) -> None:
    release = _beside(tmp_path, "more.rar", b"Rar!\x1a\x07\x01\x00" + bytes(range(1, 200)))  # 7-Zip opens it no more
    result = _still_found(vetted(release, cache=cache, pool=pool))
    [problem] = [problem for problem in result.problems if problem.where.endswith("more.rar")]
    assert problem.kind in {ProblemKind.DAMAGED, ProblemKind.UNSUPPORTED}
    assert not result.complete
    assert any("more.rar" in one for one in result.coverage.unopened)


def test_a_program_of_another_system_counts_as_bytes_only(tmp_path: Path, cache: Path, pool: Pool) -> None:
    program = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + bytes(200)
    release = _beside(tmp_path, "tool", program)
    result = _still_found(vetted(release, cache=cache, pool=pool))
    assert any(path.endswith("tool") for path in result.coverage.opaque)
