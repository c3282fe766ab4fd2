"""A case whose claims are read by sealed workers is the case whose claims are read here."""

import datetime as dt
from pathlib import Path

from unrig.case import sealed_claims
from unrig.case.run import CaseRun, GivenClaims, run
from unrig.data import claims as public_claims
from unrig.exchange import claims_toml
from unrig.exchange.claims_toml import ClaimsFile
from unrig.model.problem import ProblemKind
from unrig.sandbox.pool import Pool

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
PUBLIC = GivenClaims(name="3cx.toml", data=public_claims.load("3cx"))
BAD = GivenClaims(name="bad.toml", data=b"[[claim")


def test_the_same_case_comes_of_it(tmp_path: Path) -> None:
    with Pool(sealed_claims.PRELOAD, jobs=1) as pool:
        sealed = run(CaseRun(folder=tmp_path / "a", claims=(PUBLIC,), at=AT), sealed_claims.reader(pool))
    plain = run(CaseRun(folder=tmp_path / "b", claims=(PUBLIC,), at=AT), claims_toml.parse)
    assert (sealed.claims, sealed.gaps, sealed.problems) == (plain.claims, plain.gaps, ())
    assert len(sealed.claims) > 50


def test_what_a_worker_cannot_read_is_a_problem() -> None:
    with Pool(sealed_claims.PRELOAD, jobs=1) as pool:
        read = sealed_claims.reader(pool)
        bad, good = read(BAD.data, BAD.name), read(PUBLIC.data, PUBLIC.name)
    assert [problem.kind for problem in bad.problems] == [ProblemKind.FORMAT]
    assert bad == ClaimsFile(problems=bad.problems)
    assert good == claims_toml.parse(PUBLIC.data, PUBLIC.name)
