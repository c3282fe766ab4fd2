from __future__ import annotations

from unrig.formats.script_javascript import abilities, read_calls
from unrig.model.capability import Capability


def test_a_text_that_is_no_javascript_is_none() -> None:
    assert read_calls(memoryview(b"Dear Sir, ## $$ @@ please (eval [ } ) find enclosed: the following.\n" * 9)) is None


def test_calls_in_the_order_of_the_text_once_each() -> None:
    calls = read_calls(memoryview(b"fetch(a); eval(b); fetch(c); new WebSocket(d)"))
    assert calls is not None
    assert [one.capability for one in abilities(calls)] == [Capability.NETWORK, Capability.DYNAMIC_CODE]
    assert len(calls.shown) == 4


def test_small_damage_does_not_hide_the_rest() -> None:
    calls = read_calls(memoryview(b"const a = 1;\n" * 20 + b"@@@;\n" + b"require('child_process').exec(x);\n"))
    assert calls is not None
    assert [one.capability for one in calls.shown] == [Capability.PROCESS]


def test_deep_nesting_is_read() -> None:
    calls = read_calls(memoryview(b"f(" * 3000 + b"eval(1)" + b")" * 3000))
    assert calls is not None
    assert calls.shown
