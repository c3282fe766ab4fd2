"""Facts of installers: what they say, what they would run, and what hides outside their streams."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from unrig.drill.build.msi import MsiAction, MsiBinary, MsiFile, MsiService, MsiSpec, MsiValue, build_msi
from unrig.drill.build.msi_signing import SignedMsiSpec, signed_msi
from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.drill.build.signing import Digest, SigningSpec
from unrig.formats.sniff import sniff
from unrig.model.errors import FormatError
from unrig.model.msi import MsiFacts, Product, Summary
from unrig.model.signature import Nature
from unrig.vet.facts.msi import EXTRACTOR, extract

SPEC = MsiSpec(
    files=(
        MsiFile(path="phone.exe", content=b"first" * 100, short_name="PHONE~1.EXE"),
        MsiFile(path="sub/phone.exe", content=b"second"),
    ),
    binaries=(MsiBinary(name="helper", size=5000),),
    actions=(MsiAction(name="Go", type=0xC01, source="helper", target="Run"),),
    services=(MsiService(name="Agent", path="sub/phone.exe"),),
    values=(MsiValue(key="Software\\Microsoft\\Windows\\CurrentVersion\\Run", name="Phone", value="[#F0000]"),),
    shortcuts=("phone.exe",),
)


def facts(data: bytes) -> MsiFacts:
    return extract(memoryview(data))


@pytest.mark.parametrize("version", [3, 4])
def test_an_installer_says_what_it_is_and_hides_nothing(version: int) -> None:
    data = build_msi(SPEC, OleLayout(version=version), 7)
    found = facts(data)
    assert sniff(memoryview(data)) in EXTRACTOR.formats
    assert (found.kind, found.version) == ("msi", version)
    assert replace(found.product, product_code="", upgrade_code="") == Product(
        name="Drill Phone", version="1.2.3", manufacturer="Contoso Voice Ltd"
    )
    assert found.product.product_code != found.product.upgrade_code
    assert replace(found.summary, package_code="") == Summary(
        title="Installation Database",
        subject="Drill Phone",
        author="Contoso Voice Ltd",
        template="x64;1033",
        application="UNRIG DRILL, NOT AN INSTALLER",
        created=1_677_758_400,
        saved=1_677_758_400,
    )
    assert {table.name: table.rows for table in found.tables}["File"] == 2
    assert (found.trailing, found.unused, found.slack, found.slack_bytes) == (None, (), (), 0)
    assert (found.signed, found.signed_extended, found.damaged) == (False, False, ())


def test_what_it_would_run_is_listed() -> None:
    found = facts(build_msi(SPEC))
    (action,) = found.actions
    assert (action.kind, action.source, action.target) == ("dll", "helper", "Run")
    assert set(action.flags) == {"deferred", "no_impersonate"}
    assert action.steps == ("InstallExecuteSequence 6601",)
    assert [service.path for service in found.services] == ["ProgramFilesFolder/Drill Phone/sub/phone.exe"]
    assert [autorun.value for autorun in found.autoruns] == ["[#F0000]"]
    assert [shortcut.path for shortcut in found.shortcuts] == ["ProgramMenuFolder/Drill Phone 0"]
    assert {"InstallFiles", "Go"} <= {step.action for step in found.sequence}


def test_a_scheduled_task_stands_in_a_command_line() -> None:
    action = MsiAction(name="Plan", type=50, source="P", target='schtasks /create /tn "Drill Task" /tr phone.exe')
    found = facts(build_msi(msgspec.structs.replace(SPEC, actions=(action,))))
    assert [(task.action, task.name, task.command) for task in found.tasks] == [("Plan", "Drill Task", "phone.exe")]


def test_the_map_of_files_tells_apart_two_of_one_name() -> None:
    found = facts(build_msi(SPEC))
    assert [(file.key, file.path, file.cabinet, file.embedded) for file in found.files] == [
        ("F0000", "ProgramFilesFolder/Drill Phone/phone.exe", "Data1.cab", True),
        ("F0001", "ProgramFilesFolder/Drill Phone/sub/phone.exe", "Data1.cab", True),
    ]
    assert {stream.path: stream.role for stream in found.streams}["Data1.cab"] == "cabinet"


def test_the_digest_that_deny_rules_match_is_known_signed_or_not() -> None:
    plain = facts(build_msi(SPEC, None, 3))
    hiding = facts(build_msi(SPEC, OleLayout(trailing=5000, lost=5000), 3))
    assert len(plain.authenticode_sha256) == 64
    assert plain.authenticode_sha256 == hiding.authenticode_sha256
    for digest in (Digest.SHA1, Digest.SHA256):
        signed = facts(signed_msi(SignedMsiSpec(extended=True, signing=SigningSpec(digest=digest)), 3))
        assert signed.signature is not None
        same = signed.signature.digest_declared == signed.authenticode_sha256
        assert same == (digest is Digest.SHA256)
        assert signed.authenticode_sha256
    assert facts(build_ole((OleStream(name="WordDocument", content=b"x"),))).authenticode_sha256 == ""


def test_a_signed_installer_says_who_signed_it() -> None:
    found = facts(signed_msi(SignedMsiSpec(), 3))
    assert found.signature is not None
    assert found.signature.signer is not None
    assert "Contoso Voice Ltd" in found.signature.signer.subject
    assert found.damaged == ()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=MsiFacts) == found


def test_signature_streams_are_seen_where_they_hold_none() -> None:
    signed = replace(
        SPEC,
        signature=PayloadSpec(size=300),
        more=(OleStream(name="\5MsiDigitalSignatureEx", content=bytes(32)),),
    )
    found = facts(build_msi(signed))
    assert (found.signed, found.signed_extended, found.signature) == (True, True, None)
    assert found.damaged[0].startswith("signature: expected a PKCS #7 value")
    nested = replace(SPEC, more=(OleStream(name="\5DigitalSignature", content=b"x", storage="Other"),))
    assert not facts(build_msi(nested)).signed


@pytest.mark.parametrize(("kind", "nature"), [(Kind.RANDOM, Nature.RANDOM), (Kind.ASCII, Nature.ASCII)])
def test_bytes_outside_all_streams_are_measured(kind: Kind, nature: Nature) -> None:
    data = build_msi(SPEC, OleLayout(kind=kind, free=40_000, lost=30_000, trailing=65_536, mini_lost=3000), 3)
    found = facts(data)
    assert found.trailing is not None
    assert (found.trailing.span.length, found.trailing.span.offset) == (65_536, len(data) - 65_536)
    assert found.trailing.nature is nature
    assert sorted(extra.span.length for extra in found.unused) == [30_208, 40_448]
    assert sum(slack.bytes.span.length for slack in found.slack) == found.slack_bytes == 3008
    assert {slack.what for slack in found.slack} == {"mini sectors of no chain"}
    assert data[found.unused[0].span.offset :].hex().startswith(found.unused[0].span.window)
    assert found.damaged == ()


def test_slack_names_the_stream_it_follows() -> None:
    spec = replace(SPEC, more=(OleStream(name="Long", content=bytes(5000), slack=100, excess=1000),))
    found = facts(build_msi(spec))
    assert {slack.stream for slack in found.slack} == {"Long"}
    assert {slack.what for slack in found.slack} == {"slack", "sectors beyond the stream's size"}


def test_an_unlisted_stream_is_marked() -> None:
    found = facts(build_msi(replace(SPEC, more=(OleStream(name="Ghost", content=bytes(9), unlisted=True),))))
    assert [stream.path for stream in found.streams if not stream.linked] == ["%unlisted/Ghost"]
    assert any("directory entries" in line for line in found.damaged)


def test_another_compound_file_has_streams_and_nothing_of_an_installer() -> None:
    found = facts(build_ole((OleStream(name="WordDocument", content=b"x" * 9),), OleLayout(trailing=99)))
    assert (found.kind, found.product, found.tables, found.files) == ("ole", Product(), (), ())
    assert [stream.role for stream in found.streams] == ["other"]
    assert found.trailing is not None


def test_what_is_none_is_a_format_error() -> None:
    with pytest.raises(FormatError):
        facts(b"no compound file")


def test_facts_survive_the_way_out_of_the_worker() -> None:
    found = facts(build_msi(SPEC, OleLayout(trailing=100, free=1000)))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=MsiFacts) == found


FLIPPED = build_msi(SPEC, OleLayout(trailing=100))
FILLED = [at for at in range(len(FLIPPED)) if FLIPPED[at]]


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 255), st.booleans())
def test_any_flipped_byte_gives_facts_or_a_named_error(place: int, mask: int, filled: bool) -> None:
    data = bytearray(FLIPPED)
    spots = FILLED if filled else range(len(data))
    data[spots[place % len(spots)]] ^= mask
    try:
        found = facts(bytes(data))
    except FormatError:
        return
    assert msgspec.msgpack.encode(found)
