"""Where an installer database puts its files: the tables Directory, Component, File and Media together.

Windows Installer SDK: "Directory Table" (`target:source`, each `short|long`, `.` is the parent itself), "Filename",
"Media Table" (a file is in the first medium whose LastSequence is not below its own number).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from msgspec import Struct

from unrig.formats.msi_tables import Database, Row, number, rows, text
from unrig.formats.ole import segment
from unrig.formats.ole_header import Notes
from unrig.model.msi import InstalledFile

MAX_FILES = 50_000  # the largest real installers (SDKs) have about that many
MAX_FOLDERS = 64  # within each other; a Windows path has 260 characters, long ones 32,767
UNFIT = re.compile(r"[/:*?\"<>\0]|\\(?!x[0-9a-f]{2})|^\.{1,2}$")
"""What no name may hold (SDK, "Filename"); the installer refuses it, other readers may follow it out of the folder.
A byte that its code page has not is written `\\xNN` (see `msi_strings`), and no path."""
MERGE_MODULE_CABINET = "MergeModule.CABinet"  # SDK, "Merge Module Structure": its only cabinet, there is no Media table
WINDOWS_FOLDERS = frozenset(
    [
        "AdminToolsFolder",
        "AppDataFolder",
        "CommonAppDataFolder",
        "CommonFiles64Folder",
        "CommonFilesFolder",
        "DesktopFolder",
        "FavoritesFolder",
        "FontsFolder",
        "LocalAppDataFolder",
        "MyPicturesFolder",
        "NetHoodFolder",
        "PersonalFolder",
        "PerUserProgramFilesFolder",
        "PrintHoodFolder",
        "ProgramFiles64Folder",
        "ProgramFilesFolder",
        "ProgramMenuFolder",
        "RecentFolder",
        "SendToFolder",
        "StartMenuFolder",
        "StartupFolder",
        "System16Folder",
        "System64Folder",
        "SystemFolder",
        "TempFolder",
        "TemplateFolder",
        "WindowsFolder",
        "WindowsVolume",
    ]
)
"""SDK, "System Folder Properties": set by Windows, whatever the table says they are called."""


class Medium(Struct, frozen=True, kw_only=True):
    """One row of the Media table."""

    last: int
    cabinet: str
    embedded: bool


class Targets(Struct, frozen=True, kw_only=True):
    """Where everything goes."""

    folders: Mapping[str, str]
    """Path of each row of Directory; empty for the root."""
    component_folders: Mapping[str, str]
    """Path of each component's folder."""
    files: tuple[InstalledFile, ...]
    """By key."""
    key_paths: Mapping[str, str]
    """Path of each component's key file, empty where its key is none."""


def targets(database: Database, notes: Notes) -> Targets:
    """Return where an installer puts what it holds; folders in a circle and unknown ones are noted."""
    folders = _folders(rows(database, "Directory", notes), notes)
    components = {text(row, "Component"): row for row in rows(database, "Component", notes)}
    places = {name: folders.get(text(row, "Directory_"), "") for name, row in components.items()}
    listed = rows(database, "File", notes)
    if len(listed) > MAX_FILES:
        notes.add("table File", f"at most {MAX_FILES:,} rows", f"{len(listed):,}")
    media = _media(database, notes)
    files = tuple(_file(row, places, media, notes) for row in listed[:MAX_FILES])
    by_key = {file.key: file.path for file in files}
    if len(by_key) < len(files):
        notes.add("table File", "keys of their own", f"{len(files) - len(by_key)} rows with one of another")
    return Targets(
        folders=folders,
        component_folders=places,
        files=tuple(sorted(files, key=lambda file: file.key)),
        key_paths={name: by_key.get(segment(text(row, "KeyPath")), "") for name, row in components.items()},
    )


def long_name(value: str) -> str:
    """Return the long one of `short|long` as a label."""
    return segment(value.rpartition("|")[2])


def join(folder: str, name: str) -> str:
    """Return the path of a name in a folder."""
    return f"{folder}/{name}" if folder and name else folder or name


def _folders(listed: Sequence[Row], notes: Notes) -> dict[str, str]:
    """Return the path of every folder, each worked out once."""
    by_name = {text(row, "Directory"): row for row in listed}
    for row in listed:
        own = text(row, "DefaultDir").partition(":")[0]
        if own != "." and not _is_start(row) and UNFIT.search(own.rpartition("|")[2]):
            notes.add("table Directory", "names without a path in them", segment(own[:64]))
    found: dict[str, str] = {}
    for name in by_name:
        way: list[str] = []
        at = name
        while at in by_name and at not in found and len(way) < MAX_FOLDERS and at not in way:
            way.append(at)
            at = "" if _is_start(by_name[at]) else text(by_name[at], "Directory_Parent")
        if at and at not in found:
            expected = "folders within known ones" if at not in by_name else f"at most {MAX_FOLDERS} folders in a line"
            notes.add("table Directory", expected, f"{segment(at[:64])}, {'a circle' if at in way else 'above others'}")
        path = found.get(at, "")
        for inner in reversed(way):
            path = found[inner] = join(path, _folder_name(by_name[inner]))
    return found


def _is_start(row: Row) -> bool:
    """Tell whether a path begins here: at the root, or at a folder that Windows itself knows."""
    name = text(row, "Directory")
    return text(row, "Directory_Parent") in {"", name} or _windows_folder(name) != ""


def _windows_folder(name: str) -> str:
    """Return the folder property; a merge module writes its own identity behind it."""
    plain = name.partition(".")[0]
    return plain if plain in WINDOWS_FOLDERS else ""


def _folder_name(row: Row) -> str:
    name = text(row, "Directory")
    if _windows_folder(name):
        return _windows_folder(name)
    if text(row, "Directory_Parent") in {"", name}:
        return ""
    own = text(row, "DefaultDir").partition(":")[0]
    return "" if own in {".", ""} else long_name(own)


def _media(database: Database, notes: Notes) -> list[Medium]:
    found = [
        Medium(
            last=number(row, "LastSequence"),
            cabinet=segment(text(row, "Cabinet").removeprefix("#")),
            embedded=text(row, "Cabinet").startswith("#"),
        )
        for row in rows(database, "Media", notes)
    ]
    return sorted(found, key=lambda medium: medium.last)


def _file(row: Row, places: Mapping[str, str], media: Sequence[Medium], notes: Notes) -> InstalledFile:
    component = text(row, "Component_")
    if component not in places:
        notes.add("table File", "components that the table Component lists", segment(component[:64]))
    if UNFIT.search(text(row, "FileName").rpartition("|")[2]):
        notes.add("table File", "names without a path in them", segment(text(row, "FileName")[:64]))
    at = bisect_left([medium.last for medium in media], number(row, "Sequence")) if media else 0
    medium = media[at] if at < len(media) else None
    if not media:
        medium = Medium(last=0, cabinet=MERGE_MODULE_CABINET, embedded=True)
    return InstalledFile(
        key=segment(text(row, "File")),
        path=join(places.get(component, ""), long_name(text(row, "FileName"))),
        size=number(row, "FileSize"),
        version=segment(text(row, "Version")),
        cabinet=medium.cabinet if medium else "",
        embedded=medium.embedded if medium else False,
        component=segment(component),
    )
