"""Leads of behaviour: only from medium on, and only names that the release does not share."""

from __future__ import annotations

from rule_pages import File, Setting, findings, seen

from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec
from unrig.model.lead import CarrierReadLead, ChildLead, FileNameLead, Lead, SideLoadLead, UserAgentLead
from unrig.model.moment import Window
from unrig.vet.detect import RULES
from unrig.vet.finding_leads import from_findings

READS = {"KERNEL32.dll": ("CreateFileW", "VirtualProtect")}


def leads(files: dict[str, File]) -> tuple[Lead, ...]:
    asked = Setting(files=files)
    view = seen(asked)
    return from_findings(view.release, view.artifacts, findings(RULES, asked), Window())


def signed(seed: int = 1, **fields: object) -> File:
    return File(pe=PeSpec(**fields), signed=SigningSpec(), seed=seed)  # type: ignore[arg-type]


def test_a_reader_gives_what_it_reads_writes_and_where_it_runs() -> None:
    files = {f"app/part{n}.dll": signed(n, strings=("common.ini",)) for n in range(1, 6)}
    files["app/client.exe"] = signed(7, is_dll=False, imports={"codec.dll": ("Start",)})
    files["app/codec.dll"] = File(
        pe=PeSpec(strings=("part3.dll", "own.dat", "common.ini"), imports=READS, export_name="codec.dll")
    )
    found = leads(files)
    (carrier,) = [lead for lead in found if isinstance(lead, CarrierReadLead)]
    assert (carrier.reader, carrier.carrier) == ("codec.dll", "part3.dll")
    assert [lead.name for lead in found if isinstance(lead, FileNameLead)] == ["own.dat"]
    (child,) = [lead for lead in found if isinstance(lead, ChildLead)]
    assert (child.parent, child.expected) == ("client.exe", ("client.exe",))
    assert all(len(lead.findings) == 1 and lead.techniques for lead in found)


def test_a_position_gives_program_and_library() -> None:
    files = {
        "app/tool.exe": signed(is_dll=False, imports={"VERSION.dll": ("GetFileVersionInfoW",)}),
        "app/version.dll": File(),
    }
    (lead,) = leads(files)
    assert isinstance(lead, SideLoadLead)
    assert (lead.program, lead.module, lead.folders) == ("tool.exe", "version.dll", ())


def test_a_user_agent_of_another_version() -> None:
    version = {"ProductName": "Example Client", "FileVersion": "18.12.416.0"}
    agent = "Mozilla/5.0 (Windows NT 10.0) ExampleClient/{} Chrome/102.0.5005.167"
    files = {"a/exampleclient.exe": File(pe=PeSpec(is_dll=False, version=version))}
    (lead,) = leads(files | {"a/codec.dll": File(pe=PeSpec(strings=(agent.format("17.1.2"),)))})
    assert isinstance(lead, UserAgentLead)
    assert lead.pattern == "*ExampleClient/17.1.2*"
    assert leads(files | {"a/codec.dll": File(pe=PeSpec(strings=(agent.format("18.12.1"),)))}) == ()


def test_an_ordinary_release_gives_none() -> None:
    assert leads({f"app/part{n}.dll": signed(n) for n in range(1, 7)}) == ()
