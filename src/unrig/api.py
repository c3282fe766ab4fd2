"""The verbs as functions: `from unrig import api; api.vet("app.whl").verdict`.

Each returns the frozen value that the command line writes as JSON. Nothing is written but the cache and,
where a case or a baseline is named, that. Paths are as the user gave them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unrig import __version__
from unrig.loop import named_releases, packs_in_force
from unrig.loop.clock import now
from unrig.model.artifact import Release, Trust
from unrig.model.errors import UsageError
from unrig.model.lead import Lead
from unrig.model.levels import Severity
from unrig.model.policy import Pack
from unrig.model.progress import Counter, Report, silent
from unrig.model.results import CaseResult, HuntResult, RespondResult, ScopeResult, VetResult
from unrig.sandbox.pool import Pool
from unrig.store import baselines as baseline_store
from unrig.store import given_files, locations, pack_store, pem, policy_file

if TYPE_CHECKING:
    from unrig.exchange.leads import LoadedLeads
    from unrig.loop.investigate import Investigated
    from unrig.loop.rejudging import Rejudged
    from unrig.report.redact import Names

PathLike = str | Path


def vet(
    release: PathLike,
    *,
    baselines: Sequence[PathLike] = (),
    upstreams: Sequence[PathLike] = (),
    mirrors: Sequence[PathLike] = (),
    policy: PathLike | None = None,
    crls: Sequence[PathLike] = (),
    packs: PathLike | None = None,
    jobs: int | None = None,
    report: Report = silent,
) -> VetResult:
    """Answer whether a release was rigged: a file, a folder, `-` for standard input, an https address or a purl.

    `baselines` are known-good releases of the same product, or names of the baseline store; `upstreams` those of
    what it contains; `mirrors` the same release from other places; `packs` a folder of packs besides those added;
    `report` is told how far it is. Raises UsageError where nothing could be read, or where something that was named
    cannot be found.
    """
    from unrig.loop import vetting

    with named_releases.released(str(release)) as path:
        return vetting.vetted(
            path,
            given_as=named_releases.as_given(str(release)),
            baselines=[named_releases.known_good(str(name)) for name in baselines],
            upstreams=[named_releases.known_good(str(name)) for name in upstreams],
            mirrors=[named_releases.located(str(name)) for name in mirrors],
            policy=_policy(policy, path),
            crls=_revocation_lists(crls),
            packs=_path(packs),
            jobs=jobs,
            report=report,
        )


def judge_again(
    release: PathLike | None = None,
    *,
    policy: PathLike | None = None,
    crls: Sequence[PathLike] = (),
    packs: PathLike | None = None,
    jobs: int | None = None,
    report: Report = silent,
) -> tuple[Rejudged, ...]:
    """Judge earlier results anew, all or the last one of a release, and return each as it was and as it is now.

    It is done by the rules, packs, policy and baselines of today over the facts that are kept: no byte of a release is
    opened. Raises UsageError where the release was never vetted.
    """
    from unrig.loop import rejudging

    own, lists = _policy(policy, None), _revocation_lists(crls)
    means = rejudging.Means(policy=own, crls=lists, packs=_path(packs), jobs=jobs, report=report)
    return tuple(rejudging.rejudge(rejudging.kept(None if release is None else str(release)), means))


def add_baseline(release: PathLike, *, trust: Trust = Trust.ASSUMED) -> VetResult:
    """Vet a release, put it into the baseline store, and return what vet said. Raises UsageError.

    A release that vet calls rigged or suspicious is refused: it cannot be what others are compared with.
    """
    if str(release) == named_releases.STANDARD_INPUT:
        raise UsageError("-: expected a release that stays where it is; a baseline is read again when it is used.")
    result = vet(release)
    if result.verdict in ("rigged", "suspicious"):
        raise UsageError(f"{release}: expected a good release, found it {result.verdict}: {result.because[0]}")
    folder = locations.data_folder()
    location = named_releases.located(str(release)).resolve()
    baseline_store.add(folder, result.release, location, now=now(), trust=trust)
    return result


def baselines() -> tuple[baseline_store.Baseline, ...]:
    """Return the baseline store's entries, in the order they were added."""
    return baseline_store.load(locations.data_folder()).baselines


def remove_baseline(name: str) -> Release:
    """Forget a baseline and return its release. Raises UsageError where none fits."""
    gone = baseline_store.find(locations.data_folder(), name)
    baseline_store.remove(locations.data_folder(), name)
    return gone.release


