"""What an installer database would run: the tables CustomAction, the sequences, ServiceInstall, Shortcut and Registry.

Windows Installer SDK: "Summary List of All Custom Action Types" and the pages of each table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from unrig.formats.der import printable
from unrig.formats.msi_tables import Database, Row, number, rows, text
from unrig.formats.msi_targets import Targets, join, long_name
from unrig.formats.ole_header import Notes
from unrig.model.msi import Autorun, CustomAction, SequenceStep, Service, Shortcut

MAX_ROWS = 4096  # of each kind that the facts list; large installers have some hundred custom actions
MAX_TEXT = 1024
SEQUENCES = (
    "InstallExecuteSequence",
    "InstallUISequence",
    "AdminExecuteSequence",
    "AdminUISequence",
    "AdvtExecuteSequence",
)
KINDS: Mapping[int, str] = MappingProxyType({1: "dll", 2: "exe", 3: "text", 5: "jscript", 6: "vbscript", 7: "install"})
STORED: Mapping[int, str] = MappingProxyType({0x00: "binary", 0x10: "file", 0x20: "folder", 0x30: "property"})
TYPES = frozenset(
    {1, 2, 5, 6, 7, 17, 18, 19, 21, 22, 23, 34, 35, 37, 38, 39, 50, 51, 53, 54}  # the installer knows no other
)
INLINE = frozenset({37, 38})  # scripts that stand in the row's own target
FLAGS: Mapping[int, str] = MappingProxyType(
    {
        0x0040: "continue",
        0x0080: "async",
        0x0800: "no_impersonate",
        0x1000: "64_bit_script",
        0x2000: "hide_target",
        0x4000: "terminal_server_aware",
    }
)
IN_SCRIPT = 0x0400
DEFERRED: Mapping[int, str] = MappingProxyType({0x000: "deferred", 0x100: "rollback", 0x200: "commit"})
IMMEDIATE: Mapping[int, str] = MappingProxyType(
    {0x100: "first_sequence", 0x200: "once_per_process", 0x300: "client_repeat"}
)
STARTS: Mapping[int, str] = MappingProxyType({0: "boot", 1: "system", 2: "auto", 3: "demand", 4: "disabled"})
ROOTS: Mapping[int, str] = MappingProxyType({-1: "HKMU", 0: "HKCR", 1: "HKCU", 2: "HKLM", 3: "HKU"})
AUTORUN = re.compile(
    r"""\\currentversion\\(run|runonce|runonceex|runservices|runservicesonce)(\\|$)
    |\\policies\\explorer\\run(\\|$)
    |\\currentversion\\winlogon(\\|$)
    |\\currentversion\\windows(\\|$)
    |\\image\ file\ execution\ options\\
    |\\silentprocessexit\\
    |\\currentversion\\(shellserviceobjectdelayload|explorer\\(shell\ folders|user\ shell\ folders|browser\ helper\ objects
        |shellexecutehooks|sharedtaskscheduler))(\\|$)
    |\\active\ setup\\installed\ components\\
    |\\control\\(session\ manager|lsa|print\\(monitors|providers)|networkprovider|securityproviders)(\\|$)
    |\\services\\
    |^environment$
    |\\command\ processor(\\|$)
    |\\inprocserver32(\\|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Keys from which Windows or a user's session starts programs (the subtechniques of T1547 and T1546 name them)."""


def actions(database: Database, steps: tuple[SequenceStep, ...], notes: Notes) -> tuple[CustomAction, ...]:
    """Return the custom actions by name, each with the places in the sequences that run it."""
    places: dict[str, list[str]] = {}
    for step in steps:
        places.setdefault(step.action, []).append(f"{step.table} {step.number}")
    listed = _listed(database, "CustomAction", notes)
    for row in listed:
        bits = number(row, "Type") & 0xFFFF
        if bits & 0x3F not in TYPES:
            notes.add("table CustomAction", "types that the installer knows", f"{bits} of {_text(row, 'Action')[:64]}")
    found = (_action(row, places) for row in listed)
    return tuple(sorted(found, key=lambda action: action.name))


def _action(row: Row, places: Mapping[str, list[str]]) -> CustomAction:
    bits, name = number(row, "Type") & 0xFFFF, _text(row, "Action")
    return CustomAction(
        name=name,
        type=bits,
        kind=KINDS.get(bits & 0x07, "unknown"),
        stored="inline" if bits & 0x3F in INLINE else STORED[bits & 0x30],
        source=_text(row, "Source"),
        target=_text(row, "Target"),
        flags=tuple(_flags(bits)),
        steps=tuple(places.get(name, ())),
    )


def _flags(bits: int) -> Iterator[str]:
    """Yield the names of a type's option bits (SDK, "Custom Action In-Script Execution Options" and its siblings)."""
    yield from (name for bit, name in FLAGS.items() if bits & bit)
    names = DEFERRED if bits & IN_SCRIPT else IMMEDIATE
    if (bits & 0x300) in names:
        yield names[bits & 0x300]


def sequence(database: Database, notes: Notes) -> tuple[SequenceStep, ...]:
    """Return what the sequences run, table by table, each in its order."""
    found = [
        SequenceStep(
            table=table, action=_text(row, "Action"), number=number(row, "Sequence"), condition=_text(row, "Condition")
        )
        for table in SEQUENCES
        for row in _listed(database, table, notes)
    ]
    return tuple(sorted(found, key=lambda step: (SEQUENCES.index(step.table), step.number, step.action)))


def services(database: Database, targets: Targets, notes: Notes) -> tuple[Service, ...]:
    """Return the services that are installed, by name."""
    found = (
        Service(
            name=_text(row, "Name"),
            display_name=_text(row, "DisplayName"),
            path=targets.key_paths.get(text(row, "Component_"), ""),
            arguments=_text(row, "Arguments"),
            start=STARTS.get(number(row, "StartType"), str(number(row, "StartType"))),
            account=_text(row, "StartName"),
        )
        for row in _listed(database, "ServiceInstall", notes)
    )
    return tuple(sorted(found, key=lambda service: service.name))


def shortcuts(database: Database, targets: Targets, notes: Notes) -> tuple[Shortcut, ...]:
    """Return the shortcuts by path; a target is a folder property with a name, or a feature."""
    found = (
        Shortcut(
            path=join(targets.folders.get(text(row, "Directory_"), ""), long_name(text(row, "Name"))),
            target=_text(row, "Target"),
            arguments=_text(row, "Arguments"),
        )
        for row in _listed(database, "Shortcut", notes)
    )
    return tuple(sorted(found, key=lambda shortcut: shortcut.path))


def autoruns(database: Database, notes: Notes) -> tuple[Autorun, ...]:
    """Return the registry values in places from which Windows starts programs."""
    chosen = (row for row in rows(database, "Registry", notes) if AUTORUN.search(text(row, "Key")))
    found = [
        Autorun(
            root=ROOTS.get(number(row, "Root"), str(number(row, "Root"))),
            key=_text(row, "Key"),
            name=_text(row, "Name"),
            value=_text(row, "Value"),
        )
        for row, _ in zip(chosen, range(MAX_ROWS), strict=False)
    ]
    return tuple(sorted(found, key=lambda autorun: (autorun.root, autorun.key, autorun.name)))


def _listed(database: Database, table: str, notes: Notes) -> list[Row]:
    """Return the rows of a table, no more than the facts list."""
    found = rows(database, table, notes)
    if len(found) > MAX_ROWS:
        notes.add(f"table {table}", f"at most {MAX_ROWS:,} rows", f"{len(found):,}")
    return found[:MAX_ROWS]


def _text(row: Row, column: str) -> str:
    return printable(text(row, column)[:MAX_TEXT])
