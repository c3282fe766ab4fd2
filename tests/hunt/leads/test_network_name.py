from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from unrig.hunt.leads.network_name import LEAD_KIND, needs
from unrig.model.lead import NetworkNameLead
from unrig.model.levels import Severity
from unrig.model.moment import Window
from unrig.model.telemetry import Seen


def lead(suffix: str = "c2.example", **fields: Any) -> NetworkNameLead:
    return NetworkNameLead(id="n", suffix=suffix, **fields)


def hosts(result: Any) -> list[str]:
    return [each.detail for each in result.sightings if each.of == "n"]


@pytest.mark.parametrize("suffix", ["c2.example", "C2.Example.", "*.c2.example", ".c2.example"])
def test_the_domain_and_names_below_it_are_seen(suffix: str, log: Any, tmp_path: Path, kit: Any) -> None:
    log.query(0, "pc1", kit.phone, "c2.example").query(0, "pc1", kit.phone, "A.b.C2.example.")
    log.event(3, 1, "pc1", Image=kit.phone, DestinationHostname="www.c2.example")
    result = kit.run(log.write(tmp_path / "log"), leads=[lead(suffix)])
    assert sorted(hosts(result)) == ["a.b.c2.example.", "c2.example", "www.c2.example"]
    assert {each.severity for each in result.sightings} == {Severity.HIGH}
    assert {each.process for each in result.sightings} == {kit.phone.lower()}


def test_names_that_only_contain_the_domain_are_not(log: Any, tmp_path: Path, kit: Any) -> None:
    for name in ("notc2.example", "c2.example.org", "c2-example", "example"):
        log.query(0, "pc1", kit.phone, name)
    assert not hosts(kit.run(log.write(tmp_path / "log"), leads=[lead()]))


def test_a_contact_without_a_program_still_counts(log: Any, tmp_path: Path, kit: Any) -> None:
    log.query(0, "pc1", "-", "c2.example")
    [sighting] = kit.run(log.write(tmp_path / "log"), leads=[lead()]).sightings
    assert (sighting.device, sighting.process) == ("pc1", "")


def test_only_contacts_in_the_window_are_seen(log: Any, tmp_path: Path, kit: Any) -> None:
    for day in range(5):
        log.query(day, "pc1", kit.phone, "c2.example")
    window = Window(since=kit.start + dt.timedelta(days=1), until=kit.start + dt.timedelta(days=3))
    [sighting] = kit.run(log.write(tmp_path / "log"), leads=[lead(window=window)]).sightings
    assert sighting.count == 2


def test_a_device_without_names_of_hosts_could_not_have_shown_it(log: Any, tmp_path: Path, kit: Any) -> None:
    log.start(0, "pc1", kit.phone)
    log.event(3, 0, "pc2", Image=kit.phone, DestinationIp="192.0.2.1")
    result = kit.run(log.write(tmp_path / "log"), leads=[lead()])
    answers = {each.device: each for each in result.observability if each.of == "n"}
    assert {each.state for each in answers.values()} == {Seen.NOT_OBSERVABLE}
    assert "network.destination_host" in answers["pc2"].why
    assert "DnsQuery" in answers["pc2"].remedy


def test_names_in_handshakes_certificates_and_requests_are_seen(made: Any) -> None:
    made.add("tls", 0, "pc1", server_name="a.c2.example", certificate_subject="cn=*.c2.example,o=x")
    made.add("tls", 0, "pc2", server_name=None, certificate_subject="o=x,cn=www.c2.example")
    made.add("tls", 0, "pc3", server_name="other.example", certificate_subject="cn=notc2.example")
    made.add("http", 0, None, host="c2.example", url_path="/x", source_ip="10.0.0.5")
    assert {each.device for each in made.sight(LEAD_KIND, lead())} == {"pc1", "pc2", "10.0.0.5"}


def test_with_a_pattern_only_that_page_counts_and_no_page_is_low(made: Any) -> None:
    made.add("http", 0, "pc1", host="c2.example", url_path="/team/images/icon3.ico")
    made.add("http", 0, "pc2", host="c2.example", url_path="/else")
    made.add("dns", 0, "pc3", query="c2.example")
    found = made.sight(LEAD_KIND, lead(url_pattern="/team/images/*.ico"))
    assert [(each.device, each.severity) for each in found] == [("pc1", Severity.HIGH), ("pc3", Severity.LOW)]


@pytest.mark.parametrize("suffix", ["", ".", "*", " "])
def test_a_lead_without_a_domain_matches_nothing(suffix: str, log: Any, tmp_path: Path, kit: Any) -> None:
    assert needs(lead(suffix)) == ()
    log.query(0, "pc1", kit.phone, "a.example")
    result = kit.run(log.write(tmp_path / "log"), leads=[lead(suffix)])
    assert not hosts(result)
    assert ("n", "it names no domain") in [(each.rule, each.reason) for each in result.not_evaluated]
