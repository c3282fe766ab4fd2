"""From a purl or an address to a file on disk: found through its index, fetched as bytes, verified by its hash.

No client of any package manager is run: `pip download` of a source distribution executes its setup.py (measured).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from unrig.fetch.client import Client, FetchError, download, host_of
from unrig.fetch.listing import Listed
from unrig.fetch.npm import list_npm
from unrig.fetch.purl import Wanted, parse_purl
from unrig.fetch.pypi import list_pypi
from unrig.fetch.settings import Settings, read_settings

MAX_FILE = 4 << 30  # the budget of one member of a release
NAME = re.compile(r"[^A-Za-z0-9._+@!-]+")
MAX_NAME = 200


class Fetched(Struct, frozen=True, kw_only=True):
    """A file that was fetched, or had been before."""

    path: Path
    sha256: str
    name: str
    """Of the package; of the file for an address."""
    version: str = ""
    platform: str = ""
    """As the wheel's tag says."""
    url_host: str
    purl: str = ""


def is_remote(release: str) -> bool:
    """Tell whether RELEASE is something to fetch: a purl or an https address."""
    return release.startswith(("pkg:", "https://"))


def fetch(release: str, folder: Path, settings: Settings | None = None) -> Fetched:
    """Fetch a purl or https address into `folder` and return where it stands.

    A file that is already there under its hash is hashed again and not fetched. Raises UsageError where the request
    cannot be met, and its kind FetchError where a host does not give what it lists.
    """
    chosen = settings or read_settings(os.environ, Path.home(), Path.cwd())
    client = Client(ca_bundle=chosen.ca_bundle)
    folder.mkdir(parents=True, exist_ok=True)
    if not release.startswith("pkg:"):
        return _address(release, folder, client)
    wanted = parse_purl(release)
    listed = list_npm(wanted, chosen, client) if wanted.type == "npm" else list_pypi(wanted, chosen, client)
    return _package(wanted, listed, folder, client)


def _package(wanted: Wanted, listed: Listed, folder: Path, client: Client) -> Fetched:
    """Return a listed file, from the folder where it is there already."""
    host = host_of(listed.url)
    if not listed.algorithm:
        raise FetchError(
            f"{host}: expected a SHA-256 or stronger hash of {listed.file_name}, found none. "
            "Download the file yourself and give its path."
        )
    place = folder / f"{listed.algorithm}-{NAME.sub('_', listed.digest)}" / _safe(listed.file_name)
    if not _holds(place, listed):
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
            part = Path(scratch) / "part"
            _write(part, download(client, listed.url, MAX_FILE))
            if not _holds(part, listed):
                found = _digest(part, listed.algorithm)
                raise FetchError(
                    f"{host}: expected {listed.file_name} with {listed.algorithm} {listed.digest}, found {found}. "
                    "Do not use this file; ask another mirror."
                )
            _place(part, place)
    return Fetched(
        path=place,
        sha256=_digest(place, "sha256"),
        name=wanted.name,
        version=wanted.version,
        platform=listed.platform,
        url_host=host,
        purl=wanted.purl,
    )


def _address(url: str, folder: Path, client: Client) -> Fetched:
    """Return the file at an address, which no index vouches for."""
    name = _safe(unquote(urlsplit(url).path.rpartition("/")[2]) or "download")
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
        part = Path(scratch) / "part"
        _write(part, download(client, url, MAX_FILE))
        sha256 = _digest(part, "sha256")
        place = folder / f"sha256-{sha256}" / name
        _place(part, place)
    return Fetched(path=place, sha256=sha256, name=name, url_host=host_of(url))


def _safe(file_name: str) -> str:
    """Return a name that stays in its folder: what an index calls a file is not trusted."""
    return NAME.sub("_", file_name)[-MAX_NAME:].lstrip(".") or "download"


def _holds(path: Path, listed: Listed) -> bool:
    """Tell whether a regular file stands there and has the listed hash."""
    if path.is_symlink() or not path.is_file():
        return False
    return hmac.compare_digest(_digest(path, listed.algorithm), listed.digest)


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    with path.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _place(part: Path, place: Path) -> None:
    """Give a complete file its final name at once."""
    place.parent.mkdir(exist_ok=True)
    part.replace(place)
