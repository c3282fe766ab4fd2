"""The verbs as functions: `from unrig import api; api.vet("app.whl").verdict`.

Each returns the frozen value that the command line writes as JSON. Nothing is written but the cache and,
where a case or a baseline is named, that. Paths are as the user gave them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unrig import __version__
from unrig.model.artifact import Release, Trust
from unrig.model.errors import FormatError, LimitError, UsageError
from unrig.model.identity import Identity
from unrig.model.lead import Lead
from unrig.model.levels import Severity, VerdictWord
from unrig.model.policy import Pack
from unrig.model.problem import Problem
from unrig.model.results import CaseResult, HuntResult, RespondResult, ScopeResult, VetResult
from unrig.model.rule import Listed
from unrig.packs import hashes
from unrig.sandbox.pool import Pool
from unrig.store import baselines as baseline_store
from unrig.store import given_files, locations, pack_store, policy_file

if TYPE_CHECKING:
    from unrig.exchange.leads import LoadedLeads
    from unrig.loop.investigate import Investigated
    from unrig.scope.opening import Given

PathLike = str | Path


def now() -> dt.datetime:
    """Return the moment a run is dated: SOURCE_DATE_EPOCH where it is set, else the clock, in whole seconds of UTC."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC)
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def vet(
    release: PathLike,
    *,
    baselines: Sequence[PathLike] = (),
    upstreams: Sequence[PathLike] = (),
    policy: PathLike | None = None,
    crls: Sequence[PathLike] = (),
    packs: PathLike | None = None,
    jobs: int | None = None,
) -> VetResult:
    """Answer whether a release was rigged: a file, a folder, an https address or a purl.

    `baselines` are known-good releases of the same product, or names of the baseline store; `upstreams` those of
    what it contains; `packs` a folder of hash lists besides those added. Raises UsageError where nothing could be
    read, or where something that was named cannot be found.
    """
    from unrig.store.fact_cache import open_cache
    from unrig.vet import pipeline
    from unrig.vet.reading import PRELOAD

    loaded = policy_file.load(_path(policy), current=Path.cwd(), config=locations.config_folder())
    listed = packs_in_force(_path(packs))
    request = pipeline.VetRequest(
        release=located(release),
        given_as=str(release) if _is_remote(str(release)) else "",
        baselines=tuple(known_good(path) for path in baselines),
        upstreams=tuple(known_good(path) for path in upstreams),
        policy=loaded,
        packs=tuple(pack for pack, _ in listed),
        listed=_merged(listed),
        crls=tuple(_bytes(Path(path)) for path in crls),
        now=now(),
        unrig_version=__version__,
    )
    with open_cache(locations.cache_folder()) as cache, Pool(PRELOAD, jobs=jobs) as workers:
        return pipeline.vet(request, cache=cache, pool=workers)


def located(release: PathLike) -> Path:
    """Return the file or folder that a release names, fetching it where it is an address. Raises UsageError."""
    text = str(release)
    if _is_remote(text):
        from unrig.fetch.release import fetch

        return fetch(text, locations.cache_folder() / "downloads").path
    path = Path(text)
    if not path.exists():
        raise UsageError(f"{text}: expected a file, a folder, a purl or an https address; nothing of that name exists.")
    return path


def known_good(name: PathLike) -> Path:
    """Return where a known-good release stands: a path, an address, or a name of the baseline store."""
    text = str(name)
    if _is_remote(text) or Path(text).exists():
        return located(text)
    kept = baseline_store.find(locations.data_folder(), text)
    if kept.revoked:
        raise UsageError(f"{text}: expected a baseline that is good, found it revoked: {kept.revoked}.")
    if not Path(kept.location).exists():
        raise UsageError(f"{text}: expected the baseline at {kept.location}, found nothing there. Add it again.")
    return Path(kept.location)


