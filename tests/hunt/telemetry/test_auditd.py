from __future__ import annotations

from typing import Any

from unrig.hunt.telemetry.auditd import READER


def event(serial: int, *records: str, node: str = "") -> str:
    prefix = f"node={node} " if node else ""
    return "".join(
        f"{prefix}type={kind} msg=audit(1709542800.125:{serial}): {rest}\n"
        for kind, _, rest in (each.partition(" ") for each in records)
    )


CALL = 'SYSCALL arch=c000003e syscall={} success=yes exit=0 ppid=80 pid=81 auid=1000 uid=0 comm="curl" exe="/usr/bin/curl" key="k"\x1dAUID="ann" UID="root"'
START = event(1, CALL.format(59), 'EXECVE argc=3 a0="curl" a1=2D48 a2="x y"', 'CWD cwd="/root"', 'PATH item=0 name="/usr/bin/curl" nametype=NORMAL',
              "PROCTITLE proctitle=6375726C002D48", "EOE ")  # fmt: skip


def test_the_lines_of_an_event_are_one_row(read: Any, told: Any) -> None:
    data = START.encode()
    assert told(data) == ["auditd"]
    row = read(READER, data).only()
    assert (row["image"], row["pid"], row["parent_pid"], row["command_line"]) == (
        "/usr/bin/curl",
        81,
        80,
        "curl -H x y",
    )
    assert (row["user"], row["device"], row["working_directory"]) == ("ann", "source-s1", "/root")
    assert (row["record"], row["offset"], row["time"].isoformat()) == (1, 0, "2024-03-04T09:00:00.125000")


def test_connections_files_and_logons_have_their_classes(read: Any) -> None:
    connect = event(2, CALL.format(42), "SOCKADDR saddr=020001BB010203040000000000000000", node="pc-7.corp.example")
    six = event(3, CALL.format(42), "SOCKADDR saddr=0A0001BB00000000" + "20010DB8" + "00" * 11 + "0100000000")
    made = event(
        4,
        CALL.format(257),
        'CWD cwd="/tmp"',
        'PATH item=0 name="/tmp" nametype=PARENT',
        "PATH item=1 name=2E6D61696E nametype=CREATE",
    )
    gone = event(5, CALL.format(87), 'PATH item=1 name="/tmp/x" nametype=DELETE')
    logon = event(
        6,
        'USER_LOGIN pid=9 uid=0 auid=1000 msg=\'op=login acct="ann" exe="/usr/sbin/sshd" hostname=h addr=10.0.0.9 terminal=ssh res=failed\'',
    )
    found = read(READER, (connect + six + made + gone + logon + event(7, "DAEMON_START op=start")).encode())
    four, other = found.rows["network"]
    assert (four["destination_ip"], four["destination_port"], four["initiated"], four["device"]) == (
        "1.2.3.4",
        443,
        True,
        "pc-7",
    )
    assert other["destination_ip"] == "2001:db8::1"
    assert [(row["target"], row["action"]) for row in found.rows["file"]] == [
        ("/tmp/.main", "create"),
        ("/tmp/x", "delete"),
    ]
    [logged] = found.rows["authentication"]
    assert (logged["target_user"], logged["source_ip"], logged["action"]) == ("ann", "10.0.0.9", "failure")
    assert found.rows["other"][0]["channel"] == "daemon_start"


def test_lines_of_events_may_stand_among_each_others_and_end_early(read: Any) -> None:
    one, two = (event(serial, CALL.format(59), 'EXECVE argc=1 a0="ls"').split("\n") for serial in (8, 9))
    rows = read(READER, "\n".join((one[0], two[0], one[1], two[1])).encode()).rows["process"]
    assert [row["command_line"] for row in rows] == ["ls", "ls"]


def test_other_lines_are_counted_and_odd_values_are_null(read: Any) -> None:
    odd = event(10, CALL.format(42), "SOCKADDR saddr=zz") + event(11, 'EXECVE argc=x a0="a"')
    found = read(READER, b"no audit\n\n\xff\n" + odd.encode())
    assert found.reasons == {"NOT_A_ROW": 1, "NOT_UTF8": 1}
    assert found.rows["network"][0]["destination_ip"] is None
    assert found.rows["process"][0]["command_line"] == "a"
