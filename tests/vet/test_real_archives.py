"""Archives that other programs wrote: every file in them is found, byte for byte, with its path.

genisoimage, xorriso, mksquashfs, cpio, bsdtar, rpmbuild, dpkg-deb and gcab are the second implementations; `make optional`
installs them.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from dmg_kit import build_dmg
from seven_zip_kit import needs_program

from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import open_cache
from unrig.vet.leaves import Walked
from unrig.vet.walk import walk

FILES = {"a.txt": b"inert text\n", "sub/lib.dll": build_pe(PeSpec(), 1), "sub/deep/b.bin": bytes(range(256)) * 40}
WANTED = {hashlib.sha256(data).hexdigest(): path for path, data in FILES.items()}
MACS_PARTITION = b"Apple_HFS"


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed: make optional")


def run(*words: str, cwd: Path, stdin: bytes = b"") -> bytes:
    return subprocess.run(words, cwd=cwd, input=stdin, check=True, capture_output=True).stdout


def tree(folder: Path) -> Path:
    """Write the files to a folder and return it."""
    for path, data in FILES.items():
        (folder / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / path).write_bytes(data)
    return folder / "in"


def read(path: Path, cache: Path, pool: Pool) -> Walked:
    with open_cache(cache) as opened:
        return walk(path, cache=opened, pool=pool)


def found(walked: Walked) -> Mapping[str, str]:
    """Return where each of the files was found, by its path outside."""
    return {WANTED[leaf.sha256]: leaf.path for leaf in walked.leaves if leaf.sha256 in WANTED}


def cpio(form: str) -> Callable[[Path, Path], None]:
    def write(source: Path, target: Path) -> None:
        names = "\n".join(sorted(path.relative_to(source).as_posix() for path in source.rglob("*")))
        target.write_bytes(run("cpio", "-o", "-H", form, "--quiet", cwd=source, stdin=names.encode()))

    return write


def bsdtar(form: str) -> Callable[[Path, Path], None]:
    return lambda source, target: void(run("bsdtar", "-cf", str(target), "--format", form, *FILES, cwd=source))


def void(_: bytes) -> None:
    return None


def iso(*options: str) -> Callable[[Path, Path], None]:
    return lambda source, target: void(run("genisoimage", "-quiet", *options, "-o", str(target), ".", cwd=source))


def squashfs(*options: str) -> Callable[[Path, Path], None]:
    return lambda source, target: void(
        run("mksquashfs", ".", str(target), "-quiet", "-no-progress", "-all-root", *options, cwd=source)
    )


def appimage(source: Path, target: Path) -> None:
    squashfs("-comp", "gzip")(source, target.with_suffix(".squashfs"))
    program = Path("/bin/true").resolve().read_bytes()
    target.write_bytes(program + target.with_suffix(".squashfs").read_bytes())


def dmg(source: Path, target: Path) -> None:
    iso("-J", "-R")(source, target.with_suffix(".iso"))
    target.write_bytes(build_dmg(target.with_suffix(".iso").read_bytes()))


def gcab(source: Path, target: Path) -> None:
    run("gcab", "-c", "-z", str(target), *FILES, cwd=source)


def deb(compression: str) -> Callable[[Path, Path], None]:
    def write(source: Path, target: Path) -> None:
        (source / "DEBIAN").mkdir(exist_ok=True)
        control = "Package: drill\nVersion: 1\nArchitecture: all\nMaintainer: D <d@drill.invalid>\nDescription: inert\n"
        (source / "DEBIAN" / "control").write_text(control)
        (source / "DEBIAN").chmod(0o755)
        run("dpkg-deb", f"-Z{compression}", "--root-owner-group", "-b", ".", str(target), cwd=source)

    return write


def rpm(source: Path, target: Path) -> None:
    listed = "\n".join(f"/opt/drill/{path}" for path in FILES)
    spec = f"""Name: drill\nVersion: 1\nRelease: 1\nSummary: inert\nLicense: none\nBuildArch: noarch\n%description\ninert\n