def add_baseline(release: PathLike, *, trust: Trust = Trust.ASSUMED) -> VetResult:
    """Vet a release, put it into the baseline store, and return what vet said. Raises UsageError.

    A release that vet calls rigged or suspicious is refused: it cannot be what others are compared with.
    """
    result = vet(release)
    if result.verdict in ("rigged", "suspicious"):
        raise UsageError(f"{release}: expected a good release, found it {result.verdict}: {result.because[0]}")
    folder = locations.data_folder()
    baseline_store.add(folder, result.release, located(release).resolve(), now=now(), trust=trust)
    return result


def baselines() -> tuple[baseline_store.Baseline, ...]:
    """Return the baseline store's entries, in the order they were added."""
    return baseline_store.load(locations.data_folder()).baselines


def remove_baseline(name: str) -> Release:
    """Forget a baseline and return its release. Raises UsageError where none fits."""
    gone = baseline_store.find(locations.data_folder(), name)
    baseline_store.remove(locations.data_folder(), name)
    return gone.release


def revoke_baseline(name: str, reason: str) -> Release:
    """Mark a baseline as no longer good and return its release. Raises UsageError where none fits."""
    bad = baseline_store.find(locations.data_folder(), name)
    baseline_store.revoke(locations.data_folder(), name, reason)
    return bad.release


def packs() -> tuple[Pack, ...]:
    """Return the packs that were added."""
    return pack_store.load(locations.data_folder() / "packs").packs


def add_pack(path: PathLike) -> Pack:
    """Lock a hash list by its SHA-256 and keep a copy. Raises UsageError, or FormatError at its first bad line."""
    raw = _bytes(Path(path))
    pack = _pack(hashes.read(raw, name=Path(path).name), raw)
    pack_store.add(locations.data_folder() / "packs", pack, raw)
    return pack


def changed_packs() -> tuple[str, ...]:
    """Return a sentence for each added pack whose bytes are not those that were locked."""
    return pack_store.changed(locations.data_folder() / "packs")


def packs_in_force(folder: Path | None) -> list[tuple[Pack, hashes.HashList]]:
    """Return the packs added and those in `folder`, read. Raises UsageError where one is not what was locked."""
    store = locations.data_folder() / "packs"
    contents = [pack_store.read(store, pack).content for pack in pack_store.load(store).packs]
    if folder is not None:
        contents += [_bytes(path) for path in sorted(folder.iterdir()) if path.is_file()]
    read = [(raw, hashes.read(raw, name="pack")) for raw in contents]
    return [(_pack(listed, raw), listed) for raw, listed in read]


def read_leads(files: Sequence[PathLike]) -> LoadedLeads:
    """Return the leads of vet and leads documents, STIX bundles and CSV files; `-` is standard input.

    Raises UsageError for a file that is none of these.
    """
    from unrig.exchange import leads as leads_file

    leads: dict[str, Lead] = {}
    problems: list[Problem] = []
    for name in files:
        data = sys.stdin.buffer.read() if str(name) == "-" else _bytes(Path(name))
        try:
            loaded = leads_file.read_leads(data, str(name))
        except (FormatError, LimitError) as error:
            raise UsageError(f"{name}: {error}") from error
        leads |= {lead.id: lead for lead in loaded.leads}
        problems += loaded.problems
    return leads_file.LoadedLeads(leads=tuple(leads.values()), problems=tuple(problems))


def hunt(
    telemetry: Sequence[PathLike],
    *,
    leads: Sequence[Lead] = (),
    known_devices: Sequence[str] = (),
    jobs: int | None = None,
) -> HuntResult:
    """Answer where a release has run and what it did, from files, folders and globs of telemetry."""
    from unrig.hunt import pipeline

    request = pipeline.HuntRequest(
        telemetry=tuple(str(path) for path in telemetry),
        leads=tuple(leads),
        known_devices=tuple(known_devices),
        generated_at=now(),
        unrig_version=__version__,
    )
    with Pool(pipeline.PRELOAD, pipeline.LIMITS, jobs=jobs) as workers:
        return pipeline.hunt(request, workers)


