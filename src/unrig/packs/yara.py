"""YARA rules, compiled and run by yara-x in sealed workers.

    // name: vendor-rules-2023-04
    // version: 3
    // licence: CC0-1.0
    rule a_name { strings: $a = "words" condition: $a }

What they find is marked as hindsight, like everything from a pack. A rule that does not compile is named in the
result, with file and line, and costs no other. Rules may use the variables filename, filepath, extension, filetype and
owner, which are always empty: the same bytes say the same wherever they stand.

Layout:   text in UTF-8; comments of the form `// name:` before the first rule say what the pack calls itself.
Refuses:  more than 64 MiB of text, text that is not UTF-8, a file without any rule; `include` is never followed.
"""

from __future__ import annotations

import re

from unrig.model.errors import FormatError
from unrig.model.pack import PackKind, ReadPack, YaraSource

HEAD = re.compile(r"^\s*(?://|\*|#)?\s*(name|version|licence)\s*:\s*(\S.*?)\s*$", re.MULTILINE)
RULE = re.compile(r"^\s*(?:(?:private|global)\s+)*rule\s+\w+", re.MULTILINE)
LARGEST = 64 << 20
"""Bytes of rules; the largest public collections have about 10 MB."""


def read(raw: bytes, name: str) -> ReadPack:
    """Return the rules with what their head says. Raises FormatError for what can hold none."""
    if len(raw) > LARGEST:
        raise FormatError(name, f"at most {LARGEST:,} bytes of rules", f"{len(raw):,}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: byte {error.start}", "UTF-8 text", "something else") from error
    first = RULE.search(text)
    if first is None:
        raise FormatError(name, "at least one YARA rule", f"{len(text):,} characters without any")
    head = dict(HEAD.findall(text[: first.start()]))
    return ReadPack(
        name=head.get("name", ""),
        version=head.get("version", ""),
        licence=head.get("licence", ""),
        content=YaraSource(text=text),
    )


PACK_KIND = PackKind(id="yara", title="YARA rules", suffixes=(".yar", ".yara"), read=read)
