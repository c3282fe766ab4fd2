"""A package URL as a request: which package, which version, which of its files (ECMA-427, `pkg:type/name@version`)."""

from __future__ import annotations

from msgspec import Struct
from packageurl import PackageURL

from unrig.model.errors import UsageError

TYPES = ("npm", "pypi")
QUALIFIERS = ("arch", "file_name", "os", "platform")


class Wanted(Struct, frozen=True, kw_only=True):
    """What a purl asks for."""

    purl: str
    """In its canonical form."""
    type: str
    """npm or pypi."""
    name: str
    """With its scope for npm, normalised as PEP 503 has it for pypi."""
    version: str
    file_name: str = ""
    platform: str = ""
    """A platform tag of a wheel (win_amd64, manylinux2014_x86_64, any)."""
    os: str = ""
    arch: str = ""


def parse_purl(text: str) -> Wanted:
    """Return what a purl asks for. Raises UsageError where it is none, or not one that can be fetched."""
    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise UsageError(f"{text!r}: expected a package URL such as pkg:pypi/name@1.0, found: {error}") from error
    if purl.type not in TYPES:
        raise UsageError(f"{text}: expected a purl of type {' or '.join(TYPES)}, found {purl.type!r}.")
    if not purl.version:
        raise UsageError(f"{text}: expected a version (pkg:{purl.type}/{purl.name}@VERSION), found none.")
    given = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    unknown = sorted(set(given) - set(QUALIFIERS))
    if unknown:
        known = ", ".join(QUALIFIERS)
        raise UsageError(f"{text}: expected qualifiers out of {known}, found {', '.join(unknown)}.")
    return Wanted(
        purl=purl.to_string(),
        type=purl.type,
        name=f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name,
        version=purl.version,
        file_name=given.get("file_name", ""),
        platform=given.get("platform", ""),
        os=given.get("os", ""),
        arch=given.get("arch", ""),
    )
