from __future__ import annotations

from typing import Any

from unrig.hunt.leads.carrier_read import LEAD_KIND, needs
from unrig.model.lead import CarrierReadLead
from unrig.model.levels import Severity

PHONE = "c:\\program files\\phone\\phone.exe"
CARRIER = "c:\\program files\\phone\\shader.dll"
LEAD = CarrierReadLead(id="r", reader="media.dll", carrier="app/Shader.dll")


def test_the_carrier_opened_by_the_host_of_its_reader(made: Any) -> None:
    made.add("module_load", 0, "pc1", image=PHONE, module="c:\\program files\\phone\\media.dll")
    made.add("file", 0.1, "pc1", action="open", image=PHONE, target=CARRIER)
    [sighting] = made.sight(LEAD_KIND, LEAD)
    assert (sighting.device, sighting.detail, sighting.severity) == ("pc1", CARRIER, Severity.MEDIUM)


def test_the_reader_may_be_the_program_itself(made: Any) -> None:
    made.add("file", 0, "pc1", action="open", image=PHONE, target=CARRIER)
    assert made.sight(LEAD_KIND, CarrierReadLead(id="r", reader="Phone.exe", carrier="shader.dll"))


def test_other_programs_other_files_and_deletion_are_not(made: Any) -> None:
    made.add("module_load", 0, "pc1", image=PHONE, module="c:\\program files\\phone\\media.dll")
    made.add("file", 0.1, "pc1", action="open", image="c:\\scanner.exe", target=CARRIER)
    made.add("file", 0.1, "pc1", action="delete", image=PHONE, target=CARRIER)
    made.add("file", 0.1, "pc1", action="open", image=PHONE, target=CARRIER + ".txt")
    made.add("file", 0.1, "pc2", action="open", image=PHONE, target=CARRIER)
    assert not made.sight(LEAD_KIND, LEAD)


def test_what_it_needs_depends_on_the_reader() -> None:
    assert [set(each) for each in needs(LEAD)] == [{"file", "module_load"}]
    assert [set(each) for each in needs(CarrierReadLead(id="r", reader="a.exe", carrier="b"))] == [{"file"}]
    assert needs(CarrierReadLead(id="r", reader="", carrier="b")) == ()
