"""Archives that attack who unpacks them: names that leave the folder, and bombs that are small on disk."""

from __future__ import annotations

from unrig.drill.build.payload import MARKER
from unrig.drill.build.zip import Method, ZipEntry, build_zip

HOSTILE_NAMES: tuple[str | bytes, ...] = (
    "../above.txt",
    "inner/../../above.txt",
    "/absolute.txt",
    "C:\\absolute.txt",
    "..\\above.txt",
    "\\\\host.invalid\\share\\file.txt",
    "CON",
    "aux.txt",
    "trailing.dot.",
    "stream.txt:hidden",
    "",
    ".",
    "line\nbreak.txt",
    "\u202etxt.exe",
    "percent%2fname.txt",
    "label!/inner.txt",
    b"latin-\xe9.txt",
    b"zero\x00byte.txt",
)
"""Names a reader must turn into labels without ever opening a path of theirs."""


def hostile_names() -> bytes:
    """Return an archive with one small member for each of `HOSTILE_NAMES`, in their order."""
    return build_zip(tuple(ZipEntry(name=name, content=MARKER + b" %d" % at) for at, name in enumerate(HOSTILE_NAMES)))


def hostile_links() -> bytes:
    """Return an archive whose symbolic links lead outside, in a circle, and through each other."""
    links = {"up": b"../../etc/passwd", "root": b"/etc/passwd", "here": b".", "one": b"two", "two": b"one"}
    entries = [ZipEntry(name=name, content=to, symlink=True, method=Method.STORED) for name, to in links.items()]
    return build_zip((*entries, ZipEntry(name="up/through.txt", content=MARKER)))


def overlapping_bomb(entries: int, size: int) -> bytes:
    """Return an archive whose entries all point at one member of `size` zeros.

    It unpacks to `entries * size` bytes from little more than 50 bytes an entry.
    """
    first = ZipEntry(name="0000.bin", content=bytes(size))
    rest = (ZipEntry(name=f"{index:04}.bin", same_as=0) for index in range(1, entries))
    return build_zip((first, *rest))


def nested_bomb(levels: int, width: int, size: int) -> bytes:
    """Return an archive of `width` equal archives of ... `levels` deep, with `size` zeros in each innermost member.

    It unpacks to `width ** levels * size` bytes; on disk it stays small, since equal archives compress well.
    """
    content, suffix = bytes(size), "bin"
    for _ in range(levels):
        content = build_zip(tuple(ZipEntry(name=f"{index}.{suffix}", content=content) for index in range(width)))
        suffix = "zip"
    return content


def deep_nest(levels: int) -> bytes:
    """Return an archive in an archive in ... `levels` deep, with one small text in the innermost."""
    content, name = MARKER, "bottom.txt"
    for _ in range(levels):
        content, name = build_zip((ZipEntry(name=name, content=content),)), "deeper.zip"
    return content
