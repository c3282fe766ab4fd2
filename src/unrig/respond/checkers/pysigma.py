"""Sigma by pySigma, the reference implementation: it parses the rule, and all its core validators that run offline.

NOTE: the validators for ATT&CK and D3FEND tags fetch their lists from the network when first asked (pySigma 2.0,
`sigma.data.mitre_attack`), so they are left out; the ids come from findings, which are tested against pinned lists.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import version

from unrig.model.document import Check
from unrig.respond.checker import Checker, judged, missing

ID = "pysigma"
NEEDS_NETWORK = frozenset({"attacktag", "d3_fendtag", "d3fendtag"})


def check(document: bytes) -> Check:
    """Return pySigma's word on a rule."""
    if importlib.util.find_spec("sigma") is None:
        return missing(ID, "pysigma")
    return judged(ID, version("pysigma"), _faults(document))


def _faults(document: bytes) -> tuple[str, ...]:
    from sigma.exceptions import SigmaError  # noqa: PLC0415 - only the check extra installs it
    from sigma.rule import SigmaRule  # noqa: PLC0415 - same
    from sigma.validation import SigmaValidator  # noqa: PLC0415 - same
    from sigma.validators.core import validators  # noqa: PLC0415 - same
    from yaml import YAMLError, safe_load  # noqa: PLC0415 - same

    try:
        if not isinstance(safe_load(document), dict):  # pySigma takes it for a mapping without asking
            return ("no mapping at the top of the document",)
        rule = SigmaRule.from_yaml(document.decode())
        conditions = [condition.parsed for condition in rule.detection.parsed_condition]
    except (SigmaError, YAMLError, UnicodeDecodeError) as error:
        return (str(error),)
    offline = [validator for name, validator in sorted(validators.items()) if name not in NEEDS_NETWORK]
    issues = SigmaValidator(offline).validate_rule(rule)
    faults = tuple(sorted({f"{type(issue).__name__}: {issue.description}" for issue in issues}))
    return faults if conditions else ("no condition", *faults)


CHECKER = Checker(id=ID, standards=("Sigma",), check=check)
