from __future__ import annotations

from rule_pages import File, Setting, seen

from unrig.drill.build.pe_spec import PeSpec
from unrig.vet.frameworks import framework_components


def told(*texts: str, files: dict[str, File] | None = None) -> list[tuple[str, str, str]]:
    program = {"app/client.exe": File(pe=PeSpec(is_dll=False, strings=texts))}
    view = seen(Setting(files=program | (files or {})))
    return [(c.identity.name, c.identity.version, c.told_by) for c in framework_components(view.artifacts)]


def test_a_program_names_what_it_is_built_from() -> None:
    found = told("Chrome/102.0.5005.167 Electron/19.1.9", "node-v16.14.2-headers.tar.gz")
    assert [one[:2] for one in found] == [
        ("Electron", "19.1.9"),
        ("Chromium", "102.0.5005.167"),
        ("Node.js", "16.14.2"),
    ]


def test_stock_files_beside_it_are_counted() -> None:
    files = {"app/ffmpeg.dll": File(), "app/libEGL.dll": File(), "other/icudtl.dat": File(text="x")}
    ((_, _, words),) = told("Electron/19.1.9", files=files)
    assert words == "the text Electron/19.1.9, 2 of its stock files beside it"


def test_several_versions_tell_nothing() -> None:
    assert told("Electron/19.1.9", "Electron/20.0.0") == []


def test_a_text_that_names_a_framework_is_not_built_from_it() -> None:
    assert told(files={"readme.md": File(text="we use Electron/19.1.9")}) == []
