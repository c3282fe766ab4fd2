"""Imports and delay-load imports of a PE (PE specification, The .idata Section, Delay-Load Import Tables)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from unrig.formats.pe import DELAY_IMPORT, IMPORT, Directory, directory, note
from unrig.formats.pe_map import BATCH, Image, at, text_at, texts_at
from unrig.model.pe import Import

MAX_LIBRARIES = 4096  # the most of 159 real PEs is 36
MAX_FUNCTIONS = 65_535  # over all libraries: hints and ordinals are 16 bits
MAX_NAME_BYTES = 1 << 24  # over all names, so that one long name pointed at 65,535 times ends
ENOUGH = f"at most {MAX_FUNCTIONS} functions and {MAX_NAME_BYTES} bytes of names"

_DESCRIPTOR = struct.Struct("<IIIII")
_DELAY = struct.Struct("<IIIIIIII")
_DELAY_BY_RVA = 1  # Attributes: all fields are relative; Visual C++ 6 wrote absolute addresses


class Imports(Struct, frozen=True, kw_only=True):
    """What a PE imports, in the order of its tables, the delayed ones last."""

    imports: tuple[Import, ...]
    damaged: tuple[str, ...]


class _Budget:
    """What is left of functions and name bytes for one file."""

    def __init__(self) -> None:
        self.functions = MAX_FUNCTIONS
        self.name_bytes = MAX_NAME_BYTES

    @property
    def is_spent(self) -> bool:
        """True once either is used up."""
        return self.functions <= 0 or self.name_bytes <= 0


class _Library(Struct, frozen=True):
    """One descriptor: where the name and the thunks (a lookup table, or the address table) are loaded."""

    name: int
    thunks: int
    base: int
    """What to subtract from addresses inside the thunks."""
    delayed: bool
    addresses: int
    """Where the loader writes the addresses of the functions, in the order of the thunks."""


def read_imports(image: Image) -> Imports:
    """Return all imports that can be read; loops, cuts and overlong tables are damage."""
    damaged: list[str] = []
    budget = _Budget()
    imports: list[Import] = []
    for library in (*_libraries(image, damaged), *_delayed(image, damaged)):
        if budget.is_spent:
            note(damaged, "imports", ENOUGH, "more")
            break
        imports.append(_import(image, library, budget, damaged))
    return Imports(imports=tuple(imports), damaged=tuple(damaged))


def import_slots(image: Image) -> dict[int, str]:
    """Return which function's address the loader writes where: what code calls through. Ordinals as `library#12`."""
    damaged: list[str] = []
    budget = _Budget()
    width = 8 if image.header.optional.is_plus else 4
    slots: dict[int, str] = {}
    for library in (*_libraries(image, damaged), *_delayed(image, damaged)):
        functions = list(_functions(image, library, budget, damaged))
        name = text_at(image, library.name).value.lower() if any(f.startswith("#") for f in functions) else ""
        for number, function in enumerate(functions):
            told = name + function if function.startswith("#") else function
            slots.setdefault(library.addresses + number * width, told)
    return slots


def _libraries(image: Image, damaged: list[str]) -> Iterator[_Library]:
    """Yield the descriptors of the import table up to the empty one that ends it."""
    where = directory(image.header, IMPORT)
    for lookup, _, _, name, addresses in _rows(image, "imports", where, _DESCRIPTOR, damaged):
        if not name or not addresses:
            return
        yield _Library(name=name, thunks=lookup or addresses, base=0, delayed=False, addresses=addresses)


def _delayed(image: Image, damaged: list[str]) -> Iterator[_Library]:
    """Yield the descriptors of the delay-load table up to the empty one that ends it."""
    where = directory(image.header, DELAY_IMPORT)
    for attributes, name, _, addresses, names, *_ in _rows(image, "delay imports", where, _DELAY, damaged):
        if not name:
            return
        base = 0 if attributes & _DELAY_BY_RVA else image.header.optional.image_base
        yield _Library(
            name=max(0, name - base),
            thunks=max(0, names - base),
            base=base,
            delayed=True,
            addresses=max(0, addresses - base),
        )


def _rows(
    image: Image, what: str, where: Directory, layout: struct.Struct, damaged: list[str]
) -> Iterator[tuple[int, ...]]:
    """Yield the rows of a table that only an empty row ends (its declared size means nothing to the loader)."""
    if not where.rva:
        return
    table = at(image, where.rva, MAX_LIBRARIES * layout.size)
    whole = len(table) // layout.size
    yield from layout.iter_unpack(table[: whole * layout.size])
    expected = f"an empty descriptor within {MAX_LIBRARIES}"
    note(damaged, what, expected, f"none in the {whole} at {where.rva:#x}")


def _import(image: Image, library: _Library, budget: _Budget, damaged: list[str]) -> Import:
    """Return one library with its functions."""
    name = text_at(image, library.name)
    if not name.complete:
        note(damaged, "imports", f"a library name at {library.name:#x}", repr(name.value[:64]))
    functions = tuple(_functions(image, library, budget, damaged))
    return Import(library=name.value, functions=functions, delayed=library.delayed)


def _functions(image: Image, library: _Library, budget: _Budget, damaged: list[str]) -> Iterator[str]:
    """Yield names, or `#ordinal`, until the thunks or the budget end."""
    for thunks in _thunks(image, library.thunks, damaged):
        if budget.is_spent:
            note(damaged, "imports", ENOUGH, "more")
            return
        budget.functions -= len(thunks)
        names = _names(image, library, thunks, damaged)
        budget.name_bytes -= sum(map(len, names))
        yield from names


def _names(image: Image, library: _Library, thunks: tuple[int, ...], damaged: list[str]) -> list[str]:
    """Return what each thunk asks for."""
    ordinal_flag = 1 << (63 if image.header.optional.is_plus else 31)
    rvas = [thunk - library.base + 2 for thunk in thunks if not thunk & ordinal_flag]
    texts = texts_at(image, rvas)
    names: list[str] = []
    for thunk in thunks:
        if thunk & ordinal_flag:
            names.append(f"#{thunk & 0xFFFF}")
            continue
        text = next(texts)
        if not text.complete:
            note(damaged, "imports", "a hint and a name", f"none at {thunk - library.base:#x}")
        names.append(text.value)
    return names


def _thunks(image: Image, rva: int, damaged: list[str]) -> Iterator[tuple[int, ...]]:
    """Yield the entries of one lookup table in batches, up to the zero that ends it."""
    size, kind = (8, "Q") if image.header.optional.is_plus else (4, "I")
    table = at(image, rva, (MAX_FUNCTIONS + 1) * size)
    for start in range(0, len(table), BATCH * size):
        part = table[start : start + BATCH * size]
        thunks = struct.unpack_from(f"<{len(part) // size}{kind}", part)
        if 0 in thunks:
            yield thunks[: thunks.index(0)]
            return
        yield thunks
    note(damaged, "imports", "a lookup table that ends in zero", f"none at {rva:#x}")
