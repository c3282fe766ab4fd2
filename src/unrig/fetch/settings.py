"""Which indexes, registries and certificates this machine's own clients use: read from their settings, never run.

pip: PIP_INDEX_URL, PIP_EXTRA_INDEX_URL and pip.conf (pip's documentation, "Configuration"). npm: npm_config_registry
and .npmrc (npm's documentation, "npmrc"). `file:` indexes and find-links are passed over: unrig asks indexes only.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

PYPI = "https://pypi.org/simple"
NPM = "https://registry.npmjs.org"

SECTIONS = ("download", "install", "global")
CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
MAX_SETTINGS = 1 << 20


class Settings(Struct, frozen=True, kw_only=True):
    """Where to ask."""

    pypi: tuple[str, ...] = (PYPI,)
    """Simple API roots in the order they are asked."""
    npm: str = NPM
    npm_scopes: dict[str, str] = {}
    """Registry by scope (`@name`)."""
    ca_bundle: Path | None = None


def read_settings(environment: Mapping[str, str], home: Path, here: Path) -> Settings:
    """Return what the environment and the settings files say; the public indexes where they say nothing."""
    pip = _pip_files(environment, home)
    npm = _npm_values(environment, home, here)
    return Settings(
        pypi=_indexes(environment, pip),
        npm=_web(npm.get("registry", "").split()) or NPM,
        npm_scopes={key.removesuffix(":registry"): value for key, value in npm.items() if key.endswith(":registry")},
        ca_bundle=_ca_bundle(environment, pip),
    )


def _indexes(environment: Mapping[str, str], pip: Mapping[str, str]) -> tuple[str, ...]:
    """Return the main index and the extra ones, each once."""
    main = environment.get("PIP_INDEX_URL") or pip.get("index-url", "")
    extra = environment.get("PIP_EXTRA_INDEX_URL") or pip.get("extra-index-url", "")
    asked = [url for url in main.split() if not url.startswith("file:")] or [PYPI]
    asked += [url for url in extra.split() if not url.startswith("file:")]
    return tuple(dict.fromkeys(url.rstrip("/") for url in asked))


def _ca_bundle(environment: Mapping[str, str], pip: Mapping[str, str]) -> Path | None:
    named = [environment.get(name, "") for name in CA_VARIABLES]
    first = next(filter(None, [named[0], pip.get("cert", ""), *named[1:]]), "")
    return Path(first) if first else None


def _pip_files(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the settings of all pip.conf files: global, user, virtual environment, later ones win."""
    named = environment.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return {}
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    folders = [Path(folder) / "pip" for folder in (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")]
    files = [*(folder / "pip.conf" for folder in folders), Path("/etc/pip.conf")]
    files += [home / ".pip" / "pip.conf", config / "pip" / "pip.conf"]
    if environment.get("VIRTUAL_ENV"):
        files.append(Path(environment["VIRTUAL_ENV"]) / "pip.conf")
    return {key: value for file in [*files, *([Path(named)] if named else [])] for key, value in _ini(file).items()}


def _ini(path: Path) -> dict[str, str]:
    """Return the settings of one pip.conf that matter here; nothing where it cannot be read."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(_text(path))
    except configparser.Error:
        return {}
    values: dict[str, str] = {}
    for section in SECTIONS:  # pip: a command's own section wins over [global]
        if parser.has_section(section):
            values = {key.replace("_", "-"): value for key, value in parser.items(section)} | values
    return values


def _npm_values(environment: Mapping[str, str], home: Path, here: Path) -> dict[str, str]:
    """Return the registry settings of all .npmrc files and the environment, later ones win."""
    user = Path(environment.get("NPM_CONFIG_USERCONFIG") or environment.get("npm_config_userconfig") or home / ".npmrc")
    values: dict[str, str] = {}
    for path in (Path("/etc/npmrc"), user, here / ".npmrc"):
        values |= dict(_npmrc_lines(_text(path).splitlines(), environment))
    registry = environment.get("npm_config_registry") or environment.get("NPM_CONFIG_REGISTRY")
    return values | ({"registry": registry} if registry else {})


def _npmrc_lines(lines: Iterable[str], environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield `registry` and `@scope:registry` with `${NAME}` taken from the environment; no credentials."""
    for line in lines:
        key, equals, value = line.strip().partition("=")
        key, value = key.strip(), value.strip().strip("\"'")
        if not equals or key[:1] in {";", "#"} or not (key == "registry" or key.endswith(":registry")):
            continue
        for name in environment if "${" in value else ():
            value = value.replace(f"${{{name}}}", environment[name])
        if not value.startswith("file:"):
            yield key, value.rstrip("/")


def _web(urls: Iterable[str]) -> str:
    return next((url.rstrip("/") for url in urls if not url.startswith("file:")), "")


def _text(path: Path) -> str:
    """Return a settings file's text; nothing where there is none, as its own client does."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_SETTINGS).decode("utf-8", "replace")
    except OSError:
        return ""
