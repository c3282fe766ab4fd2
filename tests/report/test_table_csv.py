"""A line for each finding and file, which no spreadsheet takes for a formula."""

import csv
import io

import msgspec
import page_kit
import pytest

from unrig.model.finding import ArtifactRef
from unrig.model.results import VetResult
from unrig.report import table_csv


def rows(result: VetResult) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table_csv.encode(result).decode(), newline="")))


def test_a_line_holds_what_the_finding_says(rigged: VetResult) -> None:
    found = rows(rigged)
    finding = rigged.findings[0]
    assert len(found) == sum(len(one.artifacts) for one in rigged.findings)
    assert tuple(found[0]) == table_csv.COLUMNS
    assert found[0]["finding"] == finding.id
    assert found[0]["path"] == "a.zip!/ä b#?%25.dll"
    offset, length = found[0]["places"].split("+")
    assert (int(offset) > 0, length) == (True, str(finding.evidence[0].place.length))
    assert found[0]["observed"] == finding.evidence[0].observed


def test_the_same_bytes_at_two_paths_are_two_lines() -> None:
    two = (ArtifactRef(id="a1", path="x", sha256="1"), ArtifactRef(id="a2", path="y", sha256="1"))
    finding = msgspec.structs.replace(page_kit.finding("plain"), artifacts=two)
    found = rows(msgspec.structs.replace(page_kit.vet(), findings=(finding,)))
    assert [row["path"] for row in found] == ["x", "y"]
    assert [row["places"] for row in found] == ["4096+277256; plain", ""]


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_cell_is_never_a_formula(hostile: str) -> None:
    (row,) = rows(page_kit.vet(hostile))
    assert row["path"] == row["summary"] == f"'{hostile}"


@pytest.mark.parametrize("awkward", ['"', "a,b", "a\r\nb", "\u202e", ""])
def test_any_other_text_comes_back(awkward: str) -> None:
    (row,) = rows(page_kit.vet(f"x{awkward}"))
    assert row["path"] == f"x{awkward}"
