"""The case folder: what is kept, what a crash leaves, what a second process and a newer unrig meet."""

import datetime as dt
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from unrig.model.artifact import Release
from unrig.model.coverage import Coverage
from unrig.model.errors import FormatError, UsageError
from unrig.model.levels import VerdictWord
from unrig.model.problem import Problem
from unrig.model.results import VetResult
from unrig.store import artifacts_vault, case_folder, case_head, durable, journal
from unrig.store.case_folder import Step, StepInput, open_case, read_case
from unrig.store.case_verify import verify

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
SHA = "ab" * 32


def vet_result(name: str = "demo") -> VetResult:
    return VetResult(
        generated_at=AT,
        unrig_version="0.1.0",
        release=Release(name=name, path=f"{name}.zip", sha256=SHA, size=1, format="zip"),
        verdict=VerdictWord.CLEAN,
        complete=True,
        because=(),
        verdict_without_hindsight=VerdictWord.CLEAN,
        verdict_without_waivers=VerdictWord.CLEAN,
        coverage=Coverage(bytes=1, accounted=1),
    )


def document(name: str = "demo") -> bytes:
    return msgspec.json.encode(vet_result(name))


def step(verb: str = "vet", name: str = "demo.zip", sha256: str = SHA) -> Step:
    return Step(verb=verb, inputs=(StepInput(name=name, sha256=sha256),), at=AT)


def changes(folder: Path) -> list[str]:
    return [change.where for change in verify(read_case(folder)).changes]


def test_a_result_is_kept_exactly_and_comes_back_decoded(tmp_path: Path) -> None:
    with open_case(tmp_path / "case") as case:
        path = case_folder.add_result(case, step(), document())
    assert path.name == "0001-vet.json"
    assert path.read_bytes() == document()
    (stored,) = case_folder.results(read_case(tmp_path / "case")).results
    assert stored.document == vet_result()
    assert stored.entry.inputs == (f"demo.zip {SHA}",)
    assert stored.entry.who
    assert changes(tmp_path / "case") == []


def test_the_layout_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    with open_case(tmp_path / "case", name="Case", tlp="green") as case:
        case_folder.add_result(case, step(), document())
        case_folder.keep_artifact(case, step(verb="keep"), b"MZ bytes")
        case_folder.write_derived(case, "timeline.json", b"[]")
    for path in (tmp_path / "case").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    head = read_case(tmp_path / "case").head
    assert (head.name, head.tlp, head.revision, head.state) == ("Case", "green", 2, "draft")


def test_steps_are_numbered_and_chained(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        for name in ("a", "b", "c"):
            case_folder.add_result(case, step(name=name), document(name))
    lines = (tmp_path / "journal.jsonl").read_bytes().splitlines()
    previous = [json.loads(line)["previous"] for line in lines]
    assert previous == [journal.ORIGIN, *(hashlib.sha256(line).hexdigest() for line in lines[:-1])]
    assert [entry.result for entry in case_folder.entries(read_case(tmp_path))] == [
        "results/0001-vet.json",
        "results/0002-vet.json",
        "results/0003-vet.json",
    ]


def test_no_path_of_this_machine_is_written(tmp_path: Path) -> None:
    with open_case(tmp_path / "case") as case:
        case_folder.add_result(case, step(name=str(tmp_path / "demo.zip")), document())
    for path in (tmp_path / "case").rglob("*"):
        assert path.is_dir() or str(tmp_path).encode() not in path.read_bytes(), path


def test_a_step_done_is_found_by_its_inputs_whatever_they_are_called(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        case_folder.add_result(case, step(), document())
        again = case_folder.find_result(case, step(name="renamed.zip"))
        assert again is not None
        assert again.document == vet_result()
        assert case_folder.find_result(case, step(sha256="cd" * 32)) is None
        assert case_folder.find_result(case, step(verb="hunt")) is None
        other_policy = msgspec.structs.replace(step(), policy="ee" * 32)
        assert case_folder.find_result(case, other_policy) is None


def test_an_altered_result_is_not_found_again_and_is_a_problem(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        path = case_folder.add_result(case, step(), document())
        path.write_bytes(document("another"))
        assert case_folder.find_result(case, step()) is None
        stored = case_folder.results(case)
    assert stored.results == ()
    (problem,) = stored.problems
    assert problem.where == "journal entry 1: results/0001-vet.json"


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda case: (case / "results/0001-vet.json").unlink(), "journal entry 1: results/0001-vet.json"),
        (lambda case: (case / "results/0001-vet.json").write_bytes(b"{}"), "journal entry 1: results/0001-vet.json"),
        (lambda case: (case / "results/0009-vet.json").write_bytes(b"{}"), "results/0009-vet.json"),
        (lambda case: (case / "claims").mkdir() or (case / "claims/0009-x.toml").touch(), "claims/0009-x.toml"),
    ],
)
def test_verify_names_the_file_that_changed(tmp_path: Path, spoil: Callable[[Path], object], where: str) -> None:
    with open_case(tmp_path) as case:
        case_folder.add_result(case, step(), document())
    spoil(tmp_path)
    assert changes(tmp_path) == [where]


