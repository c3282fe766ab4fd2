"""What a sealed worker does with YARA rules: compile them once, and look for them in the bytes of a release.

Loaded by the fork server only where a pack of rules is in force. yara-x is the engine; specification: its own
documentation, which follows YARA 4.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import Any

import msgspec
import yara_x

from unrig.model.errors import FormatError, LimitError
from unrig.model.place import WINDOW_BYTES, Span
from unrig.model.yara import YaraFacts, YaraMatch
from unrig.vet.yara_calls import Compiled, CompileRequest, Rejected, Source

VARIABLES = ("filename", "filepath", "extension", "filetype", "owner")
"""What public rules expect to be defined; always empty, since facts are about bytes and not about where they stand."""
LARGEST = 256 << 20
"""Bytes of a file that is scanned: 11 s with the 737 files of a public collection (23 MB/s); a larger one is a problem."""
SPANS = 8
"""Places of one rule that are kept; what matters is which rule matched."""
LONGEST_TEXT = 300


def compile_rules(argument: CompileRequest, descriptors: tuple[int, ...]) -> Compiled:
    """Compile all that can be; what cannot is said. Each pack is a namespace: two may have rules of one name."""
    del argument
    with os.fdopen(os.dup(descriptors[0]), "rb") as given:
        sources = msgspec.msgpack.decode(given.read(), type=tuple[Source, ...])
    compiler = yara_x.Compiler(relaxed_re_syntax=True, includes_enabled=False)
    compiler.ignore_invalid_rules(True)  # noqa: FBT003  (the engine's own signature)
    for name in VARIABLES:
        compiler.define_global(name, "")
    rejected: list[Rejected] = []
    for source in sources:
        compiler.new_namespace(source.sha256)
        try:
            compiler.add_source(source.text, origin=source.origin)
        except yara_x.CompileError as error:  # what no rule can be told from: the whole source is out
            rejected.append(Rejected(origin=source.origin, rule="", line=0, what=_short(str(error))))
    ignored: list[Any] = compiler.ignored_rules()  # type: ignore[misc]  # NOTE: yara-x 1.23 types its getters as methods
    refused = [str(one.name) for one in ignored]
    rejected += _rejected(compiler.errors(), sources)
    with os.fdopen(os.dup(descriptors[1]), "wb") as target:
        compiler.build().serialize_into(target)
        size = target.tell()
    told = {one.rule for one in rejected}
    rejected += (
        Rejected(origin="", rule=name, line=0, what="it rests on a rule that was left out")
        for name in refused
        if name not in told
    )
    return Compiled(size=size, rejected=tuple(dict.fromkeys(rejected)))


def _rejected(errors: list[dict[str, Any]], sources: tuple[Source, ...]) -> Iterator[Rejected]:
    texts = {source.origin: source.text for source in sources}
    for error in errors:
        labels = error.get("labels") or [{}]
        origin = str(labels[0].get("code_origin") or "")
        line = int(error.get("line") or 0)
        yield Rejected(origin=origin, rule=_rule_at(texts.get(origin, ""), line), line=line, what=_said(error))


def _said(error: dict[str, Any]) -> str:
    label = (error.get("labels") or [{}])[0].get("text", "")
    return _short(f"{error.get('title', '')}: {label}" if label else str(error.get("title", "")))


def _rule_at(text: str, line: int) -> str:
    """Return the name of the rule that a line stands in: the last one that begins at or before it."""
    name = ""
    for each in text.splitlines()[:line]:
        words = each.replace("{", " ").replace(":", " ").split()
        while words[:1] in (["private"], ["global"]):
            words = words[1:]
        if words[:1] == ["rule"] and len(words) > 1:
            name = words[1]
    return name


def _short(text: str) -> str:
    return text[:LONGEST_TEXT]


def scan(data: memoryview, rules: int) -> YaraFacts:
    """Return the rules behind a descriptor that match these bytes. Raises LimitError for a file that is too large."""
    if len(data) > LARGEST:
        raise LimitError("YARA rules", f"files of up to {LARGEST:,} bytes", f"{len(data):,}")
    try:
        found = _scanner(rules).scan(bytes(data))  # the engine takes nothing else
    except yara_x.ScanError as error:
        raise FormatError("YARA rules", "a scan that ends", str(error)) from error
    matches = (_match(rule, data) for rule in found.matching_rules)
    return YaraFacts(matches=tuple(sorted(matches, key=lambda match: (match.pack, match.rule))))


def _match(rule: Any, data: memoryview) -> YaraMatch:
    said = {str(name).lower(): value for name, value in rule.metadata}
    places = sorted({(match.offset, match.length) for pattern in rule.patterns for match in pattern.matches})
    score = said.get("score", -1)
    return YaraMatch(
        pack=rule.namespace,
        rule=rule.identifier,
        spans=tuple(_span(data, offset, length) for offset, length in places[:SPANS]),
        places=len(places),
        description=_short(str(said.get("description", ""))),
        reference=_short(str(said.get("reference", ""))),
        score=score if isinstance(score, int) and 0 <= score <= 100 else -1,
    )


def _span(data: memoryview, offset: int, length: int) -> Span:
    content = bytes(data[offset : offset + length])
    return Span(
        offset=offset, length=length, window=content[:WINDOW_BYTES].hex(), sha256=hashlib.sha256(content).hexdigest()
    )


def _scanner(descriptor: int) -> yara_x.Scanner:
    """Return the scanner of the rules behind a descriptor, read once a worker."""
    status = os.fstat(descriptor)
    key = (status.st_dev, status.st_ino, status.st_size)
    if key not in _SCANNERS:
        with os.fdopen(os.dup(descriptor), "rb") as compiled:
            compiled.seek(0)
            _SCANNERS[key] = yara_x.Scanner(yara_x.Rules.deserialize_from(compiled))
    return _SCANNERS[key]


_SCANNERS: dict[tuple[int, int, int], yara_x.Scanner] = {}
"""Lives as long as a worker: one batch."""
