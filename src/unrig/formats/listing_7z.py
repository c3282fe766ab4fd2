"""What 7-Zip lists of an archive (`l -slt -ba`): blocks of `Key = value` lines, one block a member."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from unrig.model.errors import LimitError

MAX_LISTING = 128 << 20
UNKNOWN = -1


class Listed(Struct, frozen=True, kw_only=True):
    """One member."""

    name: str
    size: int
    """UNKNOWN where the archive does not say it."""
    kind: str
    """file, folder, symlink."""
    crc32: int
    """UNKNOWN where the archive does not say it."""
    encrypted: bool


def read(data: memoryview) -> Iterator[Listed]:
    """Yield the members in the order of the archive. Raises LimitError for a listing that is too long."""
    if len(data) > MAX_LISTING:
        raise LimitError("listing", f"{MAX_LISTING:,} bytes", f"{len(data):,}")
    fields: dict[str, str] = {}
    for line in bytes(data).decode("utf-8", "backslashreplace").split("\n"):
        key, equals, value = line.rstrip("\r").partition(" = ")
        if key == "Path" and "Path" in fields:
            yield _listed(fields)
            fields = {}
        if equals or key.endswith(" ="):
            fields.setdefault(key.removesuffix(" ="), value)
    if "Path" in fields:
        yield _listed(fields)


def _listed(fields: dict[str, str]) -> Listed:
    folder = fields.get("Folder") == "+" or fields.get("Attributes", "").startswith("D")
    folder = folder or fields.get("Mode", "").startswith("d")
    link = bool(fields.get("Symbolic Link")) or fields.get("Mode", "").startswith("l") or _is_link(fields)
    return Listed(
        name=fields["Path"],
        size=_number(fields.get("Size", ""), 10),
        kind="folder" if folder else "symlink" if link else "file",
        crc32=_number(fields.get("CRC", ""), 16),
        encrypted=fields.get("Encrypted") == "+",
    )


def _is_link(fields: dict[str, str]) -> bool:
    """Tell whether the attributes end in the mode of a symbolic link, as `A lrwxrwxrwx`."""
    return fields.get("Attributes", "").rpartition(" ")[2].startswith("l")


def _number(text: str, base: int) -> int:
    try:
        value = int(text, base)
    except ValueError:
        return UNKNOWN
    return value if 0 <= value < 1 << 63 else UNKNOWN
