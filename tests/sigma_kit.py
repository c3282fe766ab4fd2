"""Reading Sigma rules apart from unrig's and pySigma's code, for the tests of both rules that respond writes."""

from __future__ import annotations

from typing import Any

import yaml
from sigma.rule import SigmaRule


def detection(data: bytes) -> Any:
    SigmaRule.from_yaml(data.decode())
    return yaml.safe_load(data)["detection"]


def matches(search: Any, event: Any) -> bool:
    """Evaluate the two modifiers that the rules use, apart from unrig's and pySigma's code."""
    tests = {"contains": lambda value, part: part in value, "endswith": lambda value, part: value.endswith(part)}
    for key, wanted in search.items():
        field, modifier = key.split("|")
        value = event.get(field, "").lower()
        if not any(tests[modifier](value, one.replace("\\\\", "\\").lower()) for one in wanted):
            return False
    return True


def load(module: str, sha256: str, program: str = "C:\\Apps\\SoftPhone\\SoftPhone.exe") -> Any:
    hashes = f"MD5=00,SHA256={sha256.upper()},IMPHASH=00" if sha256 else "MD5=00"
    return {"Image": program, "ImageLoaded": f"C:\\Apps\\SoftPhone\\{module}", "Hashes": hashes}


def fires(data: bytes, event: Any) -> bool:
    found = detection(data)
    return matches(found["selection"], event) and not (
        "filter_main_manifest" in found and matches(found["filter_main_manifest"], event)
    )