def scope(
    inventory: Sequence[PathLike] = (),
    *,
    sboms: Sequence[PathLike] = (),
    leads: Sequence[Lead] = (),
    good: Sequence[VetResult] = (),
    fixed: Sequence[VetResult] = (),
    jobs: int | None = None,
) -> ScopeResult:
    """Answer who has the release and who embeds it.

    `good` is what vet said of releases known to be good, `fixed` of builds that replace the rigged one: their files,
    by SHA-256, are what devices without the rigged release have. Only those that vet calls clean count.
    """
    from unrig.scope import pipeline

    known_good_files = _files(good)
    request = pipeline.ScopeRequest(
        inventories=_given(inventory),
        sboms=_given(sboms),
        leads=tuple(leads),
        good=known_good_files,
        fixed=tuple(one for one in _files(fixed) if one.sha256 not in {each.sha256 for each in known_good_files}),
        generated_at=now(),
        unrig_version=__version__,
    )
    with Pool(pipeline.PRELOAD, jobs=jobs) as workers:
        return pipeline.scope(request, workers)


def case(folder: PathLike, *, claims: Sequence[PathLike] = (), known_claims: str = "") -> CaseResult:
    """Answer what happened, in what order and who says by whom, from what the case folder holds.

    `claims` are files; `known_claims` names a set of public claims that unrig carries.
    """
    from unrig.case import run
    from unrig.data import claims as carried

    given = [run.GivenClaims(name=Path(path).name, data=_bytes(Path(path))) for path in claims]
    if known_claims and known_claims not in carried.names():
        raise UsageError(f"{known_claims}: expected one of {', '.join(carried.names())}.")
    if known_claims:
        given.append(run.GivenClaims(name=f"{known_claims}.toml", data=carried.load(known_claims)))
    return run.run(run.CaseRun(folder=Path(folder), claims=tuple(given), at=now()))


def known_claims() -> tuple[str, ...]:
    """Return the names of the sets of public claims that unrig carries."""
    from unrig.data import claims as carried

    return carried.names()


def case_as_stix(folder: PathLike) -> bytes:
    """Return the case as a STIX 2.1 bundle. Raises UsageError where there is no case."""
    from unrig.case.collect import collect
    from unrig.case.export_stix import to_stix
    from unrig.case.pipeline import derive
    from unrig.exchange import stix
    from unrig.store import case_folder

    inputs = collect(case_folder.read_case(Path(folder)), now()).inputs
    return stix.write(to_stix(inputs, derive(inputs)))


def verify_case(folder: PathLike) -> tuple[str, ...]:
    """Return a sentence for everything in a case that is not as the journal says; empty where all holds."""
    from unrig.store import case_folder, case_verify

    found = case_verify.verify(case_folder.read_case(Path(folder)))
    return tuple(f"{one.where}: expected {one.expected}, found {one.observed}" for one in found.changes)


def respond(folder: PathLike, *, fix: PathLike | None = None, jobs: int | None = None) -> RespondResult:
    """Write what must be sent into the case folder; `fix` is vetted before anybody is told to install it."""
    from unrig.loop.answering import answer, newest, request_of
    from unrig.loop.keeping import Keeper
    from unrig.respond import pipeline
    from unrig.store import case_folder

    vetted = vet(fix, jobs=jobs) if fix is not None else None
    with case_folder.open_case(Path(folder)) as opened:
        said = newest([stored.document for stored in case_folder.results(opened).results])
        if not said.vets:
            raise UsageError(
                f"{folder}: expected a case with a vetted release, found none. Run `unrig investigate` first."
            )
        request = request_of(
            said, vetted, case_id=opened.head.id, title=opened.head.name, at=now(), version=__version__
        )
        return answer(Keeper(case=opened, at=now()), request, pipeline.respond)


