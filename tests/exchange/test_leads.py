from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.exchange import leads as leads_module
from unrig.exchange import stix
from unrig.exchange.leads import read_leads
from unrig.model.errors import FormatError, LimitError
from unrig.model.identity import Identity, discriminating_keys
from unrig.model.lead import FileNameLead, HashLead, ManifestEntry, ManifestLead, NetworkNameLead, UserAgentLead
from unrig.model.levels import Answer
from unrig.model.moment import Window
from unrig.model.problem import ProblemKind
from unrig.model.results import LeadsDocument

SHA = "a1" * 32
HASH = HashLead(id="h", identity=Identity(sha256=SHA, discriminates={"sha256": Answer.YES}), findings=("f1",))
MANIFEST = ManifestLead(id="m", product="P", entries=(ManifestEntry(path="a.exe", sha256=SHA),))


def document(*leads: Any, schema: str = "unrig.leads/1", **more: Any) -> bytes:
    return msgspec.json.encode({"schema": schema, "leads": leads, **more})


def test_a_leads_document_comes_back_as_it_was_written() -> None:
    data = msgspec.json.encode(LeadsDocument(leads=(HASH, MANIFEST)))
    read = read_leads(data, "x")
    assert read.leads == (HASH, MANIFEST)
    assert not read.problems


def test_of_a_vet_document_only_the_leads_are_read() -> None:
    data = document(HASH, schema="unrig.vet/1", verdict="rigged", findings=[{"anything": 1}])
    assert read_leads(data, "x").leads == (HASH,)


def test_a_lead_that_cannot_be_read_is_a_problem_beside_the_others() -> None:
    data = document(HASH, {"type": "hash", "id": 7}, {"type": "of the future", "id": "x"}, 5, MANIFEST)
    read = read_leads(data, "leads.json")
    assert [lead.id for lead in read.leads] == ["h", "m"]
    assert [problem.where for problem in read.problems] == [f"leads.json: $.leads[{number}]" for number in (1, 2, 3)]


def test_the_same_lead_twice_is_one() -> None:
    assert read_leads(document(HASH, HASH), "x").leads == (HASH,)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{}", b'{"schema": 1}', b"\xff{", b"hello", document(HASH, schema="unrig.vet/2"), b"a,b\n1,2\n",
     b"kind,value\xff\n", b'{"type": "bundle"}', b'{"type": "bundle", "id": "x", "objects": 3}'],
)  # fmt: skip
def test_what_is_none_of_the_forms_is_refused_with_its_place(data: bytes) -> None:
    with pytest.raises(FormatError, match="leads"):
        read_leads(data, "leads")


def test_a_file_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads_module, "MAX_BYTES", 10)
    with pytest.raises(LimitError):
        read_leads(document(HASH), "x")


def test_csv_gives_leads_of_four_kinds() -> None:
    text = (
        "\ufeffKind,Value,name,since,until\r\n"
        f"sha256,{SHA.upper()},evil.dll,2024-03-01,2024-04-01T00:00:00+02:00\r\n"
        "domain,Update.Example.org.,,,\r\n"
        "\r\n"
        "file_name,a b.ico,,,\r\n"
        '"user_agent","Phone, 1.0",,,\r\n'
    )
    read = read_leads(text.encode(), "leads.csv")
    assert not read.problems
    first, second, third, fourth = read.leads
    assert isinstance(first, HashLead)
    assert discriminating_keys(first.identity) == {"sha256": SHA}
    assert first.identity.name == "evil.dll"
    assert first.window == Window(
        since=dt.datetime(2024, 3, 1, tzinfo=dt.UTC), until=dt.datetime(2024, 3, 31, 22, tzinfo=dt.UTC)
    )
    assert isinstance(second, NetworkNameLead)
    assert second.suffix == "update.example.org"
    assert isinstance(third, FileNameLead)
    assert third.name == "a b.ico"
    assert isinstance(fourth, UserAgentLead)
    assert fourth.pattern == "Phone, 1.0"


