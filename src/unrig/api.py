"""The verbs as functions: `from unrig import api; api.vet("app.whl").verdict`.

Each returns the frozen value that the command line writes as JSON, and writes nothing itself but the
cache (and, where a case is named, the case).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from unrig import __version__
from unrig.fetch.locate import is_address, fetch
from unrig.model.errors import UsageError
from unrig.model.levels import Severity
from unrig.model.results import VetResult
from unrig.sandbox.pool import Pool
from unrig.store import locations, policy_file
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
    jobs: int | None = None,
) -> VetResult:
    """Answer whether a release was rigged: a file, a folder, an https address or a purl.

    Raises UsageError where nothing could be read, or where an input that was named cannot be found.
    """
    loaded = policy_file.load(_path(policy), current=Path.cwd(), config=locations.config_folder())
    request = vet_pipeline.VetRequest(
        release=located(release),
        given_as=str(release) if is_address(str(release)) else "",
        baselines=tuple(located(path) for path in baselines),
        upstreams=tuple(located(path) for path in upstreams),
        policy=loaded,
        crls=tuple(_bytes(Path(path)) for path in crls),
        now=now(),
        unrig_version=__version__,
    )
    with open_cache(locations.cache_folder()) as cache, pool(jobs) as workers:
        return vet_pipeline.vet(request, cache=cache, pool=workers)


@contextlib.contextmanager
def pool(jobs: int | None = None) -> Iterator[Pool]:
    """Open the one pool of sealed workers that all verbs use; it starts when first asked."""
    with Pool(PRELOAD, jobs=jobs) as workers:
        yield workers


def located(release: PathLike) -> Path:
    """Return the file or folder that a release names, fetching it where it is an address."""
    text = str(release)
    if is_address(text):
        return fetch(text, locations.cache_folder() / "downloads").path
    path = Path(text)
    if not path.exists():
        raise UsageError(f"{text}: expected a file, a folder, a purl or an https address; nothing of that name exists.")
    return path


def _path(given: PathLike | None) -> Path | None:
    return None if given is None else Path(given)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected a file that can be read, found: {error.strerror}.") from error


def fail_level(policy: PathLike | None) -> Severity:
    """Return the severity from which the policy in force makes a run fail."""
    return policy_file.load(_path(policy), current=Path.cwd(), config=locations.config_folder()).policy.fail_on
