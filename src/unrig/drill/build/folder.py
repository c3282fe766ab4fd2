"""A release on disk: a dictionary of paths and bytes becomes a folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath


def write_folder(files: dict[str, bytes], folder: Path) -> Path:
    """Write the files under the folder, which must not hold any yet, and return the folder.

    Raises:
        ValueError: a path is absolute, leaves the folder, or is no plain relative path; nothing is written then.
        FileExistsError: a file is already there.
    """
    for path in files:
        _check(path)
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            stream.write(data)
    return folder


def _check(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or ":" in path:
        raise ValueError(f"a release's file has a plain relative path, not {path!r}")
