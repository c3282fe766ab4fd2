"""The resource tree and the version information, as LIEF reads them."""

from __future__ import annotations

from collections.abc import Callable

import lief
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build.payload import MARKER
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec, ResourceSpec

Parse = Callable[[bytes], lief.PE.Binary]
NAMES = st.one_of(st.integers(1, 0x7FFF), st.from_regex(r"[A-Z]{1,12}", fullmatch=True))


def leaves(node: lief.PE.ResourceNode, path: tuple[int | str, ...] = ()) -> dict[tuple[int | str, ...], bytes]:
    found: dict[tuple[int | str, ...], bytes] = {}
    for child in node.childs:
        here = (*path, child.name if child.has_name else child.id)
        if isinstance(child, lief.PE.ResourceData):
            found[here] = bytes(child.content)
        else:
            found |= leaves(child, here)
    return found


def version_texts(pe: lief.PE.Binary) -> dict[str, str]:
    """Every step keeps its object: LIEF's children do not keep their parents alive."""
    manager = pe.resources_manager
    assert isinstance(manager, lief.PE.ResourcesManager)
    versions = list(manager.version)
    info = versions[0].string_file_info
    tables = list(info.children)
    return {entry.key: entry.value for entry in tables[0].entries}


def test_every_resource_is_found_where_it_was_put(parse: Parse, spec: PeSpec) -> None:
    found = leaves(parse(build_pe(spec, 3)).resources)
    assert set(found) == {(10, 1, 0x409), ("DRILL", "THING", 0x407), (16, 1, 0x409)}
    assert len(found[10, 1, 0x409]) == 99
    assert found["DRILL", "THING", 0x407].startswith(MARKER)


def test_version_information(parse: Parse, spec: PeSpec) -> None:
    pe = parse(build_pe(spec, 3))
    assert version_texts(pe) == spec.version
    manager = pe.resources_manager
    assert isinstance(manager, lief.PE.ResourcesManager)
    versions = list(manager.version)
    fixed = versions[0].file_info
    assert (fixed.file_version_ms, fixed.file_version_ls) == (3 << 16 | 14, 15 << 16 | 9)


def test_neither_version_nor_resources_leave_no_section(parse: Parse) -> None:
    pe = parse(build_pe(PeSpec(), 3))
    assert not pe.has_resources
    assert pe.get_section(".rsrc") is None


@pytest.mark.parametrize("value", ["", "x", "odd", "even", "ü" * 7])
def test_version_texts_of_any_length(parse: Parse, value: str) -> None:
    strings = {"Comments": value, "CompanyName": "Contoso Voice Ltd", "K": value}
    assert version_texts(parse(build_pe(PeSpec(version=strings), 3))) == strings


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.tuples(NAMES.filter(lambda kind: kind != 16), NAMES, st.integers(0, 0x7FFF)), st.integers(1, 200), max_size=9
    )
)
def test_any_tree_is_found_again(parse: Parse, sizes: dict[tuple[int | str, int | str, int], int]) -> None:
    resources = tuple(
        ResourceSpec(type=kind, name=name, language=language, size=size)
        for (kind, name, language), size in sizes.items()
    )
    pe = parse(build_pe(PeSpec(resources=resources), 3))
    found = leaves(pe.resources) if sizes else {}
    assert {path: len(data) for path, data in found.items()} == sizes
