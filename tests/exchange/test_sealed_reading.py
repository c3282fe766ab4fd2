"""The untrusted formats of this folder are read in sealed workers, with the same answer as outside of one."""

import os
from pathlib import Path

from unrig.data import claims as public_claims
from unrig.exchange import claims_toml, stix
from unrig.exchange.claims_toml import ClaimsFile
from unrig.exchange.stix import ReadBundle
from unrig.model.problem import Problem, ProblemKind
from unrig.sandbox.call import Call, Item
from unrig.sandbox.pool import Pool

CLAIMS = Call(function="unrig.exchange.claims_toml:read_sealed", argument=str, result=ClaimsFile)
STIX = Call(function="unrig.exchange.stix:read_sealed", argument=str, result=ReadBundle)


def test_claims_and_bundles_are_read_by_a_sealed_worker(tmp_path: Path) -> None:
    bundle = stix.bundle([stix.tlp_marking("red"), stix.file("ab" * 32, "a.dll")])
    contents = {"c.toml": public_claims.load("3cx"), "bad.toml": b"[[claim", "b.json": stix.write(bundle)}
    opened = {}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
        opened[name] = os.open(tmp_path / name, os.O_RDONLY)
    items = {name: Item(argument=name, descriptors=(descriptor,), where=name) for name, descriptor in opened.items()}
    try:
        with Pool(("unrig.exchange.claims_toml", "unrig.exchange.stix"), jobs=1) as pool:
            claims = dict(pool.map(CLAIMS, [items["c.toml"], items["bad.toml"]]))
            bundles = dict(pool.map(STIX, [items["b.json"]]))
    finally:
        for descriptor in opened.values():
            os.close(descriptor)
    assert claims[0] == claims_toml.parse(contents["c.toml"], "c.toml")
    assert isinstance(claims[1], Problem)
    assert claims[1].kind is ProblemKind.FORMAT
    assert bundles[0] == stix.read(contents["b.json"], "b.json")
