from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pytest

from unrig.hunt.leads.hash import LEAD_KIND, needs
from unrig.model.identity import Identity
from unrig.model.lead import HashLead
from unrig.model.levels import Answer, Severity
from unrig.model.moment import Window
from unrig.model.telemetry import Seen


def seen(result: Any) -> list[tuple[str, str, str]]:
    return [(each.device, each.stage, each.detail) for each in result.sightings if each.of == "h-lead"]


def test_the_file_is_seen_started_loaded_and_written(log: Any, tmp_path: Path, kit: Any) -> None:
    bad = kit.sha("e")
    log.start(0, "pc1", "C:\\Temp\\Setup.exe", bad)
    log.load(1, "pc2", "C:\\Temp\\media.dll", bad)
    log.event(29, 2, "pc3", Image="C:\\chrome.exe", TargetFilename="C:\\Temp\\x.dll", Hashes=f"SHA256={bad}")
    result = kit.run(log.write(tmp_path / "log"), leads=[kit.hash_lead(bad)])
    assert seen(result) == [
        ("pc1", "execution", "c:\\temp\\setup.exe"),
        ("pc2", "execution", "c:\\temp\\media.dll"),
        ("pc3", "initial-access", "c:\\temp\\x.dll"),
    ]
    assert [each.severity for each in result.sightings] == [Severity.CRITICAL, Severity.CRITICAL, Severity.HIGH]


def test_only_a_key_that_discriminates_matches(log: Any, tmp_path: Path, kit: Any) -> None:
    log.load(0, "pc1", "C:\\Temp\\media.dll", kit.sha("e"))
    lead = kit.hash_lead(kit.sha("e"))
    path = log.write(tmp_path / "log")
    for answer in (Answer.NO, Answer.UNKNOWN):
        doubtful = msgspec.structs.replace(lead.identity, discriminates={"sha256": answer})
        result = kit.run(path, leads=[msgspec.structs.replace(lead, identity=doubtful)])
        assert not result.sightings
        assert not result.complete
        assert any(each.rule == "h-lead" and "discriminates" in each.reason for each in result.not_evaluated)


def test_the_good_file_of_the_same_name_and_the_same_md5_is_not_it(log: Any, tmp_path: Path, kit: Any) -> None:
    log.event(
        7, 0, "pc1", Image=kit.phone, ImageLoaded=kit.folder + "media.dll",
        Hashes=f"MD5={'e' * 32},SHA256={kit.sha('a')}",
    )  # fmt: skip
    result = kit.run(log.write(tmp_path / "log"), leads=[kit.hash_lead(kit.sha("e"))])
    assert not result.sightings


def test_a_lead_with_a_window_sees_only_what_lies_in_it(log: Any, tmp_path: Path, kit: Any) -> None:
    for day in range(10):
        log.load(day, "pc1", kit.folder + "media.dll", kit.sha("e"))
    window = Window(since=kit.start + dt.timedelta(days=2), until=kit.start + dt.timedelta(days=5))
    path = log.write(tmp_path / "log")
    [sighting] = kit.run(path, leads=[kit.hash_lead(kit.sha("e"), window=window)]).sightings
    assert (sighting.count, sighting.first, sighting.last) == (3, window.since, kit.start + dt.timedelta(days=4))
    late = Window(since=kit.start + dt.timedelta(days=20))
    result = kit.run(path, leads=[kit.hash_lead(kit.sha("e"), window=late)])
    assert not result.sightings
    [answer] = [each for each in result.observability if each.of == "h-lead"]
    assert answer.state is Seen.NOT_OBSERVABLE
    assert answer.why == "no module_load events in the lead's window"


def bare(**keys: Any) -> HashLead:
    identity = Identity(name="media.dll", discriminates=dict.fromkeys(keys, Answer.YES), **keys)
    return HashLead(id="h-lead", identity=identity)


def test_sha1_and_md5_count_where_the_log_has_nothing_better(made: Any) -> None:
    made.add("module_load", 0, "pc1", image="c:\\a.exe", module="c:\\media.dll", sha1="1" * 40)
    made.add("module_load", 0, "pc2", image="c:\\a.exe", module="c:\\media.dll", md5="2" * 32)
    made.add("module_load", 0, "pc3", image="c:\\a.exe", module="c:\\media.dll", md5="2" * 32, sha256="3" * 64)
    found = made.sight(LEAD_KIND, bare(sha1="1" * 40, md5="2" * 32))
    assert [each.device for each in found] == ["pc1", "pc2"]
    assert len(needs(bare(sha1="1" * 40, md5="2" * 32))) == 2


def test_the_authenticode_hash_only_where_it_discriminates_and_the_import_hash_never(made: Any) -> None:
    made.add(
        "module_load", 0, "pc1", image="c:\\a.exe", module="c:\\media.dll", authenticode="4" * 64, imphash="5" * 32
    )
    yes = Identity(
        name="media.dll", authenticode_hash={"sha256": "4" * 64}, discriminates={"authenticode_hash.sha256": Answer.YES}
    )
    assert len(made.sight(LEAD_KIND, HashLead(id="h-lead", identity=yes))) == 1
    no = msgspec.structs.replace(yes, discriminates={"authenticode_hash.sha256": Answer.NO, "imphash": Answer.UNKNOWN})
    assert needs(HashLead(id="h-lead", identity=no)) == ()


def test_two_leads_with_the_same_hash_are_two_sightings(log: Any, tmp_path: Path, kit: Any) -> None:
    log.load(0, "pc1", kit.folder + "media.dll", kit.sha("e"))
    leads = [kit.hash_lead(kit.sha("e"), id=name) for name in ("h1", "h2")]
    result = kit.run(log.write(tmp_path / "log"), leads=leads)
    assert [each.of for each in result.sightings] == ["h1", "h2"]
    assert len({each.id for each in result.sightings}) == 2


@pytest.mark.parametrize(
    ("name", "classes"),
    [("a.exe", {"process"}), ("A.DLL", {"module_load"}), ("", {"process", "module_load"}), ("x.dat", {"process", "module_load"})],
)  # fmt: skip
def test_what_would_show_a_file_depends_on_what_it_is(name: str, classes: set[str], kit: Any) -> None:
    [alternative] = needs(kit.hash_lead(kit.sha("e"), name=name))
    assert set(alternative) == classes