def investigate(
    release: PathLike,
    folder: PathLike,
    *,
    baselines: Sequence[PathLike] = (),
    telemetry: Sequence[PathLike] = (),
    inventory: Sequence[PathLike] = (),
    sboms: Sequence[PathLike] = (),
    claims: Sequence[PathLike] = (),
    fix: PathLike | None = None,
    policy: PathLike | None = None,
    jobs: int | None = None,
) -> Investigated:
    """Run vet, hunt, scope, case and respond in a row over one case folder; what was done is not done again."""
    from unrig.loop.investigate import Compared, Investigation, Verbs
    from unrig.loop.investigate import investigate as run_all
    from unrig.respond import pipeline

    path, good = located(release), tuple(known_good(baseline) for baseline in baselines)
    loaded = policy_file.load(_path(policy), current=Path.cwd(), config=locations.config_folder())
    asked = Investigation(
        case=Path(folder),
        release=path,
        baselines=good,
        telemetry=tuple(str(one) for one in telemetry),
        inventory=tuple(str(one) for one in inventory),
        sboms=tuple(str(one) for one in sboms),
        claims=tuple(Path(one) for one in claims),
        options=f"policy={loaded.sha256} packs={','.join(pack.sha256 for pack in packs())}",
        at=now(),
    )
    verbs = Verbs(
        vet=lambda: vet(release, baselines=baselines, policy=policy, jobs=jobs),
        hunt=lambda leads: hunt(telemetry, leads=leads, jobs=jobs),
        scope=lambda leads, beside: scope(
            inventory,
            sboms=sboms,
            leads=leads,
            good=beside.baselines,
            fixed=(beside.fix,) if beside.fix else (),
            jobs=jobs,
        ),
        compare=lambda: Compared(
            baselines=tuple(vet(baseline, policy=policy, jobs=jobs) for baseline in baselines),
            fix=vet(fix, policy=policy, jobs=jobs) if fix is not None else None,
        ),
        respond=pipeline.respond,
    )
    return run_all(asked, verbs)


def fail_level(policy: PathLike | None) -> Severity:
    """Return the severity from which the policy in force makes a run fail."""
    return policy_file.load(_path(policy), current=Path.cwd(), config=locations.config_folder()).policy.fail_on


def _pack(listed: hashes.HashList, raw: bytes) -> Pack:
    return Pack(
        name=listed.name,
        kind=hashes.KIND,
        version=listed.version,
        sha256=hashlib.sha256(raw).hexdigest(),
        licence=listed.licence,
    )


def _merged(packs_read: list[tuple[Pack, hashes.HashList]]) -> dict[str, Listed]:
    return {
        sha256: Listed(pack=pack.name, label=label)
        for pack, listed in packs_read
        for sha256, label in listed.labels.items()
    }


def _is_remote(text: str) -> bool:
    return text.startswith(("pkg:", "https://"))


def _given(paths: Sequence[PathLike]) -> tuple[Given, ...]:
    """Return the files named by files, folders and globs; one that cannot be read is a problem of the result."""
    from unrig.scope.opening import Given

    found = [name for name in given_files.files(str(path) for path in paths) if isinstance(name, str)]
    return tuple(Given(path=Path(name), name=name) for name in found)


def _files(results: Sequence[VetResult]) -> tuple[Identity, ...]:
    """Return the identities of clean releases, each followed by those of its files, with the release's version."""
    return tuple(
        Identity(
            sha256=sha256, name=result.release.name, version=result.release.version, platform=result.release.platform
        )
        for result in results
        if result.verdict is VerdictWord.CLEAN
        for sha256 in (result.release.sha256, *sorted({artifact.sha256 for artifact in result.artifacts}))
    )


def _path(given: PathLike | None) -> Path | None:
    return None if given is None else Path(given)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected a file that can be read, found: {error.strerror}.") from error
