"""The files of a Python package: the simple API as JSON (PEP 691) or HTML (PEP 503), and the choice among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
from msgspec import Struct

from unrig.fetch.client import Answer, Client, FetchError, NotFoundError, get, host_of, with_credentials
from unrig.fetch.listing import Listed
from unrig.fetch.purl import Wanted
from unrig.fetch.settings import Settings
from unrig.model.errors import UsageError

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
ALGORITHMS = ("sha256", "sha384", "sha512")  # SHA-256 first: it is what unrig names files by
SDIST = re.compile(r"\.(tar\.gz|tgz|tar\.bz2|tar\.xz|zip)$")
SHOWN = 40

# how purls (and people) call what wheels tag (PEP 425, PEP 600, PEP 656)
SYSTEMS = {"windows": "win", "win": "win", "linux": "linux", "macos": "macosx", "darwin": "macosx", "macosx": "macosx"}
MACHINES = {
    "amd64": ("amd64", "x86_64"),
    "x86_64": ("amd64", "x86_64"),
    "x64": ("amd64", "x86_64"),
    "aarch64": ("arm64", "aarch64"),
    "arm64": ("arm64", "aarch64"),
    "x86": ("win32", "i686"),
    "i686": ("win32", "i686"),
}


class _File(Struct, frozen=True):
    """One row of PEP 691."""

    filename: str
    url: str
    hashes: dict[str, str] = {}


class _Page(Struct, frozen=True):
    files: list[_File] = []


def list_pypi(wanted: Wanted, settings: Settings, client: Client) -> Listed:
    """Return the file that is wanted, from the first index that has the version.

    Raises UsageError where there is none or the choice is open (it lists them), FetchError where nobody answers.
    """
    name = normalised(wanted.name)
    hosts: list[str] = []
    for index in settings.pypi:
        try:
            answer = get(client, f"{index}/{name}/", ACCEPT)
        except NotFoundError:
            hosts.append(f"{host_of(index)} has no such package")
            continue
        files = [file for file in _files(answer) if _version_of(file.filename, name) == _plain(wanted.version)]
        if files:
            return choose([_listed(file, answer.url, index) for file in files], wanted)
        hosts.append(f"{host_of(index)} lists no file of that version")
    raise UsageError(f"{wanted.purl}: expected a file to fetch, found: {'; '.join(hosts)}.")


def choose(files: Sequence[Listed], wanted: Wanted) -> Listed:
    """Return the one file that fits. Raises UsageError where none fits or several do, with the choices.

    With nothing said, the only file, else the only wheel, else the source distribution where there is no wheel.
    """
    fitting = [file for file in files if _fits(file, wanted)]
    wheels = [file for file in fitting if file.file_name.endswith(".whl")]
    for group in (fitting, wheels):
        if len(group) == 1:
            return group[0]
    shown = "\n".join(f"  ?file_name={file.file_name}" for file in (fitting or list(files))[:SHOWN])
    count = len(fitting) or "none"
    raise UsageError(f"{wanted.purl}: expected one file that fits, found {count}. Name one of these:\n{shown}")


def normalised(name: str) -> str:
    """Return a project name as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _fits(file: Listed, wanted: Wanted) -> bool:
    """Tell whether a file has everything the purl asks for."""
    tags = file.platform.split(".")
    system = SYSTEMS.get(wanted.os.lower(), wanted.os.lower())
    machines = MACHINES.get(wanted.arch.lower(), (wanted.arch.lower(),))
    return (
        wanted.file_name in {"", file.file_name}
        and (not wanted.platform or wanted.platform in tags)
        and (not system or any(re.match(rf"(many|musl)?{re.escape(system)}", tag) for tag in tags))
        and (not wanted.arch or any(tag.endswith(machine) for tag in tags for machine in machines))
    )


def _files(answer: Answer) -> list[_File]:
    """Return all files of a page, JSON or HTML by its content type."""
    if answer.content_type.endswith("json"):
        try:
            return msgspec.json.decode(answer.body, type=_Page).files
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FetchError(f"{host_of(answer.url)}: expected a PEP 691 page, found: {error}.") from error
    parser = _Anchors()
    parser.feed(answer.body.decode("utf-8", "replace"))
    return parser.files


class _Anchors(HTMLParser):
    """Collects the links of a PEP 503 page."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[_File] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an anchor points at."""
        href = dict(attrs).get("href") if tag == "a" else None
        if not href:
            return
        url, _, fragment = href.partition("#")
        algorithm, _, digest = fragment.partition("=")
        file_name = unquote(urlsplit(url).path.rpartition("/")[2])
        self.files.append(_File(filename=file_name, url=url, hashes={algorithm: digest} if digest else {}))


def _listed(file: _File, base: str, index: str) -> Listed:
    algorithm = next((name for name in ALGORITHMS if file.hashes.get(name)), "")
    return Listed(
        file_name=file.filename,
        url=with_credentials(urljoin(base, file.url), index),
        algorithm=algorithm,
        digest=file.hashes.get(algorithm, "").lower(),
        platform=file.filename.removesuffix(".whl").rpartition("-")[2] if file.filename.endswith(".whl") else "",
    )


def _version_of(file_name: str, name: str) -> str:
    """Return the version in the name of a wheel or source distribution, empty where it is of another project."""
    if file_name.endswith(".whl"):
        pieces = file_name.split("-")
        return _plain(pieces[1]) if len(pieces) >= 5 and normalised(pieces[0]) == name else ""
    stem = SDIST.sub("", file_name)
    if stem == file_name:
        return ""
    for version in _splits(stem, name):
        return _plain(version)
    return ""


def _splits(stem: str, name: str) -> Iterator[str]:
    """Yield what follows the project's name (which may hold hyphens) in the stem of a source distribution."""
    for match in re.finditer("-", stem):
        if normalised(stem[: match.start()]) == name:
            yield stem[match.end() :]


def _plain(version: str) -> str:
    """Return a version as file names write it: lower case, `_` for `-`, without a leading v (PEP 440)."""
    return version.lower().removeprefix("v").replace("-", "_")