def test_verify_sees_a_changed_a_lost_and_a_cut_line(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        for name in ("a", "b", "c"):
            case_folder.add_result(case, step(name=name), document(name))
    path = tmp_path / "journal.jsonl"
    whole = path.read_bytes()
    first, second, third = whole.splitlines(keepends=True)

    path.write_bytes(first.replace(b'"vet"', b'"hunt"') + second + third)
    assert "journal.jsonl line 2" in changes(tmp_path)
    path.write_bytes(first + third)
    assert "journal.jsonl line 2" in changes(tmp_path)
    path.write_bytes(first + second)
    assert "journal.jsonl" in changes(tmp_path)
    path.write_bytes(whole)
    assert changes(tmp_path) == []


@pytest.mark.parametrize("change", ["altered", "deleted", "another"])
def test_an_altered_or_lost_artifact_shows(tmp_path: Path, change: str) -> None:
    with open_case(tmp_path) as case:
        path = case_folder.keep_artifact(case, step(verb="keep"), b"MZ" + bytes(100))
        assert case_folder.kept_artifacts(case) == {path.name}
    assert changes(tmp_path) == []
    if change == "altered":
        path.write_bytes(path.read_bytes().replace(b"size=102", b"size=101"))
    elif change == "another":
        path.write_bytes(artifacts_vault.encode(b"MZ"))
    else:
        path.unlink()
    assert changes(tmp_path) == [f"journal entry 1: artifacts/{path.name}"]
    case = read_case(tmp_path)
    assert case_folder.kept_artifacts(case) == (set() if change == "deleted" else {path.name})
    assert case_folder.lost_or_kept_artifacts(case) == {path.name}


def test_an_artifact_outside_the_journal_is_noted_and_journaled_when_it_is_kept_again(tmp_path: Path) -> None:
    data = b"MZ" + bytes(100)
    with open_case(tmp_path) as case:
        path = artifacts_vault.put(case.path / "artifacts", data)
        assert case_folder.kept_artifacts(case) == set()
        found = verify(read_case(tmp_path))
        assert found.changes == ()
        assert found.notes[0].startswith(f"artifacts/{path.name} is in no line of the journal")
        case_folder.keep_artifact(case, step(verb="keep"), data)
        assert case_folder.kept_artifacts(case) == {path.name}
    assert verify(read_case(tmp_path)).notes == ()


def test_a_stranger_among_the_artifacts_that_is_not_what_its_name_says_shows(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        path = artifacts_vault.put(case.path / "artifacts", b"MZ")
    path.write_bytes(artifacts_vault.encode(b"MZ and more"))
    assert changes(tmp_path) == [f"artifacts/{path.name}"]


@pytest.mark.parametrize("result", ["/etc/passwd", "../x.json", "results/../../x", "results/0001-vet.json\n", "LOCK"])
def test_a_hostile_journal_opens_nothing_outside_the_case(tmp_path: Path, result: str) -> None:
    with open_case(tmp_path) as case:
        case_folder.add_result(case, step(), document())
    entry = case_folder.entries(read_case(tmp_path))[0]
    hostile = msgspec.structs.replace(entry, result=result)
    (tmp_path / "journal.jsonl").write_bytes(msgspec.json.encode(hostile) + b"\n")
    found = case_folder.document_bytes(read_case(tmp_path), hostile)
    assert isinstance(found, Problem)
    assert "a path under" in found.expected
    with open_case(tmp_path) as case:
        assert case_folder.results(case).results == ()


def test_a_link_in_place_of_a_result_is_not_followed(tmp_path: Path) -> None:
    with open_case(tmp_path / "case") as case:
        path = case_folder.add_result(case, step(), document())
    (tmp_path / "elsewhere").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert changes(tmp_path / "case") == ["journal entry 1: results/0001-vet.json"]


def test_a_torn_line_is_reported_ignored_and_cut_off_by_the_next_write(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        case_folder.add_result(case, step(), document())
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"number": 2, "at": "2026')
    checked = verify(read_case(tmp_path))
    assert checked.changes == ()
    assert any("never finished" in note for note in checked.notes)
    with open_case(tmp_path) as case:
        assert len(case_folder.results(case).results) == 1
        case_folder.add_result(case, step(name="b"), document("b"))
    assert verify(read_case(tmp_path)).notes == ()
    assert verify(read_case(tmp_path)).steps == 2


class Killed(BaseException):
    """Stands for the end of the process."""


CRASH_POINTS = ["write_pending", "append", "settle", "write"]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_step_is_done_or_not_done_wherever_the_process_ends(
    tmp_path: Path, point: str, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = {"write_pending": durable, "append": journal, "settle": durable, "write": case_head}[point]
    with open_case(tmp_path) as case:
        case_folder.add_result(case, step(name="a"), document("a"))
    real = getattr(owner, point)

    def dying(*arguments: object) -> None:
        if not before:
            real(*arguments)
        raise Killed

    with open_case(tmp_path) as case:
        monkeypatch.setattr(owner, point, dying)
        with pytest.raises(Killed):
            case_folder.add_result(case, step(name="b"), document("b"))
    monkeypatch.undo()

    readable = verify(read_case(tmp_path))
    assert readable.changes == ()
    seen = len(case_folder.results(read_case(tmp_path)).results)
    assert seen == (1 if point == "write_pending" or (point == "append" and before) else 2)
    with open_case(tmp_path) as case:
        assert len(case_folder.results(case).results) == seen
        case_folder.add_result(case, step(name="c"), document("c"))
    checked = verify(read_case(tmp_path))
    assert (checked.changes, checked.notes, checked.steps) == ((), (), seen + 1)


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_case_folder_parts import document, step
from unrig.store import case_folder
with case_folder.open_case(Path(sys.argv[1])) as case:
    for number in range(100_000):
        case_folder.add_result(case, step(name=str(number)), document(str(number) * 5000))
        print(number, flush=True)
"""


def start_writer(folder: Path, scratch: Path) -> "subprocess.Popen[bytes]":
    scratch.mkdir(exist_ok=True)
    (scratch / "test_case_folder_parts.py").write_bytes(Path(__file__).read_bytes())
    command = [sys.executable, "-c", WRITER, str(folder), str(scratch)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_kill_9_in_the_middle_leaves_a_valid_case(tmp_path: Path) -> None:
    steps = 0
    for delay in (0.0, 0.003, 0.011):
        writer = start_writer(tmp_path / "case", tmp_path / "scratch")
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        checked = verify(read_case(tmp_path / "case"))
        assert checked.changes == ()
        assert checked.steps > steps
        steps = checked.steps
    with open_case(tmp_path / "case") as case:
        assert len(case_folder.results(case).results) == steps


def test_a_second_process_is_told_who_holds_the_case(tmp_path: Path) -> None:
    writer = start_writer(tmp_path / "case", tmp_path / "scratch")
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        with (
            pytest.raises(UsageError, match=f"the case case is in use by process {writer.pid};"),
            open_case(tmp_path / "case"),
        ):
            pass
    finally:
        writer.kill()
        writer.wait()
    with open_case(tmp_path / "case"):  # the lock died with it
        assert int((tmp_path / "case/LOCK").read_text()) == os.getpid()


def test_a_newer_case_opens_read_only(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        case_folder.add_result(case, step(), document())
    head = case_head.read(tmp_path)
    case_head.write(tmp_path, msgspec.structs.replace(head, unrig="99.0.0"))
    with open_case(tmp_path) as case:
        assert "written by unrig 99.0.0" in case.read_only
        assert len(case_folder.results(case).results) == 1
        with pytest.raises(UsageError, match="update unrig"):
            case_folder.add_result(case, step(name="b"), document("b"))
        with pytest.raises(UsageError, match="update unrig"):
            case_folder.keep_artifact(case, step(verb="keep"), b"x")
    assert len(case_folder.entries(read_case(tmp_path))) == 1


def test_a_folder_with_other_things_is_not_made_a_case(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UsageError, match="found a folder with other files"), open_case(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.tex"]
    with pytest.raises(UsageError, match=r"found no case.toml"):
        read_case(tmp_path)
    with pytest.raises(UsageError, match="found a file"), open_case(tmp_path / "thesis.tex"):
        pass


def test_a_result_that_the_journal_does_not_know_is_never_overwritten(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        (tmp_path / "results").mkdir()
        (tmp_path / "results/0001-vet.json").write_text("theirs")
        with pytest.raises(UsageError, match="--verify"):
            case_folder.add_result(case, step(), document())
    assert (tmp_path / "results/0001-vet.json").read_text() == "theirs"


def test_claims_are_kept_under_a_plain_name(tmp_path: Path) -> None:
    with open_case(tmp_path) as case:
        path = case_folder.add_claims(case, step("claims", "../a b/what they said.toml"), b"# nothing")
        assert path.relative_to(tmp_path) == Path("claims/0001-what-they-said.toml")
        assert [data for _, data in case_folder.claims(case)] == [b"# nothing"]
        assert case_folder.results(case) == case_folder.StoredResults(results=(), problems=())
    assert changes(tmp_path) == []


@pytest.mark.parametrize("name", ["../x", ".hidden", "a/b", ""])
def test_a_derived_file_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with open_case(tmp_path) as case, pytest.raises(UsageError):
        case_folder.write_derived(case, name, b"")


@pytest.mark.parametrize(
    "bad", [b"", b"{}", b'{"schema":"unrig.vet/1"}', b'{"schema":"other/1"}', b"[" * 100_000, b'{"schema":"\xff"}']
)
def test_what_is_no_document_is_a_format_error(bad: bytes) -> None:
    with pytest.raises(FormatError):
        case_folder.decode(bad)


def test_the_same_name_gives_the_same_case_id_on_every_machine(tmp_path: Path) -> None:
    with open_case(tmp_path / "a", name="One") as first, open_case(tmp_path / "b", name="One") as second:
        assert first.head.id == second.head.id
    with (
        pytest.raises(UsageError, match=r"expected one of clear, green, amber, amber\+strict, red"),
        open_case(tmp_path / "c", tlp="white"),
    ):
        pass
