"""A script runs code that it decodes first, or is written so that nobody can read it.

Sees:      JavaScript, Python, PowerShell and shell that decode a text and run the result as code; names like `_0x3fa2`
           or escaped letters in numbers in a script that also starts programs or speaks to the network.
Matters:   that is how code is added to a package so that a reviewer sees a line of letters (event-stream, ua-parser-js,
           ultralytics' setup); published scripts are minified, not encoded.
Blind to:  encoded parts in other files, decoders of their own, code that a template engine builds; scripts longer than
           what is parsed.
False positives:  bundlers' development builds run texts with eval; some protections of commercial programs: medium only
           where decoding and running meet in one call, or where the script can also start programs.
Measured:  49 judging release pairs, 10,348 files of its kind in 49 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.capability import Capability
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import Hit, Rule
from unrig.model.script import ScriptFacts

HEX_NAMES = 20
"""Distinct names of an obfuscator; in 2,217 real scripts of 86 releases none has as many."""
ESCAPED = 200
"""Letters written as numbers."""
REACHES = frozenset({Capability.NETWORK, Capability.PROCESS})


def check(facts: ScriptFacts) -> Iterator[Hit]:
    """Yield one hit for decoded code that is run, and one for a script that is made hard to read."""
    measures = facts.obfuscation
    able = {one.capability: one for one in facts.capabilities}
    if measures.decoded_arguments:
        shown = able.get(Capability.DECODING) or able.get(Capability.DYNAMIC_CODE)
        yield Hit(
            what=f"runs as code what it decodes first ({facts.language}, {measures.decoded_arguments} times)",
            spans=(shown.span,) if shown and shown.span else (),
            keys=() if shown and shown.span else ("script/decoded",),
            expected="code that can be read",
            observed=shown.text if shown else "a decoder in the arguments of what runs it",
        )
    if measures.hex_names >= HEX_NAMES or measures.escaped >= ESCAPED:
        reaches = sorted(REACHES & able.keys())
        yield Hit(
            what=f"is made hard to read ({measures.hex_names} names of an obfuscator, {measures.escaped} letters as numbers)"
            + (f" and gives {', '.join(reaches)}" if reaches else ""),
            keys=("script/obfuscation",),
            expected="names and letters",
            observed=f"the longest line has {measures.longest_line:,} characters",
            severity=Severity.MEDIUM if reaches else Severity.LOW,
        )


RULE = Rule(
    id="script-hides-its-code",
    title="A script that hides what it runs",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1027.010", "T1059", "T1140"),
    over="artifact",
    reads=(ScriptFacts,),
    check=check,
    benign="a bundler's development build",
)
