"""The verbs as functions: `from unrig import api; api.vet("app.whl").verdict`.

Each returns the frozen value that the command line writes as JSON. Nothing is written but the cache and,
where a case or a baseline is named, that. Paths are as the user gave them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from unrig import __version__
from unrig.model.artifact import Release, Trust
from unrig.model.errors import UsageError
from unrig.model.levels import Severity
from unrig.model.policy import Pack
from unrig.model.results import VetResult
from unrig.model.rule import Listed
from unrig.packs import hashes
from unrig.sandbox.pool import Pool
from unrig.store import baselines as baseline_store
from unrig.store import locations, pack_store, policy_file
from unrig.store.fact_cache import open_cache
from unrig.vet import pipeline as vet_pipeline
from unrig.vet.reading import PRELOAD

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
    loaded = policy_file.load(_path(policy), current=Path.cwd(), config=locations.config_folder())
    listed = packs_in_force(_path(packs))
    request = vet_pipeline.VetRequest(
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
    with open_cache(locations.cache_folder()) as cache, pool(jobs) as workers:
        return vet_pipeline.vet(request, cache=cache, pool=workers)


@contextlib.contextmanager
def pool(jobs: int | None = None) -> Iterator[Pool]:
    """Open the one pool of sealed workers; it starts when it is first asked."""
    with Pool(PRELOAD, jobs=jobs) as workers:
        yield workers


def located(release: PathLike) -> Path:
    """Return the file or folder that a release names, fetching it where it is an address. Raises UsageError."""
    text = str(release)
    if _is_remote(text):
        from unrig.fetch.release import fetch  # noqa: PLC0415  (TLS is loaded only where something is fetched)

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


def _path(given: PathLike | None) -> Path | None:
    return None if given is None else Path(given)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected a file that can be read, found: {error.strerror}.") from error
