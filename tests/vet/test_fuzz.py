"""Good files with bytes changed, cut, repeated or put together: no worker falls, no budget is passed, what is wrong is named.

The properties run the readers in this process, as a sealed worker does: any exception but the two that readers may raise is
a defect. A few of each go through real workers.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vet_kit import judged

from unrig.drill.build.asar import AsarFile, build_asar
from unrig.drill.build.cab import CabFile, CabFolder, CabMethod, build_cab
from unrig.drill.build.image import ImageKind, ImageSpec, build_image
from unrig.drill.build.msi import MsiAction, MsiBinary, MsiFile, MsiSpec, build_msi
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import CodeSpec, PeSpec, ResourceSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.budget import Limits
from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import ProblemKind
from unrig.sandbox.pool import Pool
from unrig.vet import leaves as leaves_module
from unrig.vet import reading
from unrig.vet.reading import ReadRequest, SurveyRequest, container_formats, program_formats, read, survey

TEXT = b"function wait() { return require('fs').readFileSync('a'); }\n" * 40


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("a.js", "ä" * 90):
            info = tarfile.TarInfo(name)
            info.size = len(TEXT)
            archive.addfile(info, io.BytesIO(TEXT))
    return out.getvalue()


def _msi() -> bytes:
    files = (MsiFile(path="phone.exe", content=build_pe(PeSpec(), 1)), MsiFile(path="sub/a.js", content=TEXT))
    action = MsiAction(name="Run", source="helper", target="Entry")
    spec = MsiSpec(files=files, actions=(action,), binaries=(MsiBinary(name="helper", size=600),))
    return build_msi(spec)


WRITERS: dict[str, Callable[[], bytes]] = {
    "msi": _msi,
    "cab": lambda: build_cab(
        tuple(
            CabFolder(files=(CabFile(name=f"{way}", content=TEXT),), method=way)
            for way in (CabMethod.MSZIP, CabMethod.LZX)
        )
    ),
    "asar": lambda: build_asar(
        (AsarFile(path="package.json", content=b'{"main": "a.js"}'), AsarFile(path="a.js", content=TEXT))
    ),
    "tar": _tar,
    "tgz": lambda: gzip.compress(_tar(), mtime=0),
    "zip": lambda: build_zip((ZipEntry(name="a.js", content=TEXT), ZipEntry(name="b/c", content=b"x"))),
    "pe": lambda: build_pe(
        PeSpec(resources=(ResourceSpec(),), code=CodeSpec(functions=30), version={"ProductName": "D"}), 1
    ),
    "signed": lambda: signed_pe(PeSpec(), SigningSpec(), 2),
    "script": lambda: b"#!/bin/sh\nexit\n" + gzip.compress(_tar(), mtime=0),
    **{kind.value: (lambda kind=kind: build_image(ImageSpec(kind=kind, count=2))) for kind in ImageKind},  # type: ignore[misc]
}


@cache
def good(name: str) -> bytes:
    return WRITERS[name]()


@st.composite
def bad(draw: st.DrawFn) -> bytes:
    """Draw a good file with something done to it; most changes are where headers stand."""
    data = bytearray(good(draw(st.sampled_from(sorted(WRITERS)))))
    for _ in range(draw(st.integers(1, 8))):
        end = draw(st.sampled_from([64, 600, len(data)]))
        at = draw(st.integers(0, min(end, len(data)) - 1))
        new = draw(st.sampled_from([b"\0", b"\xff", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\x01", b"\x7f"]))
        data[at : at + len(new)] = new
    kind = draw(st.sampled_from(["whole", "whole", "cut", "doubled", "joined"]))
    if kind == "cut":
        del data[draw(st.integers(0, len(data))) :]
    elif kind == "doubled":
        at = draw(st.integers(0, len(data)))
        data[at:at] = data[at : at + 512]
    elif kind == "joined":
        data += good(draw(st.sampled_from(sorted(WRITERS))))
    return bytes(data)


def listed(file_format: str, descriptor: int) -> list[object]:
    """List a container as a worker does, and read every file in it."""
    try:
        found = survey(SurveyRequest(format=file_format), (descriptor,))
    except (FormatError, LimitError) as error:
        return [error]
    assert all(problem.expected and problem.observed and problem.effect for problem in found.problems)
    results: list[object] = list(found.problems)
    for header in found.headers:
        if header.kind == "file":
            request = ReadRequest(format=file_format, index=header.index, most=header.size + (1 << 20))
            try:
                results.append(read(request, (descriptor,)))
            except (FormatError, LimitError) as error:
                results.append(error)
    return results


@settings(max_examples=120, deadline=None)
@given(bad())
def test_any_change_gives_facts_or_a_named_problem(data: bytes) -> None:
    reading._LISTED.clear()  # a descriptor of an earlier example may have been the same
    with os.fdopen(os.memfd_create("fuzz"), "w+b") as file:
        file.write(data)
        file.flush()
        told = read(ReadRequest(), (file.fileno(),))
        assert told.size == len(data)
        assert all(fact.problem is None or fact.problem.observed for fact in told.facts)
        if told.format in container_formats() and told.format not in program_formats():
            held = listed(told.format, file.fileno())
            assert sum(getattr(one, "size", 0) for one in held) <= 64 * len(data) + (8 << 20)


@pytest.mark.parametrize("seed", range(3))
def test_a_folder_of_changed_files_costs_no_worker(tmp_path: Path, cache: Path, pool: Pool, seed: int) -> None:
    files = {}
    for number, name in enumerate(sorted(WRITERS)):
        data = bytearray(good(name))
        for step in range(1, 12):
            data[(seed * 7919 + number * 104_729 + step * step * 31) % min(len(data), 900)] ^= 0x80 >> step % 8
        files[f"{number:02}-{name}"] = bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaves_module, "LIMITS", Limits(total_bytes=64 << 20, members=5_000))
        said = judged(tmp_path, files, cache, pool)
    fallen = (ProblemKind.WORKER_DIED.value, ProblemKind.DEFECT.value)
    assert [line for lines in said.values() for line in lines if line.startswith(fallen)] == []
