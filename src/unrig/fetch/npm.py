"""The files of an npm package: a registry's packument, and the integrity of its tarball.

npm's documentation, "Package Metadata" (abbreviated form), and W3C Subresource Integrity for `dist.integrity`.
"""

from __future__ import annotations

import base64
import binascii

import msgspec
from msgspec import Struct

from unrig.fetch.client import Client, FetchError, get, host_of, with_credentials
from unrig.fetch.listing import Listed
from unrig.fetch.purl import Wanted
from unrig.fetch.settings import Settings
from unrig.model.errors import UsageError

ACCEPT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
ALGORITHMS = ("sha512", "sha384", "sha256")  # strongest first; SHA-1 (`shasum`) no longer makes a file that file
SHOWN = 5


class _Dist(Struct, frozen=True):
    tarball: str
    integrity: str = ""


class _Version(Struct, frozen=True):
    dist: _Dist


class _Packument(Struct, frozen=True):
    versions: dict[str, _Version] = {}


def list_npm(wanted: Wanted, settings: Settings, client: Client) -> Listed:
    """Return the one file of a version. Raises UsageError where there is none, FetchError where nobody answers."""
    scope = wanted.name.partition("/")[0]
    registry = settings.npm_scopes.get(scope, settings.npm)
    answer = get(client, f"{registry}/{wanted.name.replace('/', '%2f')}", ACCEPT)
    try:
        packument = msgspec.json.decode(answer.body, type=_Packument)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FetchError(f"{host_of(registry)}: expected an npm packument, found: {error}.") from error
    version = packument.versions.get(wanted.version)
    if version is None:
        newest = ", ".join(list(packument.versions)[-SHOWN:]) or "no version at all"
        raise UsageError(f"{wanted.purl}: {host_of(registry)} lists no such version; its last ones: {newest}.")
    algorithm, digest = _strongest(version.dist.integrity)
    return Listed(
        file_name=version.dist.tarball.rpartition("/")[2].partition("?")[0],
        url=with_credentials(version.dist.tarball, registry),
        algorithm=algorithm,
        digest=digest,
    )


def _strongest(integrity: str) -> tuple[str, str]:
    """Return (algorithm, hex) of the strongest hash in an integrity string; empty ones where there is none."""
    stated = {name: value for name, _, value in (word.partition("-") for word in integrity.split())}
    for algorithm in ALGORITHMS:
        try:
            digest = base64.b64decode(stated.get(algorithm, "").partition("?")[0], validate=True)
        except binascii.Error:
            continue
        if digest:
            return algorithm, digest.hex()
    return "", ""