@pytest.mark.parametrize(
    "line", ["imphash,d41d8cd98f00b204e9800998ecf8427e", "sha256,xyz", "domain,", "domain,...", ",", "sha256", f"sha256,{SHA},n,soon"]
)  # fmt: skip
def test_a_line_of_csv_that_cannot_be_read_is_named(line: str) -> None:
    read = read_leads(f"kind,value,name,since\n{line}\nsha256,{SHA}\n".encode(), "leads.csv")
    assert len(read.leads) == 1
    if line != ",":  # an empty line is nothing
        [problem] = read.problems
        assert problem.where == "leads.csv: line 2"


def indicator(pattern: str, number: int = 1, pattern_type: str = "stix") -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012}",
        "created": "2024-03-01T00:00:00.000Z",
        "modified": "2024-03-01T00:00:00.000Z",
        "pattern": pattern,
        "pattern_type": pattern_type,
        "valid_from": "2024-03-01T00:00:00Z",
    }


def bundle(*objects: dict[str, Any]) -> bytes:
    return msgspec.json.encode(
        {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000001", "objects": objects}
    )


def test_stix_indicators_give_leads() -> None:
    other = "b2" * 32
    data = bundle(
        indicator(stix.equality("file:hashes.'SHA-256'", SHA)),
        indicator(f"[file:hashes.'SHA-256' = '{other}' OR domain-name:value = 'c2.example']", 2),
        {"type": "identity", "id": "identity--1", "name": "someone"},
    )
    read = read_leads(data, "x")
    kinds = [type(lead).__name__ for lead in read.leads]
    assert kinds == ["HashLead", "HashLead", "NetworkNameLead"]


@pytest.mark.parametrize(
    "pattern",
    [
        f"[file:hashes.'SHA-256' = '{SHA}' AND file:name = 'x']",
        f"[file:hashes.SSDEEP = '{'a' * 32}']",
        "[process:command_line LIKE '%x%']",
    ],
)
def test_a_pattern_that_no_lead_can_hold_is_unsupported_never_halved(pattern: str) -> None:
    read = read_leads(bundle(indicator(pattern)), "x")
    assert not read.leads
    assert [problem.kind for problem in read.problems] == [ProblemKind.UNSUPPORTED]


def test_a_yara_indicator_is_unsupported() -> None:
    read = read_leads(bundle(indicator("rule a { condition: true }", pattern_type="yara")), "x")
    assert [problem.kind for problem in read.problems] == [ProblemKind.UNSUPPORTED]


@given(position=st.integers(0, 10_000), value=st.integers(1, 255), form=st.integers(0, 2))
def test_any_flipped_byte_is_read_a_problem_or_refused(position: int, value: int, form: int) -> None:
    csv = f'kind,value,name\nsha256,{SHA},"a,b"\ndomain,c2.example,\n'.encode()
    data = bytearray([document(HASH, MANIFEST), csv, bundle(indicator(f"[domain-name:value = '{SHA}']"))][form])
    data[position % len(data)] ^= value
    try:
        read = read_leads(bytes(data), "x")
    except (FormatError, LimitError):
        return
    assert isinstance(read.leads, tuple)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for head in (b"", b"{", b"kind,value\n"):
        try:
            read_leads(head + data, "x")
        except (FormatError, LimitError):
            continue


@pytest.mark.parametrize(("kind", "digits"), [("sha1", 40), ("md5", 32)])
def test_weak_hashes_are_leads_too(kind: str, digits: int) -> None:
    loaded = read_leads(f"kind,value\n{kind},{'AB' * (digits // 2)}\n{kind},ab\n".encode(), "list.csv")
    [lead] = loaded.leads
    assert isinstance(lead, HashLead)
    assert getattr(lead.identity, kind) == "ab" * (digits // 2)
    assert discriminating_keys(lead.identity) == {kind: "ab" * (digits // 2)}
    assert len(loaded.problems) == 1
