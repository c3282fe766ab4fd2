"""The policy: where it is found, what it may say, and how its mistakes are told."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from unrig.drill.build.lab_authority import lab_roots
from unrig.model.errors import UsageError
from unrig.model.levels import Severity
from unrig.store import policy_file

WAIVER = '[[waivers]]\nrule = "signature-padding"\nreason = "known"\nowner = "me"\nexpires = 2024-01-31\n'


def _load(folder: Path, text: str | bytes, **more: Path) -> policy_file.LoadedPolicy:
    path = folder / "unrig.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return policy_file.load(path, current=folder, config=folder)


def _pem(der: bytes, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


def test_without_a_file_the_policy_is_empty(tmp_path: Path) -> None:
    loaded = policy_file.load(None, current=tmp_path, config=tmp_path)
    assert (loaded.policy.fail_on, loaded.roots, loaded.path) == (Severity.HIGH, (), "")


def test_the_current_folder_comes_before_the_configuration(tmp_path: Path) -> None:
    current, config = tmp_path / "current", tmp_path / "config"
    for folder, level in ((current, "low"), (config, "medium")):
        folder.mkdir()
        (folder / "unrig.toml").write_text(f'fail_on = "{level}"\n')
    assert policy_file.load(None, current=current, config=config).policy.fail_on is Severity.LOW
    (current / "unrig.toml").unlink()
    assert policy_file.load(None, current=current, config=config).policy.fail_on is Severity.MEDIUM


def test_a_policy_in_the_release_is_passed_over_by_any_name(tmp_path: Path) -> None:
    release = tmp_path / "release"
    (release / "sub").mkdir(parents=True)
    for folder in (release, release / "sub", tmp_path):
        (folder / "unrig.toml").write_text('fail_on = "low"\n')
    (tmp_path / "link").symlink_to(release)
    config = tmp_path / "config"
    for current in (release, release / "sub", tmp_path / "link"):
        loaded = policy_file.load(None, current=current, config=config, release=release / "sub" / "..")
        assert loaded.path == ""
    assert policy_file.load(None, current=tmp_path, config=config, release=release).path
    assert policy_file.load(release / "unrig.toml", current=release, config=config, release=release).path


def test_roots_in_der_and_pem_are_der(tmp_path: Path) -> None:
    root = lab_roots()[0]
    (tmp_path / "a.der").write_bytes(root)
    (tmp_path / "b.pem").write_text("a comment above\n" + _pem(root) + _pem(root) + _pem(b"key", "PRIVATE KEY"))
    assert _load(tmp_path, 'trusted_roots = ["a.der", "b.pem"]').roots == (root, root, root)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no certificate", "PEM or DER"),
        (b"", "PEM or DER"),
        (b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----", "base64"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "BEGIN CERTIFICATE"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "BEGIN CERTIFICATE"),
    ],
)
def test_a_root_that_is_none_names_its_file(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "root").write_bytes(content)
    with pytest.raises(UsageError, match=r"root: expected .*trusted_roots") as caught:
        _load(tmp_path, 'trusted_roots = ["root"]')
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail_on = [\n[x", "line 2"),
        ('fail_on = "loud"', "fail_on"),
        ("colour = 1", "colour"),
        (b"\xff\xfe", "utf-8"),
        ('trusted_roots = ["none.der"]', "none.der: expected a CERTIFICATE"),
        (WAIVER, r"waiver 1 \(signature-padding\): expected artifact_sha256"),
        (WAIVER + 'signer = "CN=x"', "found neither"),
        (WAIVER.replace('"known"', '" "') + f'artifact_sha256 = "{"0" * 64}"', "expected a reason"),
        (WAIVER + 'path = "a.dll"', "path"),
        (WAIVER.replace("2024-01-31", '"soon"'), r"waivers\[0\].expires|expires"),
        (WAIVER.replace('owner = "me"\n', ""), "owner"),
    ],
)
def test_a_mistake_names_file_and_place(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        _load(tmp_path, text)
    assert str(tmp_path) in str(caught.value)


def test_a_policy_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        policy_file.load(tmp_path / "none.toml", current=tmp_path, config=tmp_path)
