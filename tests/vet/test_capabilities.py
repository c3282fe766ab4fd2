from __future__ import annotations

from rule_pages import File, Setting, seen

from unrig.drill.build.pe_spec import PeSpec
from unrig.model.capability import Capability, Shown
from unrig.model.rule import ArtifactView
from unrig.vet.capabilities import capabilities


def view(**fields: object) -> ArtifactView:
    (found,) = seen(Setting(files={"a.dll": File(pe=PeSpec(**fields))})).artifacts  # type: ignore[arg-type]
    return found


def test_imports_give_abilities_by_name() -> None:
    able = view(imports={"KERNEL32.dll": ("CreateFileW", "VirtualProtect", "CreateProcessW"), "WS2_32.dll": ("#3",)})
    assert set(capabilities(able)) == {
        Capability.FILE_READ,
        Capability.EXECUTABLE_MEMORY,
        Capability.PROCESS,
        Capability.NETWORK,
    }
    assert capabilities(able)[Capability.PROCESS] == (
        Shown(capability=Capability.PROCESS, text="KERNEL32.dll!CreateProcessW"),
    )


def test_texts_give_abilities_with_their_place() -> None:
    found = capabilities(view(strings=("cookies.sqlite", "MachineGuid")))
    assert set(found) == {Capability.BROWSER_STORES, Capability.SYSTEM_SURVEY}
    (shown,) = found[Capability.BROWSER_STORES]
    assert (shown.text, shown.span is not None and shown.span.length) == ("cookies.sqlite", 14)


def test_an_ordinary_library_is_able_to_do_nothing_of_it() -> None:
    assert capabilities(view(imports={"KERNEL32.dll": ("Sleep", "GetLastError")})) == {}
