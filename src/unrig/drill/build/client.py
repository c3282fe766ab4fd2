"""One release of a made-up calling client in the manner of Electron: clean, rigged, or benign in its own way."""

from __future__ import annotations

from msgspec import Struct

from unrig.drill.build.client_cast import Cast, cast
from unrig.drill.build.client_data import data_files
from unrig.drill.build.client_parts import (
    Tampering,
    carrier,
    codec,
    framework_library,
    own_library,
    program,
    small_program,
    vendor_signing,
)
from unrig.drill.build.lab_authority import Standing
from unrig.drill.build.signing import SigningSpec
from unrig.drill.build.tags import Brand, branded


class ClientSpec(Struct, frozen=True, kw_only=True):
    """What sets a release apart; everything else is drawn from the seed."""

    update: int = 1
    """0 is the release before."""
    framework_update: int = 0
    """The framework rises by so much, and with it every library it brings."""
    tampering: Tampering = Tampering()
    standing: Standing = Standing.GOOD
    brand: Brand = Brand.NONE
    helper: bool = False
    """It comes with a program that no release before had."""


class Client(Struct, frozen=True, kw_only=True):
    """A release as its publisher has it, before it is packed."""

    drawn: Cast
    files: dict[str, bytes]
    """By path below the product's folder."""
    signing: SigningSpec
    """Of the vendor, for the package too."""
    helper: str = ""
    """Path of the new helper, where there is one."""


def build_client(spec: ClientSpec, seed: int) -> Client:
    """Return the release; the same spec and seed give the same bytes."""
    drawn = cast(seed, spec.update, framework_update=spec.framework_update)
    signing, risen = vendor_signing(drawn, spec.standing), spec.framework_update
    helper = f"{drawn.folder}{drawn.product}Helper.exe" if spec.helper else ""
    files = {
        drawn.program: program(drawn, branded(signing, spec.brand, seed), seed),
        drawn.updater: small_program(drawn.updater, drawn, signing, seed),
        drawn.codec: codec(drawn, signing, risen, spec.tampering, seed),
        drawn.carrier: carrier(drawn, spec.tampering, seed),
        **{path: framework_library(path, drawn, signing, risen, seed) for path in drawn.libraries},
        **{path: own_library(path, drawn, signing, seed) for path in drawn.own},
        **({helper: small_program(helper, drawn, signing, seed)} if helper else {}),
        **data_files(drawn, seed, risen=risen, helper=helper),
    }
    return Client(drawn=drawn, files=dict(sorted(files.items())), signing=signing, helper=helper)
