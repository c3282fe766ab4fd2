"""Indicators in JSON as others publish them: a STIX 2.1 bundle, or an event of MISP. Only SHA-256 values are taken.

What a pack is for is to know a file again. Addresses and names from the same feeds are leads: `unrig hunt --leads`.
MISP's core format: attributes of the types `sha256` and `filename|sha256`, also those inside objects.

Layout:   a STIX bundle (indicators whose pattern is equalities joined by OR), or `{"Event": ...}`, alone or in `response`.
Refuses:  more than 256 MiB, JSON of another form, indicators without any SHA-256 of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from unrig.exchange import stix
from unrig.model.errors import FormatError, LimitError
from unrig.model.pack import HashList, PackKind, ReadPack

LARGEST = 256 << 20
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
STIX_PATH = "file:hashes.SHA-256"
MISP_TYPES = ("sha256", "filename|sha256")


def read(raw: bytes, name: str) -> ReadPack:
    """Return the hashes of a feed with their labels. Raises FormatError where there are none."""
    if len(raw) > LARGEST:
        raise FormatError(name, f"at most {LARGEST:,} bytes", f"{len(raw):,}")
    try:
        document = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(name, "JSON", str(error)) from error
    if isinstance(document, dict) and document.get("type") == "bundle":
        labels = dict(_stix(raw, name))
    else:
        labels = dict(_misp(document))
    if not labels:
        raise FormatError(name, "a STIX bundle or a MISP event with SHA-256 values of files", "none of them")
    return ReadPack(name="", content=HashList(labels=labels))


def _stix(raw: bytes, name: str) -> Iterator[tuple[str, str]]:
    try:
        bundle = stix.read(raw.removeprefix(b"\xef\xbb\xbf"), name).bundle
    except LimitError as error:
        raise FormatError(name, error.limit, error.observed) from error
    for one in bundle.objects:
        if isinstance(one, stix.Indicator) and one.pattern_type == "stix":
            for each in stix.comparisons(one.pattern):
                if each.path.replace("'", "") == STIX_PATH and SHA256.fullmatch(each.value):
                    yield each.value.lower(), one.name


def _misp(document: object) -> Iterator[tuple[str, str]]:
    for event in _events(document):
        info = str(event.get("info", ""))
        for holder in (event, *_objects(event.get("Object"))):
            for attribute in _objects(holder.get("Attribute")):
                yield from _attribute(attribute, info)


def _events(document: object) -> Iterator[dict[str, Any]]:
    entries = document.get("response", [document]) if isinstance(document, dict) else document
    for entry in _objects(entries):
        event = entry.get("Event")
        if isinstance(event, dict):
            yield event


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _attribute(attribute: dict[str, Any], info: str) -> Iterator[tuple[str, str]]:
    """Yield the hash of one attribute; one that MISP marks as deleted, or not to be looked for, is left out."""
    if attribute.get("type") not in MISP_TYPES or attribute.get("deleted") is True or attribute.get("to_ids") is False:
        return
    named, _, value = f"|{attribute.get('value', '')}".rpartition("|")
    if SHA256.fullmatch(value):
        said = (named.strip("|"), str(attribute.get("comment") or ""), info)
        yield value.lower(), next((one for one in said if one), "")


PACK_KIND = PackKind(id="indicators", title="Indicators: a STIX bundle or a MISP event", suffixes=(".json",), read=read)
