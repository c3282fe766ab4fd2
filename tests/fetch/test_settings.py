"""pip's and npm's own settings, and purls."""

from __future__ import annotations

from pathlib import Path

import pytest

from unrig.fetch import settings as module
from unrig.fetch.purl import parse_purl
from unrig.fetch.settings import NPM, PYPI, Settings, read_settings
from unrig.model.errors import UsageError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; what this machine has under /etc is not read."""
    real = module._text
    monkeypatch.setattr(module, "_text", lambda path: real(path) if path.is_relative_to(tmp_path) else "")
    return tmp_path


def read(home: Path, **environment: str) -> Settings:
    return read_settings(environment, home, home / "here")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_with_nothing_said_the_public_indexes_are_asked(home: Path) -> None:
    assert read(home) == Settings(pypi=(PYPI,), npm=NPM)


def test_the_environment_wins_over_files_and_later_files_over_earlier(home: Path) -> None:
    write(home / ".pip" / "pip.conf", "[global]\nindex-url = https://legacy.invalid/simple\ncert = /legacy.pem\n")
    write(home / ".config" / "pip" / "pip.conf", "[global]\nindex_url = https://user.invalid/simple/\n")
    assert read(home).pypi == ("https://user.invalid/simple",)
    assert read(home).ca_bundle == Path("/legacy.pem")
    write(home / "venv" / "pip.conf", "[install]\nindex-url = https://venv.invalid/simple\n")
    assert read(home, VIRTUAL_ENV=str(home / "venv")).pypi == ("https://venv.invalid/simple",)
    assert read(home, PIP_INDEX_URL="https://env.invalid/simple").pypi == ("https://env.invalid/simple",)
    assert read(home, PIP_CONFIG_FILE="/dev/null").pypi == (PYPI,)


def test_extra_indexes_follow_and_file_indexes_and_find_links_are_passed_over(home: Path) -> None:
    text = "[global]\nextra-index-url =\n    https://a.invalid/s\n    file:///srv/wheels\n    https://b.invalid/s\n"
    write(home / ".config" / "pip" / "pip.conf", text + "find-links = /opt/wheels\n")
    assert read(home).pypi == (PYPI, "https://a.invalid/s", "https://b.invalid/s")
    assert read(home, PIP_INDEX_URL="file:///srv/index", PIP_EXTRA_INDEX_URL=PYPI).pypi == (PYPI,)


@pytest.mark.parametrize("text", ["no section", "[global\n", "[global]\nindex-url\n", "\0\xff", "[global]\n[global]\n"])
def test_a_broken_pip_conf_says_nothing(home: Path, text: str) -> None:
    write(home / ".config" / "pip" / "pip.conf", text)
    assert read(home).pypi == (PYPI,)


@pytest.mark.parametrize("name", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_certificates_come_from_the_usual_variables(home: Path, name: str) -> None:
    assert read(home, **{name: "/ca.pem"}).ca_bundle == Path("/ca.pem")


def test_npmrc_gives_registries_and_scopes(home: Path) -> None:
    write(home / ".npmrc", "; comment\nregistry = https://user.invalid/npm/\n@one:registry=https://one.invalid\n")
    write(home / "here" / ".npmrc", '@two:registry="https://${HOST}/two"\n//user.invalid/:_authToken=hidden\n')
    found = read(home, HOST="two.invalid")
    assert found.npm == "https://user.invalid/npm"
    assert found.npm_scopes == {"@one": "https://one.invalid", "@two": "https://two.invalid/two"}
    assert "hidden" not in repr(found)
    assert read(home, npm_config_registry="https://env.invalid/").npm == "https://env.invalid"
    assert read(home, NPM_CONFIG_USERCONFIG=str(home / "none")).npm == NPM


def test_purls_are_normalised() -> None:
    wanted = parse_purl("pkg:pypi/PyQt5_Qt5@5.15.2?platform=win_amd64")
    assert (wanted.name, wanted.version, wanted.platform) == ("pyqt5-qt5", "5.15.2", "win_amd64")
    assert parse_purl("pkg:npm/%40esbuild/win32-x64@0.28.2").name == "@esbuild/win32-x64"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pkg:pypi/lib", "expected a version"),
        ("pkg:cargo/lib@1", "npm or pypi"),
        ("pkg:pypi/lib@1?colour=red", "found colour"),
        ("pkg:", "package URL"),
        ("pkg:pypi", "package URL"),
    ],
)
def test_a_purl_that_cannot_be_met_says_why(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_purl(text)
