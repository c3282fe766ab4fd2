from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import sys
from typing import Any

import pytest

from unrig.model.errors import FormatError, LimitError
from unrig.model.exposure import InventoryRow
from unrig.model.identity import Identity
from unrig.model.lead import HashLead, ManifestEntry, ManifestLead
from unrig.model.levels import Answer
from unrig.model.problem import ProblemKind, new_problem
from unrig.scope.pipeline import ScopeRequest, scope
from unrig.store.given_files import Given


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class InProcess:
    """Workers without a sandbox, for tests of what scope does with answers."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def map(self, call: Any, items: Any, batch: int = 16) -> Any:
        module, _, name = call.function.partition(":")
        function = getattr(importlib.import_module(module), name)
        for index in reversed(range(len(items))):  # any order is allowed, so the least convenient one
            self.calls.append(items[index].where)
            assert isinstance(items[index].argument, call.argument)
            try:
                yield index, function(items[index].argument, items[index].descriptors)
            except (FormatError, LimitError) as error:
                yield (
                    index,
                    new_problem(
                        kind=ProblemKind.FORMAT,
                        where=items[index].where,
                        expected="",
                        observed=str(error),
                        effect="",
                        action="",
                    ),
                )


@pytest.fixture
def workers() -> InProcess:
    return InProcess()


RIGGED = sha("rigged ffmpeg.dll, windows 18.12.416")
RIGGED_MAC = sha("rigged libffmpeg.dylib, macos 18.11.1213")
CLEAN_BESIDE = sha("clean program of the rigged release")
GOOD = sha("installer 18.11.1213 for windows, clean")
FIXED = sha("installer 18.12.425")
CARRIER_AUTHENTICODE = sha("what Microsoft signed")


def hash_lead(sha256: str, name: str, version: str, platform: str, **extra: Any) -> HashLead:
    identity = Identity(
        sha256=sha256,
        name=name,
        version=version,
        platform=platform,
        discriminates={
            "sha256": Answer.YES,
            "name": Answer.NO,
            "version": Answer.NO,
            **dict.fromkeys(extra.get("authenticode_hash", {}), Answer.NO),
        },
        **extra,
    )
    return HashLead(id=f"lead-{sha256[:8]}", identity=identity)


LEADS = (
    hash_lead(RIGGED, "ffmpeg.dll", "18.12.416", "windows"),
    hash_lead(RIGGED_MAC, "libffmpeg.dylib", "18.11.1213", "macos"),
    ManifestLead(
        id="manifest",
        product="SoftPhone Desktop App",
        version="18.12.416",
        entries=(
            ManifestEntry(path="app/SoftPhone.exe", sha256=CLEAN_BESIDE),
            ManifestEntry(path="app/ffmpeg.dll", sha256=RIGGED),
        ),
        rigged=(RIGGED,),
    ),
)


def row(
    device: str = "pc-1",
    product: str = "SoftPhone Desktop App",
    version: str = "18.12.416",
    platform: str = "windows",
    sha256: str = "",
    **extra: Any,
) -> Any:
    customer, country = extra.pop("customer", ""), extra.pop("country", "")
    identity = Identity(sha256=sha256, name=product, version=version, platform=platform, **extra)
    return InventoryRow(
        device=device,
        identity=identity,
        product=product,
        version=version,
        platform=platform,
        customer=customer,
        country=country,
        source="s",
        record=1,
    )


def run(workers: Any, inventories: Any = (), sboms: Any = (), leads: Any = LEADS, **extra: Any) -> Any:
    request = ScopeRequest(
        inventories=tuple(Given(path=path, name=path.name) for path in inventories),
        sboms=tuple(Given(path=path, name=path.name) for path in sboms),
        leads=leads,
        generated_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        unrig_version="0",
        **extra,
    )
    return scope(request, workers)


@pytest.fixture
def made() -> Any:
    """The functions of this file, for tests to make things with."""
    return sys.modules[__name__]
