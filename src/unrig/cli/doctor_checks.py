"""What `unrig doctor` looks at: packages, sandbox, folders, policy, baselines, packs. Nothing is changed."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Literal

from msgspec import Struct

from unrig import __version__
from unrig.model.errors import UsageError
from unrig.report.layout import size
from unrig.sandbox.layers import Layer, Missing
from unrig.sandbox.pinned import Absent
from unrig.sandbox.selftest import Outcome, SelfTest
from unrig.store import baselines, fact_cache, kept_results, locations, pack_store, policy_file

OLDEST_PYTHON = (3, 11)
GIVES = {
    "core": "unrig vet",
    "hunt": "unrig hunt, and --telemetry of unrig investigate",
    "web": "unrig serve",
    "check": "independent checks of what unrig respond writes; without it they are not_run",
    "postgres": "unrig hunt --engine postgres",
    "clickhouse": "unrig hunt --engine clickhouse",
    "spark": "unrig hunt --engine spark",
}
"""The extras of pyproject.toml and what each is for."""
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*(?:>=\s*([0-9.]+))?")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([A-Za-z0-9_-]+)""")


class State(StrEnum):
    """Whether something is as it should be. A note is worth knowing and breaks nothing."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"
    BAD = "bad"


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    area: str
    name: str
    state: State
    found: str
    remedy: str = ""
    """What to do; a command where there is one."""


class DoctorReport(Struct, frozen=True, kw_only=True):
    """`unrig.doctor/1`: what is installed, what is missing, how to get it."""

    schema: Literal["unrig.doctor/1"] = "unrig.doctor/1"
    unrig_version: str
    complete: bool
    """False where anything is missing or bad."""
    checks: tuple[Check, ...]


def examine(tried: SelfTest | OSError, program: SelfTest | Absent | OSError) -> DoctorReport:
    """Return the state of this installation.

    `tried` and `program` are the self tests of both profiles of the sandbox, or why they could not be run.
    """
    checks = (
        *python(),
        *packages(),
        *sandbox(tried),
        *seven_zip(program),
        *folders(),
        *policy(),
        *known_good(),
        *packs(),
    )
    sound = all(check.state in (State.OK, State.NOTE) for check in checks)
    return DoctorReport(unrig_version=__version__, complete=sound, checks=checks)


def python() -> Iterator[Check]:
    """Yield whether this Python is new enough."""
    fine = sys.version_info[:2] >= OLDEST_PYTHON
    yield Check(
        area="python",
        name="python",
        state=State.OK if fine else State.BAD,
        found=f"{sys.version.split()[0]} on {sys.platform}",
        remedy="" if fine else "install Python {}.{} or newer".format(*OLDEST_PYTHON),
    )


def packages() -> Iterator[Check]:
    """Yield one check for each extra; nothing is imported, only metadata is read."""
    try:
        requirements = importlib.metadata.requires("unrig") or []
    except importlib.metadata.PackageNotFoundError:
        remedy = "in the folder of unrig's source: python -m pip install ."
        yield Check(area="packages", name="unrig", state=State.BAD, found="not installed as a package", remedy=remedy)
        return
    for extra, gives in GIVES.items():
        wanted = [text for text in requirements if _extra(text) == extra]
        lacking = [text.partition(";")[0].strip() for text in wanted if not _satisfied(text)]
        names = ", ".join(sorted(_named(text) for text in wanted if _satisfied(text)))
        yield Check(
            area="packages",
            name=extra,
            state=State.MISSING if lacking else State.OK,
            found=f"{', '.join(lacking)} not here; wanted for: {gives}" if lacking else names,
            remedy=f"python -m pip install {' '.join(repr(text) for text in lacking)}" if lacking else "",
        )


def _extra(requirement: str) -> str:
    found = _EXTRA.search(requirement)
    return found[1] if found else "core"


def _named(requirement: str) -> str:
    name, _least = _parts(requirement)
    return f"{name} {importlib.metadata.version(name)}"


def _satisfied(requirement: str) -> bool:
    name, least = _parts(requirement)
    try:
        return _numbers(importlib.metadata.version(name)) >= _numbers(least)
    except importlib.metadata.PackageNotFoundError:
        return False


def _parts(requirement: str) -> tuple[str, str]:
    found = _REQUIREMENT.match(requirement)
    return (found[1], found[2] or "0") if found else (requirement, "0")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:3])


def sandbox(tried: SelfTest | OSError) -> Iterator[Check]:
    """Yield one check for the layers, one for each that is absent, one for each attempt to break out."""
    if isinstance(tried, OSError):
        remedy = "free memory and process slots, then run unrig doctor again"
        found = f"the self test did not start: {tried.strerror}"
        yield Check(area="sandbox", name="self test", state=State.BAD, found=found, remedy=remedy)
        return
    names = ", ".join(tried.layers.in_force)
    yield Check(area="sandbox", name="layers", state=State.OK if names else State.BAD, found=names or "none in force")
    yield from (_layer(missing) for missing in tried.layers.missing)
    yield from (_attempt(outcome) for outcome in tried.outcomes)


def seven_zip(tried: SelfTest | Absent | OSError) -> Iterator[Check]:
    """Yield whether the pinned 7-Zip is here, what seals it, and each attempt to break out that was not refused."""
    opens = "7z, RAR, NSIS, ISO, DMG, xar, RPM, deb, SquashFS, WIM"
    if isinstance(tried, Absent):
        found = f"{shown(str(tried))}; wanted for: {opens}"
        yield Check(area="7-Zip", name="program", state=State.MISSING, found=found, remedy=tried.remedy)
        return
    if isinstance(tried, OSError):
        remedy = "free memory and process slots, then run unrig doctor again"
        found = f"the self test did not start: {tried.strerror}"
        yield Check(area="7-Zip", name="self test", state=State.BAD, found=found, remedy=remedy)
        return
    yield Check(area="7-Zip", name="program", state=State.OK, found=f"the pinned one; opens {opens}")
    yield Check(area="7-Zip", name="layers", state=State.OK, found=", ".join(tried.layers.in_force))
    yield from (_layer(missing) for missing in tried.layers.missing if missing.layer is not Layer.USER)
    refused = sum(outcome.refused for outcome in tried.outcomes)
    found = f"{refused} of {len(tried.outcomes)} attempts to break out were refused"
    yield Check(area="7-Zip", name="attempts", state=State.OK if tried.holds else State.BAD, found=found)
    yield from (_attempt(outcome) for outcome in tried.outcomes if not outcome.refused)


def _layer(missing: Missing) -> Check:
    # who is not root has no privilege to shed: that worker is as powerless by the other walls
    state = State.NOTE if missing.layer is Layer.USER else State.MISSING
    remedy = "run unrig on Linux 6.12 or newer to have every layer; docs/explanation/sandbox.md names what each does"
    return Check(
        area="sandbox",
        name=f"no {missing.layer}",
        state=state,
        found=missing.reason,
        remedy="" if state is State.NOTE else remedy,
    )


def _attempt(outcome: Outcome) -> Check:
    walls = ", ".join(outcome.walls)
    return Check(
        area="attempt",
        name=outcome.escape,
        state=State.OK if outcome.refused else State.BAD,
        found=f"refused: {outcome.observed}" if outcome.refused else f"NOT refused: {outcome.observed}",
        remedy=""
        if outcome.refused
        else f"vet nothing you do not trust on this machine; one of these must hold: {walls}",
    )


def folders() -> Iterator[Check]:
    """Yield where things are kept and how large the cache is."""
    cache = locations.cache_folder()
    cap = size(fact_cache.SIZE_CAP)
    found = f"{shown(cache)}  {size(sum(_sizes(cache)))}; facts are capped at {cap}; safe to delete"
    yield Check(area="folders", name="cache", state=State.OK, found=found)
    yield Check(area="folders", name="results", state=State.OK, found=_results(cache))
    yield Check(area="folders", name="config", state=State.OK, found=shown(locations.config_folder()))
    yield Check(area="folders", name="data", state=State.OK, found=shown(locations.data_folder()))


def _results(cache: Path) -> str:
    """Return how many results can be judged again; nothing is made where there are none yet."""
    cap = size(kept_results.SIZE_CAP)
    if not (cache / kept_results.FILE).exists():
        return f"none that could be judged again; capped at {cap}"
    with kept_results.open_results(cache) as results:
        count, held = len(results.heads()), size(results.size())
    return f"{count} can be judged again (unrig vet --again)  {held}; capped at {cap}, the oldest go"


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # another run may be tidying up
            yield path.lstat().st_size


def policy() -> Iterator[Check]:
    """Yield the policy that a run started here would use."""
    try:
        loaded = policy_file.load(None, current=Path(), config=locations.config_folder())
    except UsageError as error:
        remedy = "mend the file; docs/reference/policy.md lists the fields"
        yield Check(area="policy", name=policy_file.NAME, state=State.BAD, found=shown(str(error)), remedy=remedy)
        return
    today = dt.datetime.now(dt.UTC).date()
    expired = sum(waiver.expires < today for waiver in loaded.policy.waivers)
    said = f"{shown(loaded.path)}: {len(loaded.policy.waivers)} waivers, {expired} expired, {len(loaded.roots)} roots"
    none = "none here or in the configuration folder: defaults apply"
    state = State.NOTE if expired else State.OK
    yield Check(area="policy", name=policy_file.NAME, state=state, found=said if loaded.path else none)


def known_good() -> Iterator[Check]:
    """Yield how many baselines there are, and each whose bytes have gone."""
    try:
        kept = baselines.load(locations.data_folder()).baselines
    except UsageError as error:
        yield Check(area="baselines", name="store", state=State.BAD, found=shown(str(error)))
        return
    revoked = sum(bool(one.revoked) for one in kept)
    yield Check(area="baselines", name="store", state=State.OK, found=f"{len(kept)} kept, {revoked} revoked")
    for one in kept:
        if not one.revoked and not Path(one.location).exists():
            named = f"{one.release.name}@{one.release.version}"
            remedy = f"unrig baseline add RELEASE, or unrig baseline remove {one.release.sha256[:12]}"
            found = f"{named}: nothing at {shown(one.location)}"
            yield Check(area="baselines", name=one.release.sha256[:12], state=State.MISSING, found=found, remedy=remedy)


def packs() -> Iterator[Check]:
    """Yield how many packs there are, and each that is not as it was locked."""
    folder = locations.data_folder() / "packs"
    try:
        count, changed = len(pack_store.load(folder).packs), pack_store.changed(folder)
    except UsageError as error:
        yield Check(area="packs", name="store", state=State.BAD, found=shown(str(error)))
        return
    yield Check(area="packs", name="store", state=State.OK, found=f"{count} locked, {len(changed)} changed since")
    for sentence in changed:
        remedy = "unrig pack add FILE, from the pack's source"
        yield Check(area="packs", name="changed", state=State.BAD, found=shown(sentence), remedy=remedy)


def shown(path: Path | str) -> str:
    """Return text in which the home folder is ~ : a report that is sent on tells nothing of the machine."""
    home = str(Path.home())
    return str(path) if home == "/" else str(path).replace(home, "~")
