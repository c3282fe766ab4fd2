"""The resource tree of a PE and its version information (PE specification 6.9; VS_VERSIONINFO)."""

from __future__ import annotations

import re
import struct
from itertools import accumulate
from operator import itemgetter

from unrig.drill.build.payload import payload
from unrig.drill.build.pe_parts import Directory, Extent, Part, Place, aligned, padded
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.seeds import derive

_RT_VERSION = 16
_SUBDIRECTORY = 0x80000000
_NAMED = 0x80000000
_FIXED_INFO_SIGNATURE = 0xFEEF04BD

Tree = dict[int | str, "Tree | bytes"]
"""Type, then name, then language, then the bytes."""


def resource_section(spec: PeSpec, place: Place, seed: int) -> Part:
    """Return .rsrc, three levels deep (type, name, language); empty where nothing is asked for."""
    tree = _tree(spec, seed)
    if not tree:
        return Part()
    data = _write(tree, place.rva)
    return Part(data=data, directories={Directory.RESOURCE: Extent(rva=place.rva, size=len(data))})


def _tree(spec: PeSpec, seed: int) -> Tree:
    """Sort the resources into their three levels."""
    leaves: dict[int | str, dict[int | str, Tree]] = {}
    for item in spec.resources:
        own = derive(seed, f"resource/{item.type}/{item.name}/{item.language}")
        leaves.setdefault(item.type, {}).setdefault(item.name, {})[item.language] = payload(own, item.size, item.kind)
    if spec.version:
        leaves.setdefault(_RT_VERSION, {})[1] = {0x409: version_info(spec.version, spec.file_numbers)}
    return {kind: dict(names) for kind, names in leaves.items()}


def _sorted(tree: Tree) -> list[tuple[int | str, Tree | bytes]]:
    """Names come first, in order, then numbers, in order."""
    names = [(key, child) for key, child in tree.items() if isinstance(key, str)]
    numbers = [(key, child) for key, child in tree.items() if isinstance(key, int)]
    return [*sorted(names, key=itemgetter(0)), *sorted(numbers, key=itemgetter(0))]


def _breadth_first(root: Tree) -> list[Tree]:
    """Return all directories, so that the n-th subdirectory met is the n-th of the list."""
    found = [root]
    for tree in found:
        found.extend(child for _, child in _sorted(tree) if not isinstance(child, bytes))
    return found


def _write(root: Tree, rva: int) -> bytes:
    """Lay out directories, data entries, names and bodies, in this order."""
    trees = _breadth_first(root)
    children = [child for tree in trees for _, child in _sorted(tree)]
    keys = [key for tree in trees for key, _ in _sorted(tree)]
    bodies = [child for child in children if isinstance(child, bytes)]
    tree_offsets = list(accumulate((16 + 8 * len(tree) for tree in trees), initial=0))
    leaves_at = tree_offsets[-1]
    names_at = leaves_at + 16 * len(bodies)
    texts = [_text(key) for key in keys if isinstance(key, str)]
    bodies_at = aligned(names_at + sum(map(len, texts)), 8)
    name_offsets = accumulate(map(len, texts), initial=names_at)
    subdirectories, leaves = iter(tree_offsets[1:]), iter(range(leaves_at, names_at, 16))
    entries = [
        struct.pack(
            "<II",
            _NAMED | next(name_offsets) if isinstance(key, str) else key,
            next(leaves) if isinstance(child, bytes) else _SUBDIRECTORY | next(subdirectories),
        )
        for key, child in zip(keys, children, strict=True)
    ]
    head = _directories(trees, entries) + _data_entries(bodies, rva + bodies_at) + b"".join(texts)
    return padded(head, 8) + b"".join(padded(body, 8) for body in bodies)


def _directories(trees: list[Tree], entries: list[bytes]) -> bytes:
    rest = iter(entries)
    data = b""
    for tree in trees:
        named = sum(isinstance(key, str) for key in tree)
        data += struct.pack("<IIHHHH", 0, 0, 0, 0, named, len(tree) - named)
        data += b"".join(next(rest) for _ in tree)
    return data


def _data_entries(bodies: list[bytes], rva: int) -> bytes:
    starts = accumulate((aligned(len(body), 8) for body in bodies), initial=rva)
    return b"".join(struct.pack("<4I", start, len(body), 0, 0) for start, body in zip(starts, bodies, strict=False))


def _text(name: str) -> bytes:
    return struct.pack("<H", len(name)) + name.encode("utf-16-le")


def version_info(strings: dict[str, str], numbers: str = "") -> bytes:
    """Return VS_VERSIONINFO with one string table (US English, Unicode), the numbers taken from the texts if not given."""
    table = b"".join(_block(name, text.encode("utf-16-le") + b"\0\0", (), text=True) for name, text in strings.items())
    string_info = _block("StringFileInfo", b"", (_block("040904b0", b"", (table,), text=True),), text=True)
    translation = _block("Translation", struct.pack("<HH", 0x409, 1200), (), text=False)
    variables = _block("VarFileInfo", b"", (translation,), text=True)
    fixed = struct.pack(
        "<13I",
        *(_FIXED_INFO_SIGNATURE, 0x10000, *_numbers(numbers or strings.get("FileVersion", ""))),
        *(*_numbers(strings.get("ProductVersion", "")), 0x3F, 0, 0x40004, 2, 0, 0, 0),
    )
    return _block("VS_VERSION_INFO", fixed, (string_info, variables), text=False)


def _numbers(version: str) -> tuple[int, int]:
    """Return the two double words of a version's first four numbers."""
    parts = [int(part) & 0xFFFF for part in re.findall(r"\d+", version)[:4]]
    first, second, third, fourth = (*parts, 0, 0, 0, 0)[:4]
    return first << 16 | second, third << 16 | fourth


def _block(key: str, value: bytes, children: tuple[bytes, ...], *, text: bool) -> bytes:
    """Return one length-prefixed block; the value's length counts characters where it is text."""
    head = padded(bytes(6) + key.encode("utf-16-le") + b"\0\0", 4)
    body = head + value
    for child in children:
        body = padded(body, 4) + child
    length = len(value) // 2 if text else len(value)
    # Siblings start on 4 bytes: the caller joins blocks, so each is padded past its own length.
    return padded(struct.pack("<HHH", len(body), length, int(text)) + body[6:], 4)
