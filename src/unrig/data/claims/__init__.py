"""What was said in public about past incidents, as claims files in the form that `case --claims` reads.

Own wording; each claim names its source, and `cites` names whose word it repeats. `exchange.claims_toml` reads them.
"""

from __future__ import annotations

from importlib import resources


def names() -> tuple[str, ...]:
    """Return the names of the incidents that there are claims of, sorted."""
    files = resources.files("unrig.data.claims").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def load(name: str) -> bytes:
    """Return the claims file of one incident, UTF-8 TOML; raises KeyError for a name that `names` does not give."""
    if name not in names():
        raise KeyError(name)
    return resources.files("unrig.data.claims").joinpath(f"{name}.toml").read_bytes()
