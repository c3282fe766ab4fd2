"""The house keeps its own rules: layers, units, headings, and who may use what."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "unrig"
MODULES = sorted(p for p in SOURCE.rglob("*.py"))
RULE_HEADINGS = ("Sees", "Matters", "Blind to", "False positives", "Measured")
UNIT_FOLDERS = {
    "vet/detect": RULE_HEADINGS,
    "hunt/analytics": RULE_HEADINGS,
    "hunt/engines": ("Reads", "Read only", "Cannot", "Tested"),
    "hunt/leads": (),
    "hunt/telemetry": ("Fills", "Drops"),
    "scope/inventory": ("Fills", "Drops"),
    "unpack": ("Layout", "Refuses"),
    "respond/documents": ("Refuses", "Stable"),
    "vet/facts": (),
    "vet/compare": (),
    "respond/checkers": (),
    "drill/incidents": (),
    "packs": ("Layout", "Refuses"),
}
NOT_UNITS = {"unpack": {"budget", "streams", "folder"}}


def imports_of(path: Path) -> set[str]:
    """Return every module that a file names in an import, at any depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def units_of(folder: str) -> list[str]:
    return sorted({p.stem for p in (SOURCE / folder).glob("*.py")} - {"__init__"} - NOT_UNITS.get(folder, set()))


@pytest.mark.parametrize("folder", UNIT_FOLDERS)
def test_a_unit_folder_lists_its_units_in_one_sorted_tuple(folder: str) -> None:
    package = "unrig." + folder.replace("/", ".")
    listed = importlib.import_module(package)
    (units,) = (value for value in vars(listed).values() if isinstance(value, tuple))
    by_value = {id(value): name for name, value in vars(listed).items() if name.isupper()}
    assert [by_value[id(unit)].lower() for unit in units] == units_of(folder)
    for unit, name in zip(units, units_of(folder), strict=True):
        assert any(unit is value for value in vars(importlib.import_module(f"{package}.{name}")).values())


@pytest.mark.parametrize("folder", UNIT_FOLDERS)
def test_every_unit_has_its_headings_and_a_test(folder: str) -> None:
    headings = UNIT_FOLDERS[folder]
    for path in sorted((SOURCE / folder).glob("*.py")):
        if path.stem == "__init__" or path.stem in NOT_UNITS.get(folder, set()):
            continue
        text = ast.get_docstring(ast.parse(path.read_text())) or ""
        missing = [h for h in headings if not re.search(rf"^{h}:", text, re.MULTILINE)]
        assert not missing, f"{path.relative_to(SOURCE)}: headings {missing}"
        tests = ROOT / "tests" / folder
        names = [tests / f"test_{path.stem}.py", tests / f"{path.stem}.md"]
        assert any(name.exists() for name in names), f"{path.relative_to(SOURCE)}: no test among {names}"


@pytest.mark.parametrize("module", ["subprocess", "ctypes", "multiprocessing"])
def test_only_the_sandbox_starts_processes(module: str) -> None:
    users = {str(p.relative_to(SOURCE)) for p in MODULES if module in {name.split(".")[0] for name in imports_of(p)}}
    assert all(user.startswith("sandbox/") for user in users), users


@pytest.mark.parametrize("module", ["urllib.request", "http.client", "socket", "ssl", "requests", "aiohttp"])
def test_only_fetch_reaches_the_network(module: str) -> None:
    users = {str(p.relative_to(SOURCE)) for p in MODULES if module in imports_of(p)}
    assert all(user.startswith(("fetch/", "sandbox/", "web/")) for user in users), users


def test_rules_know_no_incident_by_name() -> None:
    """Titles, ids and code; a docstring may say which incident taught us."""
    names = re.compile(r"3cx|solarwinds|ccleaner|iconic|smoothoperator|ffmpeg|d3dcompiler|orion|gopuram", re.IGNORECASE)
    for folder in ("vet/detect", "hunt/analytics", "hunt/leads"):
        for path in sorted((SOURCE / folder).glob("*.py")):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                    node.body = node.body[1:]
            assert not names.search(ast.unparse(tree)), path


def test_one_broad_except_in_all_the_house() -> None:
    found = [
        str(path.relative_to(SOURCE))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and isinstance(node.type, ast.Name)
        and node.type.id in {"Exception", "BaseException"}
    ]
    assert found == ["sandbox/worker.py"]


def test_help_imports_nothing_beyond_click() -> None:
    code = (
        "import sys\nfrom unrig.cli import root\n"
        "root.command.main(['--help'], standalone_mode=False)\n"
        "heavy = {'rich', 'msgspec', 'duckdb', 'pyarrow', 'ibis', 'numpy', 'asn1crypto', 'cryptography', 'starlette'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout, done.stdout


def test_drill_builders_share_nothing_with_readers() -> None:
    for path in sorted((SOURCE / "drill" / "build").glob("*.py")):
        own = {name for name in imports_of(path) if name.startswith("unrig.")}
        assert all(name.startswith(("unrig.model", "unrig.drill.build")) for name in own), (path.name, own)


def test_units_do_not_import_each_other() -> None:
    for folder in UNIT_FOLDERS:
        package = "unrig." + folder.replace("/", ".")
        units = {p.stem for p in (SOURCE / folder).glob("*.py")} - {"__init__"} - NOT_UNITS.get(folder, set())
        for unit in sorted(units):
            used = imports_of(SOURCE / folder / f"{unit}.py")
            others = {f"{package}.{other}" for other in units - {unit}}
            assert not used & others, f"{folder}/{unit} imports {used & others}"


def test_every_module_can_be_imported() -> None:
    for path in MODULES:
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name.endswith(("__main__", "sandbox.server", "vet.warm")):
            continue
        importlib.import_module(name)
