from __future__ import annotations

from unrig.data.system_libraries import system_libraries

KNOWN = {"kernel32.dll", "user32.dll", "ws2_32.dll", "advapi32.dll", "ole32.dll", "shell32.dll", "ntdll.dll"}
OTHERS_MAY_SHIP = {"d3dcompiler_47.dll", "dbghelp.dll", "msvcp140.dll", "ucrtbase.dll", "vcruntime140.dll"}


def test_names_are_lower_case_and_of_files() -> None:
    assert all(name == name.lower() and name.rpartition(".")[2] in {"dll", "drv"} for name in system_libraries())
    assert "version.dll" in system_libraries()


def test_what_cannot_be_shadowed_or_may_be_shipped_is_left_out() -> None:
    assert not system_libraries() & (KNOWN | OTHERS_MAY_SHIP)
