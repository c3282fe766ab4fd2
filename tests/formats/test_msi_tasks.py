from __future__ import annotations

import pytest

from unrig.formats.msi_tasks import tasks
from unrig.model.msi import CustomAction, ScheduledTask


def action(target: str, name: str = "A") -> CustomAction:
    return CustomAction(name=name, type=50, kind="exe", stored="property", source="P", target=target)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            'schtasks.exe /Create /SC DAILY /TN "Example Update" /TR "[INSTALLDIR]up.exe -q" /F',
            ("Example Update", "[INSTALLDIR]up.exe -q"),
        ),
        ("cmd /c SCHTASKS /f /create /tn Up /tr c:\\up.exe", ("Up", "c:\\up.exe")),
        ("powershell Register-ScheduledTask -TaskName 'Nightly Run' -Action $a", ("Nightly Run", "")),
        ("schtasks /create /xml [TASKXML]", ("", "")),
    ],
)
def test_a_command_line_that_registers_a_task(target: str, expected: tuple[str, str]) -> None:
    (task,) = tasks([action(target)])
    assert task == ScheduledTask(action="A", name=expected[0], command=expected[1])


@pytest.mark.parametrize("target", ["schtasks /delete /tn Up", "schtasks /query", "notepad create", ""])
def test_other_commands_register_none(target: str) -> None:
    assert tasks([action(target)]) == ()


def test_tasks_stand_by_their_action() -> None:
    both = [action("schtasks /create /tn b", "Z"), action("schtasks /create /tn a", "B")]
    assert [task.action for task in tasks(both)] == ["B", "Z"]
