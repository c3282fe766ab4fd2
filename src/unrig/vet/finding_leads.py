"""Leads that findings about behaviour give rise to: positions, pairs, user agents, children and file names.

Hashes and manifests come from identities (`unrig.vet.leads`). A finding below medium gives none, and what many innocent
programs do (a name that other files of the release have too) is no lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from unrig.model.artifact import Release
from unrig.model.finding import Finding
from unrig.model.lead import CarrierReadLead, ChildLead, FileNameLead, Lead, SideLoadLead, UserAgentLead, lead_id
from unrig.model.levels import Severity, severity_rank
from unrig.model.moment import Window
from unrig.model.paths import SEPARATOR, file_name
from unrig.model.pe import PeFacts
from unrig.model.place import Key
from unrig.model.rule import ArtifactView
from unrig.model.strings import StringFacts

READERS = frozenset({"reader-and-carrier", "loader-among-siblings"})
SIDE_LOADING = "side-loading-position"
CONTRADICTION = "version-contradiction"
AGENT = "user-agent/"
MOST_NAMES = 8
"""File names of one reader: more are a list of something, not what it writes."""


def from_findings(
    release: Release, views: Sequence[ArtifactView], findings: Sequence[Finding], window: Window
) -> tuple[Lead, ...]:
    """Return the leads by kind and id; two findings of one lead are both named by it."""
    by_id = {view.artifact.id: view for view in views}
    found = [
        lead
        for finding in findings
        if severity_rank(finding.severity) >= severity_rank(Severity.MEDIUM)
        for lead in _of(finding, release, by_id, window)
    ]
    unique = {lead.id: lead for lead in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda lead: (type(lead).__name__, lead.id)))


def _of(finding: Finding, release: Release, views: Mapping[str, ArtifactView], window: Window) -> Iterator[Lead]:
    about = [views[ref.id] for ref in finding.artifacts if ref.id in views]
    if finding.rule == SIDE_LOADING and len(about) > 1:
        yield from (_side_load(finding, about[0], program, window) for program in about[1:])
    if finding.rule == CONTRADICTION:
        yield from _user_agents(finding, release, window)
    if finding.rule in READERS and len(about) > 1:
        yield from (_carrier_read(finding, about[0], carrier, window) for carrier in about[1:])
        if severity_rank(finding.severity) >= severity_rank(Severity.HIGH):
            yield from _file_names(finding, about[0], views.values(), window)
            yield from _children(finding, about[0], views.values(), window)


def _side_load(finding: Finding, library: ArtifactView, program: ArtifactView, window: Window) -> SideLoadLead:
    module, host = _name(library), _name(program)
    return SideLoadLead(
        id=lead_id("side_load", host, module),
        program=host,
        module=module,
        folders=(),
        findings=(finding.id,),
        techniques=finding.techniques,
        window=window,
    )


def _carrier_read(finding: Finding, reader: ArtifactView, carrier: ArtifactView, window: Window) -> CarrierReadLead:
    return CarrierReadLead(
        id=lead_id("carrier_read", _name(reader), _name(carrier)),
        reader=_name(reader),
        carrier=_name(carrier),
        findings=(finding.id,),
        techniques=finding.techniques,
        window=window,
    )


def _user_agents(finding: Finding, release: Release, window: Window) -> Iterator[UserAgentLead]:
    for place in (evidence.place for evidence in finding.evidence):
        if isinstance(place, Key) and place.key.startswith(AGENT):
            token = place.key.removeprefix(AGENT)
            yield UserAgentLead(
                id=lead_id("user_agent", token),
                pattern=f"*{token}*",
                contradicts_version=release.version,
                findings=(finding.id,),
                techniques=finding.techniques,
                window=window,
            )


def _file_names(
    finding: Finding, reader: ArtifactView, views: Iterable[ArtifactView], window: Window
) -> Iterator[FileNameLead]:
    """Yield the files that the reader alone names and that the release does not ship: what it writes or looks for."""
    everything = list(views)
    shipped = {_name(view) for view in everything}
    elsewhere = {name for view in everything if view.artifact.sha256 != reader.artifact.sha256 for name in _named(view)}
    pe = reader.facts.get(PeFacts)
    linked = {entry.library.lower() for entry in pe.imports} if isinstance(pe, PeFacts) else set()
    own = {pe.export_name.lower()} if isinstance(pe, PeFacts) else set()
    names = [name for name in _named(reader) if name not in shipped | elsewhere | linked | own]
    for name in names if len(names) <= MOST_NAMES else ():
        yield FileNameLead(
            id=lead_id("file_name", name),
            name=name,
            findings=(finding.id,),
            techniques=finding.techniques,
            window=window,
        )


def _children(
    finding: Finding, reader: ArtifactView, views: Iterable[ArtifactView], window: Window
) -> Iterator[ChildLead]:
    """Yield each program that is linked against the reader: it is expected to start what the release ships."""
    everything = list(views)
    programs = {_name(view): pe for view in everything if isinstance(pe := view.facts.get(PeFacts), PeFacts)}
    expected = tuple(sorted(name for name, pe in programs.items() if not pe.is_dll))
    for name, pe in sorted(programs.items()):
        if not pe.is_dll and any(entry.library.lower() == _name(reader) for entry in pe.imports):
            yield ChildLead(
                id=lead_id("child", name, *expected),
                parent=name,
                expected=expected,
                findings=(finding.id,),
                techniques=finding.techniques,
                window=window,
            )


def _named(view: ArtifactView) -> tuple[str, ...]:
    strings = view.facts.get(StringFacts)
    return tuple(found.text.lower() for found in strings.file_names) if isinstance(strings, StringFacts) else ()


def _name(view: ArtifactView) -> str:
    return file_name(view.artifact.path.rsplit(SEPARATOR, 1)[-1]).lower()