def revoke_baseline(name: str, reason: str) -> tuple[Rejudged, ...]:
    """Mark a baseline as no longer good, judge anew what rests on it, and return each result before and after.

    No byte of a release is opened for that. Raises UsageError where no baseline fits.
    """
    from unrig.loop import rejudging

    return tuple(rejudging.revoke(name, reason, rejudging.Means(policy=_policy(None, None))))


def packs() -> tuple[Pack, ...]:
    """Return the packs that were added."""
    return pack_store.load(packs_in_force.store_folder()).packs


def add_pack(path: PathLike) -> Pack:
    """Lock a hash list by its SHA-256 and keep a copy. Raises UsageError, also for its first bad line."""
    return packs_in_force.add(Path(path))


def changed_packs() -> tuple[str, ...]:
    """Return a sentence for each added pack whose bytes are not those that were locked."""
    return pack_store.changed(packs_in_force.store_folder())


def read_leads(files: Sequence[PathLike]) -> LoadedLeads:
    """Return the leads of vet and leads documents, STIX bundles and CSV files; `-` is standard input.

    Raises UsageError for a file that is none of these.
    """
    from unrig.loop import given_leads

    return given_leads.read_leads([str(name) for name in files])


def hunt(
    telemetry: Sequence[PathLike],
    *,
    leads: Sequence[Lead] = (),
    known_devices: Sequence[str] = (),
    triage: PathLike | None = None,
    keep: PathLike | None = None,
    engine: str = "",
    mapping: PathLike | None = None,
    packs: PathLike | None = None,
    jobs: int | None = None,
    report: Report = silent,
) -> HuntResult:
    """Answer where a release has run and what it did, from files, folders and globs of telemetry, or in a database.

    `triage` holds what people decided about earlier sightings, `keep` the tables of files that need not be read again.
    `engine`, or the telemetry, may be a database's address, `mapping` says what its tables hold; `packs` are packs besides
    those added. Raises UsageError where one of these cannot be made, read or opened.
    """
    from unrig.hunt import database, pipeline
    from unrig.hunt.versions import questions_version
    from unrig.store import locations, triage_file
    from unrig.store.fact_cache import open_cache
    from unrig.store.plans import Plans

    at, listed = now(), packs_in_force.in_force(_path(packs))
    paths = tuple(map(str, telemetry))
    request = pipeline.HuntRequest(
        telemetry=paths,
        database=database.database(paths, engine, mapping=mapping, keep=keep),
        leads=tuple(leads),
        known_devices=tuple(known_devices),
        triaged=triage_file.load(Path(triage), at.date()) if triage else (),
        keep=None if keep is None else locations.made(Path(keep)),
        packs=listed.hunted,
        hijackable=listed.hijackable,
        generated_at=at,
        unrig_version=__version__,
        counter=Counter(step="hunting", report=report),
    )
    with (
        open_cache(locations.cache_folder()) as cache,
        Pool(pipeline.PRELOAD, pipeline.LIMITS, jobs=jobs) as workers,
    ):
        return pipeline.hunt(request, workers, Plans(cache, questions_version()))


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
    from unrig.loop.clean_files import clean_files
    from unrig.scope import pipeline

    known_good_files = clean_files(good)
    request = pipeline.ScopeRequest(
        inventories=given_files.all_named(map(str, inventory)),
        sboms=given_files.all_named(map(str, sboms)),
        leads=tuple(leads),
        good=known_good_files,
        fixed=tuple(one for one in clean_files(fixed) if one.sha256 not in {each.sha256 for each in known_good_files}),
        generated_at=now(),
        unrig_version=__version__,
    )
    with Pool(pipeline.PRELOAD, jobs=jobs) as workers:
        return pipeline.scope(request, workers)


def case(folder: PathLike, *, claims: Sequence[PathLike] = (), known_claims: str = "") -> CaseResult:
    """Answer what happened, in what order and who says by whom, from what the case folder holds.

    `claims` are files; `known_claims` names a set of public claims that unrig carries.
    """
    from unrig.case import run, sealed_claims
    from unrig.data import claims as carried

    given = [run.GivenClaims(name=Path(path).name, data=_bytes(Path(path))) for path in claims]
    if known_claims and known_claims not in carried.names():
        raise UsageError(f"{known_claims}: expected one of {', '.join(carried.names())}.")
    if known_claims:
        given.append(run.GivenClaims(name=f"{known_claims}.toml", data=carried.load(known_claims)))
    with Pool(sealed_claims.PRELOAD, jobs=1) as workers:
        asked = run.CaseRun(folder=Path(folder), claims=tuple(given), at=now())
        return run.run(asked, sealed_claims.reader(workers))


def known_claims() -> tuple[str, ...]:
    """Return the names of the sets of public claims that unrig carries."""
    from unrig.data import claims as carried

    return carried.names()


