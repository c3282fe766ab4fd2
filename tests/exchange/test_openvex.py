from __future__ import annotations

import datetime as dt
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from unrig.exchange.openvex import CONTEXT, OpenVex, Product, Statement, Vulnerability, read_openvex, write_openvex
from unrig.model.errors import FormatError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
PRODUCTS = st.builds(
    Product,
    id=HEX.map(lambda text: f"urn:unrig:sha256:{text}"),
    identifiers=st.sampled_from([{}, {"purl": "pkg:npm/a@1"}]),
    hashes=HEX.map(lambda text: {"sha-256": text}),
)
STATUSES = st.sampled_from(
    [
        {"status": "affected", "action_statement": "remove"},
        {"status": "fixed"},
        {"status": "under_investigation"},
        {"status": "not_affected", "justification": "vulnerable_code_not_present"},
        {"status": "not_affected", "impact_statement": "words"},
    ]
)


@st.composite
def documents(draw: Any) -> Any:
    statements = tuple(
        Statement(
            vulnerability=Vulnerability(name=f"{number} {draw(TEXT)}", description=draw(TEXT)),
            products=tuple(draw(st.lists(PRODUCTS, min_size=1, max_size=3, unique_by=lambda product: product.id))),
            status_notes=draw(TEXT),
            **draw(STATUSES),
        )
        for number in range(draw(st.integers(1, 3)))
    )
    when = draw(st.datetimes(timezones=st.just(dt.UTC)))
    return OpenVex(id="urn:unrig:vex:1", author=draw(TEXT), timestamp=when, version=1, statements=statements)


def document(**fields: Any) -> OpenVex:
    statement = Statement(
        vulnerability=Vulnerability(name="UNRIG-1"),
        products=(Product(id="urn:x:1"),),
        status=fields.pop("status", "fixed"),
        **fields,
    )
    return OpenVex(
        id="urn:unrig:vex:1",
        author="a",
        timestamp=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        version=1,
        statements=(statement,),
    )


@given(documents())
def test_writing_then_reading_is_the_identity(made: OpenVex) -> None:
    data = write_openvex(made)
    assert read_openvex(data, "f") == made
    assert write_openvex(read_openvex(data, "f")) == data


def test_the_context_stands_first_and_times_are_utc() -> None:
    data = write_openvex(document())
    assert list(json.loads(data)) == ["@context", "@id", "author", "timestamp", "version", "statements"]
    assert json.loads(data)["@context"] == CONTEXT
    assert json.loads(data)["timestamp"] == "2026-01-01T00:00:00Z"
    assert data.endswith(b"}\n")


@pytest.mark.parametrize(
    "wrong",
    [
        document(status="affected"),
        document(status="not_affected"),
        replace(document(), statements=()),
        replace(document(), statements=document().statements * 2),
        replace(document(), version=0),
        replace(document(), statements=(replace(document().statements[0], products=()),)),
    ],
)
def test_what_a_status_lacks_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"statement|version"):
        write_openvex(wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"@context": "https://openvex.dev/ns/v0.1.0"},
        {"@context": None},
        {"statements": []},
        {"version": "1"},
        {"version": 0},
        {"timestamp": "yesterday"},
    ],
)
def test_reading_refuses_what_is_no_openvex(change: Any) -> None:
    fields = {**json.loads(write_openvex(document())), **change}
    with pytest.raises(FormatError):
        read_openvex(json.dumps(fields).encode(), "f")


SEED = write_openvex(document(status="affected", action_statement="remove"))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_flipped_byte_is_a_document_or_a_format_error(flips: Any) -> None:
    data = bytearray(SEED)
    for at, value in flips:
        data[at] = value
    try:
        read = read_openvex(bytes(data), "f")
    except FormatError:
        return
    assert read_openvex(write_openvex(read), "f") == read


@settings(max_examples=25, deadline=None)
@given(documents())
def test_the_published_schema_agrees(made: OpenVex) -> None:
    corpora = os.environ.get("UNRIG_CORPORA")
    if not corpora:
        pytest.skip("UNRIG_CORPORA is not set")
    jsonschema.validate(json.loads(write_openvex(made)), _schema(corpora))


_SCHEMAS: dict[str, object] = {}


def _schema(corpora: str) -> object:
    if corpora not in _SCHEMAS:
        with tarfile.open(Path(corpora) / "schemas.tar.xz") as archive:
            _SCHEMAS[corpora] = json.load(archive.extractfile("spec/openvex_json_schema.json"))
    return _SCHEMAS[corpora]
