"""Feeds as others publish them: the SHA-256 values of files, and nothing that was taken back."""

from __future__ import annotations

import json

import page_kit
import pytest

from unrig.exchange import stix_indicators
from unrig.model.errors import FormatError
from unrig.packs import indicators

SHA, OTHER = "ab" * 32, "cd" * 32


def labels(document: object) -> dict[str, str]:
    return indicators.read(json.dumps(document).encode(), "feed.json").content.labels


def event(*attributes: dict[str, object], **more: object) -> dict[str, object]:
    return {"Event": {"info": "a feed", "Attribute": list(attributes), **more}}


def test_a_bundle_of_unrigs_own_is_a_pack() -> None:
    read = indicators.read(stix_indicators.encode(page_kit.vet("plain")), "x.json")
    assert read.content.labels == {page_kit.BAD: "plain"}


def test_a_misp_event_lists_files_and_says_what_they_are() -> None:
    assert labels(
        event(
            {"type": "sha256", "value": SHA.upper(), "comment": "the loader", "to_ids": True},
            {"type": "filename|sha256", "value": f"a.dll|{OTHER}"},
            {"type": "domain", "value": "e.invalid"},
        )
    ) == {SHA: "the loader", OTHER: "a.dll"}


def test_attributes_stand_in_objects_and_events_in_responses() -> None:
    inner = event(Object=[{"name": "file", "Attribute": [{"type": "sha256", "value": SHA}]}])
    assert labels(inner) == labels({"response": [inner]}) == labels([inner]) == {SHA: "a feed"}


@pytest.mark.parametrize("gone", [{"deleted": True}, {"to_ids": False}, {"value": SHA[:-1]}, {"type": "sha1"}])
def test_what_was_taken_back_or_is_none_is_left_out(gone: dict[str, object]) -> None:
    kept = {"type": "sha256", "value": OTHER}
    assert labels(event({"type": "sha256", "value": SHA, **gone}, kept)) == {OTHER: "a feed"}


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        1,
        None,
        "x",
        {"type": "bundle", "id": "bundle--1", "objects": []},
        event(),
        {"Event": 1},
        {"response": 5},
    ],
)
def test_a_document_without_hashes_is_refused(document: object) -> None:
    with pytest.raises(FormatError, match=r"feed\.json"):
        labels(document)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(FormatError, match="JSON"):
        indicators.read(raw, "feed.json")