def case_as_stix(folder: PathLike) -> bytes:
    """Return the case as a STIX 2.1 bundle. Raises UsageError where there is no case."""
    from unrig.case import sealed_claims
    from unrig.case.collect import collect
    from unrig.case.export_stix import to_stix
    from unrig.case.pipeline import derive
    from unrig.exchange import stix
    from unrig.store import case_folder

    with Pool(sealed_claims.PRELOAD, jobs=1) as workers:
        inputs = collect(case_folder.read_case(Path(folder)), now(), sealed_claims.reader(workers)).inputs
    return stix.write(to_stix(inputs, derive(inputs)))


def verify_case(folder: PathLike) -> tuple[str, ...]:
    """Return a sentence for everything in a case that is not as the journal says; empty where all holds."""
    from unrig.store import case_folder, case_verify

    found = case_verify.verify(case_folder.read_case(Path(folder)))
    return tuple(f"{one.where}: expected {one.expected}, found {one.observed}" for one in found.changes)


def kept_artifacts(folder: PathLike) -> tuple[str, ...]:
    """Return sentences on the artifacts with findings whose bytes a case keeps, and on those it does not."""
    from unrig.loop import exhibits
    from unrig.store import case_folder

    return exhibits.told(case_folder.read_case(Path(folder)))


def private_names(folder: PathLike) -> Names:
    """Return the names in a case that `unrig.report.redact` takes out of a result."""
    from unrig.report.redact import names_of
    from unrig.store import case_folder

    stored = case_folder.results(case_folder.read_case(Path(folder)))
    return names_of(*(one.document for one in stored.results))


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
    known_devices: Sequence[str] = (),
    policy: PathLike | None = None,
    packs: PathLike | None = None,
    jobs: int | None = None,
    report: Report = silent,
) -> Investigated:
    """Run vet, hunt, scope, case and respond in a row over one case folder; what was done is not done again."""
    from unrig.case import sealed_claims
    from unrig.loop import vetting
    from unrig.loop.investigate import Investigation, Verbs
    from unrig.loop.investigate import investigate as run_all
    from unrig.loop.steps import options_of
    from unrig.respond import pipeline

    good = tuple(named_releases.known_good(str(baseline)) for baseline in baselines)
    with named_releases.released(str(release)) as path, Pool(sealed_claims.PRELOAD, jobs=1) as claim_readers:
        loaded, listed = _policy(policy, path), packs_in_force.in_force(_path(packs))
        asked = Investigation(
            case=Path(folder),
            release=path,
            baselines=tuple(one.path for one in good),
            telemetry=tuple(str(one) for one in telemetry),
            inventory=tuple(str(one) for one in inventory),
            sboms=tuple(str(one) for one in sboms),
            claims=tuple(Path(one) for one in claims),
            known_devices=tuple(known_devices),
            options=options_of(loaded, listed.packs),
            at=now(),
        )
        own = vetting.Means(policy=loaded, packs=_path(packs), jobs=jobs, report=report)
        verbs = Verbs(
            vet=lambda: vetting.with_means(own, path, named_releases.as_given(str(release)), good),
            hunt=lambda leads: hunt(
                telemetry, leads=leads, known_devices=known_devices, packs=packs, jobs=jobs, report=report
            ),
            scope=lambda leads, beside: scope(
                inventory,
                sboms=sboms,
                leads=leads,
                good=beside.baselines,
                fixed=(beside.fix,) if beside.fix else (),
                jobs=jobs,
            ),
            compare=lambda: vetting.beside(own, good, str(fix) if fix is not None else None),
            respond=pipeline.respond,
            read_claims=sealed_claims.reader(claim_readers),
            contents=lambda found, wanted: vetting.contents(path, found, wanted, jobs=jobs),
        )
        return run_all(asked, verbs)


def fail_level(policy: PathLike | None, release: PathLike | None = None) -> Severity:
    """Return the severity from which the policy in force makes a run fail. Raises UsageError."""
    return _policy(policy, _path(release)).policy.fail_on


def _policy(policy: PathLike | None, release: Path | None) -> policy_file.LoadedPolicy:
    return policy_file.load(_path(policy), current=Path.cwd(), config=locations.config_folder(), release=release)


def _revocation_lists(names: Sequence[PathLike]) -> tuple[bytes, ...]:
    return tuple(crl for name in names for crl in pem.read(Path(name), pem.REVOCATION_LIST, "--crl"))


def _path(given: PathLike | None) -> Path | None:
    return None if given is None else Path(given)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected a file that can be read, found: {error.strerror}.") from error
