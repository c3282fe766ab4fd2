"""Rule tests as Markdown: each page is fixture, expectation and prose of one rule.

A page has sections. A section has a `toml` block that says what to build, an `expect` block with one line for each
finding of the rule under test (`severity path + path: words of its summary`, or `silent`), and, for a benign twin,
one line `Twin of: TITLE; differs in: FIELD`. How to write one stands in CONTRIBUTING.md.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import itertools
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from unrig.drill.build.image import ImageSpec, build_image
from unrig.drill.build.lab_authority import lab_crls, lab_roots
from unrig.drill.build.msi import MsiSpec, build_msi
from unrig.drill.build.payload import PayloadSpec, payload
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.zip import ZipEntry, ZipLayout, build_zip
from unrig.model.artifact import Release
from unrig.model.fact import Stage
from unrig.model.finding import Finding
from unrig.model.levels import Severity, severity_rank
from unrig.model.rule import ArtifactView, Hijackable, Listed, ReleaseView, Rule
from unrig.model.signature import SignatureFacts
from unrig.vet import judging, known_facts, reading, trust, yara_worker
from unrig.vet.comparing import file_changes, viewed
from unrig.vet.leaves import Leaf, Walked
from unrig.vet.views import views_of, with_fact
from unrig.vet.yara_calls import CompileRequest, Source

PACK = "5c" * 32
MILD = (Severity.INFO, Severity.LOW)
BLOCK = re.compile(r"^```(toml|expect)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TWIN = re.compile(r"^Twin of: (?P<of>[^;]+); differs in: `(?P<field>[^`]+)`\.?$", re.MULTILINE)
EXPECTED = re.compile(r"(?P<severity>[a-z]+) (?P<paths>[^:]+): (?P<words>.+)")


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One member of a zip: a short text under a name."""

    name: str
    text: str = ""
    local_name: str | None = None
    gap: int = 0


