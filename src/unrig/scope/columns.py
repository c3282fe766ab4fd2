"""What the columns of an inventory are called, and which of unrig's columns each one is.

A header matches by its letters and digits alone, so `Host Name`, `host_name` and `HOSTNAME` are one.
The table is the documentation: what is not in it is reported as unmatched, never guessed.
"""

from __future__ import annotations

from typing import Final

from unrig.scope.words import folded

REQUIRED: Final = ("device", "product")

ALIASES: Final = {
    "arch": ("arch", "architecture", "cpu", "cpuarchitecture", "processor", "bitness"),
    "authenticode_sha256": ("authenticodesha256", "authenticodehash", "pesha256", "authentihash"),
    "bundle_id": ("bundleid", "bundleidentifier", "cfbundleidentifier"),
    "country": ("country", "countrycode", "location", "region"),
    "customer": (
        "customer",
        "customername",
        "client",
        "company",
        "tenant",
        "tenantname",
        "organisation",
        "organization",
    ),
    "device": (
        "device",
        "devicename",
        "deviceid",
        "host",
        "hostname",
        "computer",
        "computername",
        "machine",
        "machinename",
        "endpoint",
        "endpointname",
        "asset",
        "assetname",
    ),
    "last_seen": ("lastseen", "lastseenutc", "lastinventory", "lastscan", "lastcheckin", "seen"),
    "path": ("path", "filepath", "installpath", "installlocation", "fullpath"),
    "platform": ("platform", "os", "osname", "operatingsystem", "osplatform", "osfamily"),
    "product": (
        "product",
        "productname",
        "software",
        "softwarename",
        "softwaretitle",
        "application",
        "applicationname",
        "app",
        "appname",
        "displayname",
        "program",
        "programname",
    ),
    "purl": ("purl", "packageurl"),
    "sha256": ("sha256", "filesha256", "hash", "filehash", "hashsha256", "checksum", "checksumsha256"),
    "signer": ("signer", "signername", "signedby", "signature", "filepublisher"),
    "upgrade_code": ("upgradecode", "msiupgradecode"),
    "version": (
        "version",
        "productversion",
        "softwareversion",
        "appversion",
        "applicationversion",
        "displayversion",
        "fileversion",
    ),
}

_BY_ALIAS = {alias: column for column, aliases in ALIASES.items() for alias in aliases}


def canonical(header: str) -> str:
    """Return unrig's name for a header cell; empty where the table has none."""
    return _BY_ALIAS.get(folded(header), "")


def canonical_columns(headers: tuple[str, ...]) -> tuple[str, ...]:
    """Return unrig's name for each header cell; a second column of the same meaning stays unmatched (first wins)."""
    found: list[str] = []
    for header in headers:
        name = canonical(header)
        found.append("" if name in found else name)
    return tuple(found)
