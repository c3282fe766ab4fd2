"""Rows of an installer database that come and go."""

from __future__ import annotations

from compare_kit import compared

from unrig.model.msi import Autorun, CustomAction, InstalledFile, MsiFacts, Product, Service, Shortcut
from unrig.vet.compare.installer import COMPARISON

BEFORE = MsiFacts(kind="msi", version=3, product=Product(manufacturer="Northwind"))
AFTER = MsiFacts(
    kind="msi",
    version=3,
    product=Product(manufacturer="Contoso"),
    actions=(CustomAction(name="Prepare", type=1, kind="dll", stored="binary", source="helper", target="Run"),),
    services=(Service(name="Updater", display_name="", path="App/up.exe", arguments="-s", start="auto", account=""),),
    autoruns=(Autorun(root="HKLM", key="Run", name="app", value="app.exe"),),
    shortcuts=(Shortcut(path="Start/App", target="App/app.exe", arguments=""),),
    files=(InstalledFile(key="a", path="App/a.dll", size=1),),
)


def test_a_row_of_each_table() -> None:
    found = compared(COMPARISON, BEFORE, AFTER)
    assert found["installer.actions"].come == ("Prepare: dll helper Run",)
    assert found["installer.services"].come == ("Updater: App/up.exe -s",)
    assert found["installer.autoruns"].come == ("HKLM/Run/app: app.exe",)
    assert found["installer.shortcuts"].come == ("Start/App: App/app.exe",)
    assert found["installer.files"].come == ("App/a.dll",)
    assert found["installer.manufacturer"].what == "made by: Northwind became Contoso"
