"""Leads from anybody are read by a sealed worker, whatever they are named by, and never by this process."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest

from unrig.exchange import leads as leads_file
from unrig.loop import given_leads
from unrig.model.errors import UsageError

SHA, OTHER = "ab" * 32, "cd" * 32
CSV = f"kind,value\nsha256,{SHA}\n"


@pytest.fixture(autouse=True)
def never_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reading fail in this process; a worker is another one and does not see this."""

    def refused(data: bytes, name: str) -> None:
        raise AssertionError(f"{name} was read outside of a sealed worker")

    monkeypatch.setattr(leads_file, "read_leads", refused)


def test_files_are_read_in_workers_and_their_leads_put_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "b.csv").write_text(f"{CSV}sha256,{OTHER}\nsha256,short\n")
    read = given_leads.read_leads([str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])
    assert [lead.identity.sha256 for lead in read.leads if lead.id] == [SHA, OTHER]
    assert [problem.where for problem in read.problems] == [f"{tmp_path / 'b.csv'}: line 4"]


def test_standard_input_and_a_pipe_are_read_as_a_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CSV.encode())))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"kind,value\nsha256,{OTHER}\n",))
    writer.start()
    read = given_leads.read_leads(["-", str(pipe)])
    writer.join()
    assert len(read.leads) == 2


def test_none_given_are_none() -> None:
    assert given_leads.read_leads([]).leads == ()


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b"[" * 100_000, b"kind,value"[:4]])
def test_a_file_that_holds_no_leads_is_a_usage_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(UsageError, match=r"x: .*expected .* found"):
        given_leads.read_leads([str(tmp_path / "x")])


@pytest.mark.parametrize("name", ["none", "", "a\0b"])
def test_a_file_that_cannot_be_opened_is_a_usage_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="expected a file that can be read"):
        given_leads.read_leads([str(tmp_path / name)])


def test_what_never_ends_is_copied_no_further_than_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_leads, "MAX_BYTES", 10)
    taken = io.BytesIO()
    with Path("/dev/zero").open("rb") as endless:
        given_leads._copy(endless, taken)
    assert taken.tell() == given_leads.BLOCK
