from __future__ import annotations

from typing import Any

import ibis
import pytest

from unrig.hunt.user_agents import program_of

ENGINE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
BROWSERS = (
    f"{ENGINE} Chrome/110.0.0.0 Safari/537.36",
    f"{ENGINE} Chrome/110.0.0.0 Safari/537.36 Edg/110.0.1587.57",
    f"{ENGINE} Chrome/110.0.0.0 Safari/537.36 OPR/96.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/110.0",
    "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 16_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.3 "
        "Mobile/15E148 Safari/604.1"
    ),
    "",
)
PROGRAMS = {
    f"{ENGINE} Phone/18.12.407 Chrome/102.0 Electron/19.1.9 Safari/537.36": "phone",
    "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041": "windowspowershell",
    "Microsoft-CryptoAPI/10.0": "microsoft-cryptoapi",
    "git/2.39.1.windows.1": "git",
    "Phone/18.12 CFNetwork/1404.0.5 Darwin/22.3.0": "phone",
    "loader": "loader",
    "curl/7.88.1": "curl",
}


@pytest.fixture(scope="module")
def named() -> dict[str, Any]:
    agents = [*BROWSERS, *PROGRAMS]
    table = ibis.memtable({"agent": agents})
    answer = table.select("agent", program=program_of(table.agent)).to_pyarrow()
    return {row["agent"]: row["program"] for row in answer.to_pylist()}


def test_an_agent_of_a_browser_speaks_for_no_program(named: dict[str, Any]) -> None:
    assert [agent for agent in BROWSERS if named[agent] is not None] == []


def test_what_is_left_without_the_engine_is_the_program(named: dict[str, Any]) -> None:
    assert {agent: named[agent] for agent in PROGRAMS} == PROGRAMS