%install\nmkdir -p %{{buildroot}}/opt/drill\ncp -r {source}/. %{{buildroot}}/opt/drill\n%files\n{listed}\n"""
    (target.parent / "drill.spec").write_text(spec)
    top = target.parent / "rpm"
    words = ("--define", f"_topdir {top}", "--define", "__strip /bin/true", "--define", "_build_id_links none")
    run("rpmbuild", "--quiet", "-bb", *words, "drill.spec", cwd=target.parent)
    next(top.glob("RPMS/noarch/*.rpm")).rename(target)


CASES = [
    pytest.param("iso9660.iso", iso("-J", "-R"), marks=needs("genisoimage")),
    pytest.param("gzip.squashfs", squashfs(), marks=needs("mksquashfs")),
    pytest.param("zstd.snap", squashfs("-comp", "zstd"), marks=needs("mksquashfs")),
    pytest.param("xz.snap", squashfs("-comp", "xz"), marks=needs("mksquashfs")),
    pytest.param("app.AppImage", appimage, marks=needs("mksquashfs")),
    pytest.param("disk.dmg", dmg, marks=needs("genisoimage")),
    *(pytest.param(f"{form}.cpio", cpio(form), marks=needs("cpio")) for form in ("newc", "crc", "odc", "bin")),
    pytest.param("xar.pkg", bsdtar("xar"), marks=needs("bsdtar")),
    pytest.param("lib.7z", bsdtar("7zip"), marks=needs("bsdtar")),
    pytest.param("gnu.tar", bsdtar("gnutar"), marks=needs("bsdtar")),
    pytest.param("pax.tar", bsdtar("pax"), marks=needs("bsdtar")),
    pytest.param("v7.tar", bsdtar("v7tar"), marks=needs("bsdtar")),
    pytest.param("lib.zip", bsdtar("zip"), marks=needs("bsdtar")),
    pytest.param("lib.cab", gcab, marks=needs("gcab")),
    *(pytest.param(f"{name}.deb", deb(name), marks=needs("dpkg-deb")) for name in ("gzip", "xz", "zstd")),
    pytest.param("drill.rpm", rpm, marks=needs("rpmbuild")),
]


@needs_program
@pytest.mark.parametrize(("name", "write"), CASES)
def test_every_file_is_found_as_it_was_packed(
    tmp_path: Path, cache: Path, pool: Pool, name: str, write: Callable[[Path, Path], None]
) -> None:
    write(tree(tmp_path), tmp_path / name)
    walked = read(tmp_path / name, cache, pool)
    places = found(walked)
    assert set(places) == set(FILES)
    assert all(place.startswith(f"{name}!/") and place.endswith(path) for path, place in places.items())
    assert walked.problems == ()


@needs_program
@needs("genisoimage")
def test_of_a_disc_with_two_trees_the_one_that_is_mounted_is_opened(tmp_path: Path, cache: Path, pool: Pool) -> None:
    iso("-udf")(tree(tmp_path), tmp_path / "two.iso")
    walked = read(tmp_path / "two.iso", cache, pool)
    assert walked.format == "iso_udf"
    assert set(found(walked)) == set(FILES)
    assert [problem.observed for problem in walked.problems] == ["ISO 9660 beside UDF"]


def partition(image: bytes) -> bytes:
    """Return the partition of Apple's file system in a hybrid image, by the map that it begins with."""
    for block in (512, 2048):
        for at in range(block, 16 * block, block):
            if image[at : at + 2] == b"PM" and image[at + 48 :].startswith(MACS_PARTITION):
                start, length = (int.from_bytes(image[at + n : at + n + 4], "big") * block for n in (8, 12))
                return image[start : start + length]
    raise AssertionError("no partition")


@needs_program
@needs("xorrisofs")
@pytest.mark.parametrize("packed", [True, False])
def test_hfs_plus_in_a_hybrid_is_said_and_by_itself_opened(
    tmp_path: Path, cache: Path, pool: Pool, packed: bool
) -> None:
    hybrid = tmp_path / "hybrid.iso"
    run("xorrisofs", "-quiet", "-hfsplus", "-o", str(hybrid), ".", cwd=tree(tmp_path))
    walked = read(hybrid, cache, pool)
    assert [problem.observed for problem in walked.problems] == ["HFS beside ISO 9660"]
    assert set(found(walked)) == set(FILES)
    (tmp_path / "disk.dmg").write_bytes(build_dmg(hybrid.read_bytes(), packed=packed))
    inside = read(tmp_path / "disk.dmg", cache, pool)
    assert set(found(inside)) == set(FILES)
