"""What keeps the writers harmless, asserted over all of them."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

import unrig
from unrig.drill.build import lab_authority as lab
from unrig.drill.build import signing
from unrig.drill.build.certificate_table import TableSpec
from unrig.drill.build.client import ClientSpec, build_client
from unrig.drill.build.client_line_up import client_line_up
from unrig.drill.build.msi_signing import SignedMsiSpec
from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.pe import build_pe, code
from unrig.drill.build.pe_spec import LONGEST_TEXT, Machine, PeSpec, check_text
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.utility import UtilitySpec, build_utility
from unrig.drill.build.utility_line_up import utility_line_up

SOURCES = Path(unrig.__file__).parent
BUILD = SOURCES / "drill" / "build"
MODULES = sorted(path.stem for path in BUILD.glob("*.py") if path.stem != "__init__")
SIGNING = ("signing", "certificate_table", "lab_authority", "msi_signing", "package_signing")
"""The public modules that sign or write certificate tables."""
THE_EXCEPTION = "demo_wheel"
"""Takes one file from outside, the real wheel of one SHA-256; tests/drill/build/test_demo_wheel.py fences it."""
INTERNAL = ("_certificates", "_der", "_keys", "_package", "_pkcs7", "_spc", "_timestamps")
FROM_OUTSIDE = re.compile(r"\b(bytes|bytearray|memoryview|Path|PathLike|BinaryIO|IO)\b")
ALLOWED_IMPORTS = ("unrig.model", "unrig.drill.build")
BODIES = re.compile(rb"(?:(?:\x33\xc0)+\xc3\xcc*)+")


def module(name: str) -> types.ModuleType:
    return importlib.import_module(f"unrig.drill.build.{name}")


def public_functions(name: str) -> Iterator[types.FunctionType]:
    loaded = module(name)
    for key in getattr(loaded, "__all__", [key for key in vars(loaded) if not key.startswith("_")]):
        found = vars(loaded)[key]
        if inspect.isfunction(found):
            yield found


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_modules_are_there() -> None:
    assert {*SIGNING, *INTERNAL, "pe", "payload", "zip", "wheel", "release"} <= set(MODULES)


@pytest.mark.parametrize("name", SIGNING)
def test_what_signs_takes_no_bytes_and_no_paths(name: str) -> None:
    for function in public_functions(name):
        for parameter in inspect.signature(function).parameters.values():
            assert not FROM_OUTSIDE.search(str(parameter.annotation)), f"{function.__name__}({parameter})"


@pytest.mark.parametrize("spec", [PeSpec, SigningSpec, TableSpec, PayloadSpec, SignedMsiSpec])
def test_specs_hold_no_bytes_and_no_paths(spec: type[Struct]) -> None:
    for name, hint in held(spec, set()):
        assert not FROM_OUTSIDE.search(str(hint)), f"{spec.__name__}.{name}"


def held(spec: type[Struct], seen: set[type]) -> Iterator[tuple[str, object]]:
    """Yield every field, and those of the specs it holds."""
    seen.add(spec)
    for name, hint in typing.get_type_hints(spec).items():
        yield name, hint
        for part in (hint, *typing.get_args(hint)):
            if isinstance(part, type) and issubclass(part, Struct) and part not in seen:
                yield from held(part, seen)


@pytest.mark.parametrize("spec", [ClientSpec, UtilitySpec])
def test_what_sets_releases_apart_are_numbers_and_names(spec: type[Struct]) -> None:
    for name, hint in held(spec, set()):
        assert not FROM_OUTSIDE.search(str(hint)), f"{spec.__name__}.{name}"


@pytest.mark.parametrize("function", [build_client, build_utility, client_line_up, utility_line_up])
def test_whole_releases_come_from_a_seed_and_a_spec(function: types.FunctionType) -> None:
    parameters = inspect.signature(function).parameters
    assert set(parameters) <= {"seed", "spec"}


def test_releases_name_no_domain_that_could_exist() -> None:
    for built in (build_client(ClientSpec(helper=True), 3).files, build_utility(UtilitySpec(), 3).files):
        for path, data in built.items():
            for host in re.findall(rb"https?://([\w.-]+)", data):
                assert host.endswith(b".invalid"), (path, host)


def test_the_field_walk_sees_bytes() -> None:
    class Inner(Struct):
        body: bytes

    class Outer(Struct):
        inner: tuple[Inner, ...]

    Outer.__annotations__ = {"inner": tuple[Inner, ...]}
    Inner.__annotations__ = {"body": bytes}
    assert any(FROM_OUTSIDE.search(str(hint)) for _, hint in held(Outer, set()))


def test_signing_is_no_public_interface() -> None:
    assert signing.__all__ == ["Digest", "Flaw", "SigningSpec", "TimeStamp", "signed_pe"]
    for path in SOURCES.rglob("*.py"):
        if BUILD in path.parents:
            continue
        for name in imported(path):
            assert not re.match(r"unrig\.drill\.build\._", name), f"{path.name} imports {name}"
            if name.startswith("unrig.drill.build"):
                assert (SOURCES / "drill") in path.parents, f"{path.name} imports {name}"


@pytest.mark.parametrize("name", MODULES)
def test_writers_share_nothing_with_readers(name: str) -> None:
    for target in imported(BUILD / f"{name}.py"):
        if target.startswith("unrig"):
            assert target.startswith(ALLOWED_IMPORTS), f"{name} imports {target}"


@pytest.mark.parametrize("name", [name for name in MODULES if name not in {"folder", THE_EXCEPTION}])
def test_only_the_folder_writer_touches_the_disk(name: str) -> None:
    tree = ast.parse((BUILD / f"{name}.py").read_text())
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not calls & {"open", "exec", "eval", "compile", "__import__"}
    roots = {target.split(".")[0] for target in imported(BUILD / f"{name}.py")}
    assert not roots & {"pathlib", "os", "shutil", "tempfile", "subprocess", "socket", "ctypes", "random", "secrets"}


def test_keys_never_leave_memory() -> None:
    for name in MODULES:
        text = (BUILD / f"{name}.py").read_text()
        for word in ("private_bytes", "PrivateFormat", "NoEncryption", "load_pem_private", "load_der_private"):
            assert word not in text, f"{name} says {word}"


def test_every_subject_says_what_it_is() -> None:
    holders = [lab._root(), lab._authority(), lab._time_stamper()]
    holders += [lab._publisher(name, lab.Standing.GOOD) for name in lab.PUBLISHERS]
    holders += [lab._publisher(lab.PUBLISHERS[0], standing) for standing in lab.Standing]
    certificates = [certificate for holder in holders for certificate in (holder.certificate, *holder.above)]
    spares = (lab._spare_certificate(1, PayloadSpec(size=9), role) for role in ("Spare", "Download Tag"))
    certificates += [x509.load_der_x509_certificate(der) for der in spares]
    for certificate in certificates:
        assert "UNRIG DRILL, NOT A PUBLISHER" in certificate.subject.rfc4514_string().replace("\\,", ",")


def test_publishers_are_made_up() -> None:
    real = ("microsoft", "google", "3cx", "apple", "adobe", "solarwinds", "mozilla", "nvidia", "piriform")
    assert not [name for name in lab.PUBLISHERS if any(word in name.lower() for word in real)]
    with pytest.raises(ValueError, match="drills sign for"):
        signed_pe(PeSpec(), SigningSpec(publisher="Microsoft Corporation"), 1)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**40), st.integers(1, 400), st.integers(0, 9), st.sampled_from(Machine))
def test_code_only_returns(seed: int, functions: int, variant: int, machine: Machine) -> None:
    spec = PeSpec(machine=machine, functions=functions, code_variant=variant)
    assert BODIES.fullmatch(code(spec, seed))


@pytest.mark.parametrize(
    "spec",
    [
        PeSpec(strings=("https://example.com/x",)),
        PeSpec(wide_strings=("see http://203.0.113.7/a now",)),
        PeSpec(version={"Comments": "ftp://host.invalid.example/"}),
        PeSpec(strings=("x" * (LONGEST_TEXT + 1),)),
        PeSpec(imports={"A.dll": ("y" * (LONGEST_TEXT + 1),)}),
        PeSpec(pdb_path="p" * (LONGEST_TEXT + 1)),
    ],
)
def test_addresses_and_long_texts_are_refused(spec: PeSpec) -> None:
    with pytest.raises(ValueError, match=r"no domain that could exist|at most"):
        build_pe(spec, 1)


def test_signatures_name_no_address_that_could_exist() -> None:
    with pytest.raises(ValueError, match="no domain that could exist"):
        signed_pe(PeSpec(), structs.replace(SigningSpec(), program_address="https://example.com/"), 1)
    check_text("https://drill.invalid/ and plain words")


def test_certificates_name_no_address_at_all() -> None:
    assert b"://" not in b"".join((*lab.lab_roots(), *lab.lab_crls(), lab.publisher_certificate(lab.PUBLISHERS[0])))


def test_sources_name_only_domains_that_cannot_exist() -> None:
    for name in MODULES:
        for host in re.findall(r"\w+://([\w.{}()-]+)", (BUILD / f"{name}.py").read_text()):
            assert host.rstrip(".").endswith((".invalid", "host", "{host}", "{host}{icon}")), f"{name} names {host}"
