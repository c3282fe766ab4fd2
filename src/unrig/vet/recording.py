"""The record of a result: which files it was about and what was found, so that it can be judged again."""

from __future__ import annotations

import msgspec

from unrig.model.results import VetResult
from unrig.store.kept_results import Body, Head, Kept, KeptFile, KeptFinding, Tree, result_id
from unrig.vet.known_facts import FORMAT_VERSION, MEMBERS_VERSION
from unrig.vet.vetted import Vetted

READERS = (FORMAT_VERSION, MEMBERS_VERSION)
"""What a list of files depends on."""
LONGEST_SUMMARY = 200
"""Characters of a finding's summary that are kept, to tell a person which one went."""


def tree_of(read: Vetted, rules: str, *, named: bool = False) -> Tree:
    """Return the record of a release that was read; `rules` is the reader of the YARA rules in force.

    `named` is for one that was given by an address or by standard input: its file is no place to find it again.
    """
    walked = read.walked
    return Tree(
        release=read.release,
        name=walked.name,
        location="" if named or read.path is None else str(read.path.resolve()),
        files=tuple(
            KeptFile(leaf.path, leaf.sha256, leaf.size, leaf.format, leaf.container, leaf.stored_as, leaf.index)
            for leaf in walked.leaves
        ),
        problems=walked.problems,
        unopened=walked.unopened,
        readers=READERS,
        rules=rules,
    )


def record_of(result: VetResult, made_of: Body, *, policy: str, crls: int) -> Kept:
    """Return what is kept of a result; `policy` is the SHA-256 of its file, `crls` counts the revocation lists."""
    beside = (made_of.baselines, made_of.upstreams, made_of.mirrors)
    head = Head(
        id=result_id(made_of.subject, beside),
        release=result.release,
        verdict=result.verdict,
        at=result.generated_at,
        location=made_of.subject.location,
        good=tuple(good.sha256 for good in result.baselines),
    )
    found = tuple(
        KeptFinding(f.id, f.rule, f.severity, bool(f.waived), f.summary[:LONGEST_SUMMARY]) for f in result.findings
    )
    body = msgspec.structs.replace(
        made_of,
        unrig_version=result.unrig_version,
        complete=result.complete,
        findings=found,
        policy=policy,
        crls=crls,
    )
    return Kept(head=head, body=body)
