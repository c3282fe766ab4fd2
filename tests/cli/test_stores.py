"""`unrig baseline`, `unrig pack`, `unrig completion`: what they keep, and what vet makes of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from cli_kit import Caller, policy, release

from unrig.drill.build.release import BASELINE, CLEAN, RIGGED


@pytest.fixture
def trusting(unrig: Caller) -> Caller:
    """Trust the lab's root by the policy in the current folder."""
    policy(Path.cwd())
    return unrig


def test_a_baseline_is_kept_used_by_name_and_forgotten(tmp_path: Path, trusting: Caller) -> None:
    base, new = release(tmp_path / "base", BASELINE), release(tmp_path / "new", CLEAN)
    added = trusting("baseline", "add", base, "--trust", "rebuilt")
    assert (added.code, added.out.startswith(b"added base: clean, ")) == (0, True)
    listed = trusting("baseline", "list").out.decode()
    assert listed.startswith("base  rebuilt  ")
    digest = listed.split()[2]
    by_name = json.loads(trusting("vet", new, "--baseline", "base", "--format", "json").out)
    by_hash = json.loads(trusting("vet", new, "--baseline", digest[:12], "--format", "json").out)
    assert by_name["baselines"][0]["trust"] == "rebuilt"
    assert by_name["baselines"] == by_hash["baselines"]
    assert by_name["changes"] == by_hash["changes"] != []
    assert trusting("baseline", "remove", "base").code == 0
    assert trusting("baseline", "list").out == b""
    gone = trusting("vet", new, "--baseline", "base")
    assert (gone.code, "expected one baseline, found 0" in gone.err) == (2, True)


def test_adding_twice_keeps_one(tmp_path: Path, trusting: Caller) -> None:
    base = release(tmp_path / "base", BASELINE)
    for trust in ("assumed", "vetted"):
        assert trusting("baseline", "add", base, "--trust", trust).code == 0
    assert trusting("baseline", "list").out.count(b"\n") == 1


def test_a_rigged_release_is_no_baseline_nor_is_standard_input(tmp_path: Path, trusting: Caller) -> None:
    ended = trusting("baseline", "add", release(tmp_path / "rigged", RIGGED))
    assert (ended.code, "expected a good release, found it rigged" in ended.err) == (2, True)
    assert trusting("baseline", "add", "-").code == 2
    assert trusting("baseline", "list").out == b""


def test_a_baseline_that_changed_moved_or_was_revoked_is_refused(tmp_path: Path, trusting: Caller) -> None:
    base, new = release(tmp_path / "base", BASELINE), release(tmp_path / "new", CLEAN)
    trusting("baseline", "add", base)
    (base / "later.txt").write_text("put there since")
    changed = trusting("vet", new, "--baseline", "base")
    assert (changed.code, "expected the bytes that were added" in changed.err) == (2, True)
    base.rename(tmp_path / "elsewhere")
    moved = trusting("vet", new, "--baseline", "base")
    assert (moved.code, "found nothing there" in moved.err) == (2, True)
    (tmp_path / "elsewhere").rename(base)
    (base / "later.txt").unlink()
    assert trusting("vet", new, "--baseline", "base").code == 0
    assert (
        b"revoked base: its maker was broken into"
        in trusting("baseline", "revoke", "base", "--reason", "its maker was broken into").out
    )
    revoked = trusting("vet", new, "--baseline", "base")
    assert (revoked.code, "its maker was broken into" in revoked.err) == (2, True)
    assert b"REVOKED: its maker" in trusting("baseline", "list").out


def test_revoking_what_an_earlier_result_rests_on_is_1(tmp_path: Path, trusting: Caller) -> None:
    base, new = release(tmp_path / "base", BASELINE), release(tmp_path / "new", CLEAN)
    trusting("baseline", "add", base)
    assert trusting("baseline", "revoke", "base", "--reason", "a test").code == 0
    trusting("baseline", "remove", "base")
    trusting("baseline", "add", base)
    trusting("vet", new, "--baseline", "base")
    revoked = trusting("baseline", "revoke", "base", "--reason", "a test")
    assert (revoked.code, b"clean, as before          new " in revoked.out) == (1, True)
    assert b"without base, which was revoked" in revoked.out


def test_a_result_whose_release_is_gone_is_judged_anew_all_the_same(tmp_path: Path, trusting: Caller) -> None:
    base, new = release(tmp_path / "base", BASELINE), release(tmp_path / "new", CLEAN)
    trusting("baseline", "add", base)
    trusting("vet", new, "--baseline", "base")
    for folder in (base, new):
        shutil.rmtree(folder)
    revoked = trusting("baseline", "revoke", "base", "--reason", "a test")
    assert (revoked.code, b"1 results judged again, 0 changed" in revoked.out) == (1, True)
    again = trusting("vet", "--again", "new", "--format", "json")
    assert (again.code, json.loads(again.out)["baselines"]) == (0, [])