class Zip(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A zip of texts, and what stands around them."""

    members: tuple[Member, ...]
    layout: ZipLayout = ZipLayout()


class File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a release: a PE (signed where `signed` is given), a zip, an image, or a text."""

    seed: int = 1
    pe: PeSpec = PeSpec()
    signed: SigningSpec | None = None
    zip: Zip | None = None
    image: ImageSpec | None = None
    msi: MsiSpec | None = None
    text: str | None = None
    payload: PayloadSpec | None = None
    """Inert bytes that are no format."""


class Setting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a section builds."""

    files: dict[str, File]
    baseline: dict[str, File] = field(default_factory=dict)
    upstream: dict[str, File] = field(default_factory=dict)
    """Files of a framework's own release."""
    mirror: dict[str, File] = field(default_factory=dict)
    """Files of the same release from another place."""
    now: dt.date = dt.date(2026, 11, 23)
    """The moment of the run."""
    trust_the_lab: bool = True
    """The policy trusts the drill's authority; Microsoft's roots are always trusted."""
    crls: bool = False
    """The user gave the lab's revocation list."""
    listed: tuple[str, ...] = ()
    """Paths of the release whose SHA-256 a pack lists as bad."""
    hijackable: dict[str, Hijackable] = field(default_factory=dict)
    """What a pack of libraries lists, by file name."""
    publishers: tuple[str, ...] = ()
    """Signers that the policy expects."""
    yara: str = ""
    """YARA rules of a pack in force."""


class Expected(Struct, frozen=True, kw_only=True):
    """One finding a section asks for."""

    severity: Severity
    paths: tuple[str, ...]
    words: str


class Twin(Struct, frozen=True, kw_only=True):
    """What a benign section is the twin of, and the one field that sets it apart."""

    of: str
    field: str


class Section(Struct, frozen=True, kw_only=True):
    """One section of a page."""

    title: str
    prose: str
    setting: Setting
    expected: tuple[Expected, ...]
    twin: Twin | None


class PageError(Exception):
    """A page that cannot be read as one."""


def sections(text: str) -> tuple[Section, ...]:
    """Return the sections of a page. Raises PageError, which names the section, for what is no page."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return tuple(_section(title.strip(), body) for title, body in zip(parts[::2], parts[1::2], strict=True))


def _section(title: str, body: str) -> Section:
    blocks = BLOCK.findall(body)
    if [kind for kind, _ in blocks] != ["toml", "expect"]:
        raise PageError(f"{title}: expected one toml and one expect block, found {[kind for kind, _ in blocks]}")
    prose = BLOCK.sub("", body)
    twin = TWIN.search(prose)
    if "Twin of" in prose and not twin:
        raise PageError(f"{title}: expected `Twin of: TITLE; differs in: FIELD` with the field in backquotes")
    return Section(
        title=title,
        prose=TWIN.sub("", prose).strip(),
        setting=setting(title, blocks[0][1]),
        expected=_expectations(title, blocks[1][1]),
        twin=Twin(of=twin["of"].strip(), field=twin["field"]) if twin else None,
    )


def setting(title: str, text: str) -> Setting:
    """Return what a toml block asks for; a field that nothing knows is an error, however deep it stands."""
    raw = msgspec.toml.decode(text)
    try:
        found = msgspec.convert(raw, Setting)
    except msgspec.ValidationError as error:
        raise PageError(f"{title}: {error}") from error
    unknown = set(_leaves(raw)) - set(_leaves(msgspec.to_builtins(found)))
    if unknown:
        raise PageError(f"{title}: fields that nothing knows: {', '.join(sorted(unknown))}")
    return found


def _expectations(title: str, text: str) -> tuple[Expected, ...]:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise PageError(f"{title}: an empty expect block; write `silent` where nothing is expected")
    if lines == ["silent"]:
        return ()
    found = []
    for line in lines:
        match = EXPECTED.fullmatch(line)
        if not match or match["severity"] not in {severity.value for severity in Severity}:
            raise PageError(f"{title}: expected `severity path: words` or `silent`, found {line!r}")
        paths = tuple(path.strip() for path in match["paths"].split(" + "))
        found.append(Expected(severity=Severity(match["severity"]), paths=paths, words=match["words"]))
    return tuple(found)


def _leaves(value: Any, path: str = "") -> dict[str, object]:
    """Return every leaf of nested tables and lists by its dotted path."""
    items: Iterator[tuple[object, Any]]
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list | tuple):
        items = iter(enumerate(value))
    else:
        return {path: value}
    return {k: v for key, inner in items for k, v in _leaves(inner, f"{path}.{key}" if path else str(key)).items()}


def differences(first: Setting, second: Setting) -> set[str]:
    """Return the dotted paths of all that two settings do not share."""
    one, two = _leaves(msgspec.to_builtins(first)), _leaves(msgspec.to_builtins(second))
    missing = object()
    return {path for path in one.keys() | two.keys() if one.get(path, missing) != two.get(path, missing)}


def findings(rules: Sequence[Rule], asked: Setting) -> tuple[Finding, ...]:
    """Build a setting, read it as `unrig vet` reads a release, and return what the rules find."""
    return judging.judge(rules, seen(asked)).findings


def seen(asked: Setting) -> ReleaseView:
    """Return a setting as rules see it: built, read by the real extractors, chains judged, laid beside its baseline."""
    context = _context(asked)
    this, that = _side("release", asked.files, context), _side("baseline", asked.baseline, context)
    if asked.yara:
        this, that = _scanned(this, asked.files, asked.yara), _scanned(that, asked.baseline, asked.yara)
    stock = (_side("upstream", asked.upstream, context).artifacts,) if asked.upstream else ()
    found = file_changes(that, this) if asked.baseline else ()
    changes = tuple(viewed(found, that.artifacts, this.artifacts))
    copy = _side("mirror", asked.mirror, context)
    mirrored = tuple(viewed(file_changes(copy, this), copy.artifacts, this.artifacts)) if asked.mirror else ()
    listed = {
        v.artifact.sha256: Listed(pack="bad", label="drill") for v in this.artifacts if v.artifact.path in asked.listed
    }
    return msgspec.structs.replace(
        this,
        known_good=(*that.artifacts, *(view for each in stock for view in each)),
        baseline=that.artifacts,
        upstreams=stock,
        mirrored=mirrored,
        mirrors=bool(asked.mirror),
        changes=changes,
        listed=listed,
        scanned={PACK: "drill-rules"} if asked.yara else {},
        hijackable=asked.hijackable,
        publishers=asked.publishers,
    )


def _scanned(side: ReleaseView, files: dict[str, File], rules: str) -> ReleaseView:
    """Return a side with what YARA rules say of its files, by the code that sealed workers run."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as compiled:
        given.write(msgspec.msgpack.encode([Source(sha256=PACK, origin="drill-rules", text=rules)]))
        given.seek(0)
        done = yara_worker.compile_rules(CompileRequest(), (given.fileno(), compiled.fileno()))
        assert not done.rejected, done.rejected
        scanner = compiled.fileno()
        views = tuple(
            with_fact(view, yara_worker.scan(memoryview(built(files[view.artifact.path])), scanner))
            for view in side.artifacts
        )
        yara_worker._SCANNERS.clear()  # the next temporary file may have this one's number
    return msgspec.structs.replace(side, artifacts=views)


def _context(asked: Setting) -> trust.TrustContext:
    now = dt.datetime.combine(asked.now, dt.time(), dt.UTC)
    roots = lab_roots() if asked.trust_the_lab else ()
    return trust.TrustContext(extra_roots=roots, crls=lab_crls() if asked.crls else (), now=int(now.timestamp()))


def _side(name: str, files: dict[str, File], context: trust.TrustContext) -> ReleaseView:
    leaves = tuple(_leaf(path, built(file)) for path, file in sorted(files.items()))
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    walked = Walked(
        name=name,
        sha256=sha256,
        size=0,
        format="folder",
        leaves=leaves,
        problems=(),
        unopened=(),
        opened=0,
        cached=0,
        deterministic=True,
    )
    release = Release(name=name, path=name, sha256=sha256, size=0, format="folder")
    return ReleaseView(release=release, artifacts=tuple(_judged(view, context) for view in views_of(walked)))


def _judged(view: ArtifactView, context: trust.TrustContext) -> ArtifactView:
    facts = view.facts.get(SignatureFacts)
    if not isinstance(facts, SignatureFacts) or not facts.signatures:
        return view
    return with_fact(view, trust.judge(facts, context))


def _leaf(path: str, data: bytes) -> Leaf:
    read, deep = _read(data), _read(data, "deep")
    return Leaf(
        path=path,
        sha256=read.sha256,
        size=read.size,
        format=read.format,
        container="",
        facts=read.facts,
        values=known_facts._decoded((*read.facts, *deep.facts)),
    )


@functools.lru_cache(maxsize=512)
def _read(data: bytes, stage: Stage = "base") -> reading.ReadResult:
    return reading._facts_of(memoryview(data), "", (), stage)


def built(file: File) -> bytes:
    """Return the bytes of one file."""
    if file.text is not None:
        return file.text.encode()
    if file.payload is not None:
        return payload(file.seed, file.payload.size, file.payload.kind)
    if file.zip is not None:
        entries = tuple(
            ZipEntry(name=m.name, content=m.text.encode(), local_name=m.local_name, gap=m.gap) for m in file.zip.members
        )
        return build_zip(entries, file.zip.layout, file.seed)
    if file.image is not None:
        return build_image(file.image, file.seed)
    if file.msi is not None:
        return build_msi(file.msi, None, file.seed)
    return signed_pe(file.pe, file.signed, file.seed) if file.signed else build_pe(file.pe, file.seed)


def mismatches(section: Section, found: Sequence[Finding]) -> list[str]:
    """Return what a section asked for and did not get, and what it got without asking; empty where all is as written."""
    left = list(found)
    complaints = []
    for wanted in section.expected:
        match = next((finding for finding in left if _fits(wanted, finding)), None)
        if match is None:
            complaints.append(f"missing: {wanted.severity} {' + '.join(wanted.paths)}: {wanted.words}")
        else:
            left.remove(match)
    return complaints + [f"not expected: {_line(finding)}" for finding in left]


def _fits(wanted: Expected, finding: Finding) -> bool:
    paths = sorted(ref.path for ref in finding.artifacts)
    return (wanted.severity, sorted(wanted.paths)) == (finding.severity, paths) and wanted.words in finding.summary


def _line(finding: Finding) -> str:
    return f"{finding.severity} {' + '.join(ref.path for ref in finding.artifacts)}: {finding.summary}"


def check_section(rule: Rule, section: Section) -> None:
    """Assert that the rule finds in a section exactly what it says."""
    complaints = mismatches(section, findings((rule,), section.setting))
    assert not complaints, "\n".join([f"{rule.id}: {section.title}", *complaints])


def check_page(rule: Rule, page: Sequence[Section]) -> None:
    """Assert that a page proves its rule: hits, and benign twins that differ in the one field they name."""
    by_title = {section.title: section for section in page}
    assert len(by_title) == len(page), f"{rule.id}: two sections of one title"
    assert any(_is_hit(section) for section in page), f"{rule.id}: no section has a finding at medium or above"
    twins = [section for section in page if section.twin]
    assert twins, f"{rule.id}: no benign twin"
    for section in page:
        assert section.prose, f"{rule.id}: {section.title}: no prose says why"
    for section in twins:
        check_twin(section, by_title)


def check_twin(section: Section, by_title: dict[str, Section]) -> None:
    """Assert that a twin is milder than its original and differs from it in the field it names and no other."""
    twin = section.twin
    assert twin is not None
    assert twin.of in by_title, f"{section.title}: twin of {twin.of!r}, which is no section"
    original = by_title[twin.of]
    assert _is_hit(original), f"{section.title}: twin of {twin.of!r}, which finds nothing at medium or above"
    assert all(wanted.severity in MILD for wanted in section.expected), (
        f"{section.title}: a twin is silent, info or low"
    )
    assert section.setting != original.setting, f"{section.title}: the same as {twin.of!r}"
    others = {path for path in differences(original.setting, section.setting) if not _under(path, twin.field)}
    assert not others, f"{section.title}: differs from {twin.of!r} also in {', '.join(sorted(others))}"


def _under(path: str, name: str) -> bool:
    """Tell whether a dotted path is the named field, of whichever file, or stands in it."""
    return f".{name}." in f".{path}."


def _is_hit(section: Section) -> bool:
    worst = max((severity_rank(wanted.severity) for wanted in section.expected), default=-1)
    return worst >= severity_rank(Severity.MEDIUM)


def pages(folder: Path) -> dict[str, Path]:
    """Return the pages of a folder by the module they are about."""
    return {path.stem: path for path in itertools.chain(sorted(folder.glob("*.md")))}