def test_a_copy_from_another_place_is_compared(tmp_path: Path, trusting: Caller) -> None:
    one, same, other = (release(tmp_path / name, CLEAN) for name in ("one", "same", "other"))
    assert trusting("vet", one, "--mirror", same).code == 0
    next(path for path in sorted(other.rglob("*.dll"))).write_bytes(b"MZ something else")
    told = trusting("vet", one, "--mirror", same, "--mirror", other)
    assert (told.code, b"not what another place ships" in told.out) == (1, True)


def test_a_store_that_cannot_be_understood_is_named(tmp_path: Path, trusting: Caller) -> None:
    trusting("baseline", "add", release(tmp_path / "base", BASELINE))
    store = next((tmp_path / "state").rglob("baselines.json"))
    store.write_text("{half of")
    ended = trusting("baseline", "list")
    assert (ended.code, str(store) in ended.err) == (2, True)


def _list_of(path: Path, data: bytes, name: str = "advisory-7") -> Path:
    text = f"# name: {name}\n# version: 3\n# licence: CC0-1.0\n{hashlib.sha256(data).hexdigest().upper()}  loader\n"
    path.write_text(text)
    return path


def test_a_pack_finds_with_hindsight_and_is_locked(tmp_path: Path, trusting: Caller) -> None:
    folder = release(tmp_path / "clean", CLEAN)
    some = next(path for path in sorted(folder.rglob("*.dll")))
    path = _list_of(tmp_path / "list.txt", some.read_bytes())
    assert trusting("pack", "add", path).code == 0
    path.unlink()  # a copy is kept
    assert trusting("pack", "list").out.startswith(b"advisory-7  hashes  3  CC0-1.0  ")
    document = json.loads(trusting("vet", folder, "--format", "json").out)
    assert [finding["rule"] for finding in document["findings"]] == ["listed-hash"]
    assert document["findings"][0]["hindsight"]
    assert document["verdict"] != "clean"
    assert document["verdict_without_hindsight"] == "clean"
    assert document["packs"][0]["name"] == "advisory-7"
    assert trusting("pack", "verify").out == b"1 packs, 0 changed\n"
    copy = next(p for p in (tmp_path / "state").rglob("*") if p.is_file() and p.name == document["packs"][0]["sha256"])
    copy.write_bytes(b"emptied by somebody")
    verify = trusting("pack", "verify")
    assert (verify.code, "with SHA-256" in verify.err) == (1, True)
    refused = trusting("vet", folder)
    assert (refused.code, "Add it again" in refused.err) == (2, True)


def test_a_folder_of_packs_for_one_run(tmp_path: Path, trusting: Caller) -> None:
    folder = release(tmp_path / "clean", CLEAN)
    packs = tmp_path / "packs"
    packs.mkdir()
    some = next(path for path in sorted(folder.rglob("*.dll")))
    _list_of(packs / "one.txt", some.read_bytes())
    _list_of(packs / "same.txt", some.read_bytes())
    document = json.loads(trusting("vet", folder, "--pack", packs, "--format", "json").out)
    assert document["findings"][0]["rule"] == "listed-hash"
    assert len(document["packs"]) == 1
    assert trusting("vet", folder).code == 0
    (packs / "bad.txt").write_text("not a hash\n")
    bad = trusting("vet", folder, "--pack", packs)
    assert (bad.code, "bad.txt: line 1" in bad.err) == (2, True)
    assert trusting("vet", folder, "--pack", tmp_path / "none").code == 2


def test_a_bad_pack_is_refused_with_its_line(tmp_path: Path, trusting: Caller) -> None:
    (tmp_path / "bad.txt").write_text("# name: x\n" + "0" * 63 + "\n")
    ended = trusting("pack", "add", tmp_path / "bad.txt")
    assert (ended.code, "line 2: expected 64 hexadecimal digits" in ended.err) == (2, True)
    assert trusting("pack", "add", tmp_path / "none.txt").code == 2
    assert trusting("pack", "list").out == b""


def test_a_broken_lock_is_named(tmp_path: Path, trusting: Caller) -> None:
    trusting("pack", "add", _list_of(tmp_path / "list.txt", b"x"))
    lock = next((tmp_path / "state").rglob("packs.lock.json"))
    lock.write_text("{}}")
    for verb in (("pack", "list"), ("pack", "verify"), ("vet", tmp_path)):
        ended = trusting(*verb)
        assert (ended.code, str(lock) in ended.err) == (2, True)


def test_names_in_lists_cannot_drive_a_terminal(tmp_path: Path, trusting: Caller) -> None:
    trusting("pack", "add", _list_of(tmp_path / "list.txt", b"x", name="a\x1b[2Jb"))
    assert trusting("pack", "list").out.startswith(b"a\\x1b[2Jb  hashes")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_its_shell(unrig: Caller, shell: str) -> None:
    ended = unrig("completion", shell)
    assert (ended.code, b"_UNRIG_COMPLETE" in ended.out) == (0, True)
    assert unrig("completion", "cmd").code == 2
