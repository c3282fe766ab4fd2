from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from unrig.sandbox import seccomp, system_calls
from unrig.sandbox.system_calls import AARCH64, X86_64, Numbers

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
PROCESS = 4711

# Every way out that the sandbox promises to close.
CLOSED = [
    "open",
    "openat",
    "openat2",
    "open_by_handle_at",
    "creat",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "setxattr",
    "fsetxattr",
    "lsetxattr",
    "utimensat",
    "truncate",
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "sendmsg",
    "sendmmsg",
    "execve",
    "execveat",
    "fork",
    "vfork",
    "clone",
    "clone3",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_open",
    "pidfd_getfd",
    "pidfd_send_signal",
    "tkill",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fspick",
    "pivot_root",
    "chroot",
    "chdir",
    "fchdir",
    "bpf",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "unshare",
    "setns",
    "userfaultfd",
    "perf_event_open",
    "prctl",
    "seccomp",
    "capset",
    "setuid",
    "setgid",
    "setresuid",
    "setresgid",
    "setgroups",
    "setrlimit",
    "ioctl",
    "memfd_create",
    "memfd_secret",
    "shmget",
    "msgget",
    "semget",
    "init_module",
    "finit_module",
    "kexec_load",
    "reboot",
    "swapon",
    "personality",
    "setsid",
    "setpgid",
    "sched_setaffinity",
    "setpriority",
    "inotify_init1",
    "fanotify_init",
    "epoll_create1",
    "eventfd2",
    "signalfd4",
    "timerfd_create",
    "pipe",
    "pipe2",
    "modify_ldt",
    "iopl",
    "ioperm",
    "acct",
    "quotactl",
    "syslog",
    "settimeofday",
]

HEADERS = {
    "x86_64": (X86_64, Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")),
    "aarch64": (AARCH64, Path("/usr/include/asm-generic/unistd.h")),
}
SPELLED = {"newfstatat": "fstatat"}  # the generic table's name, as __NR3264_


def run(program: bytes, *, number: int, audit: int, arguments: tuple[int, ...] = ()) -> int:
    """Interpret a classic BPF program over struct seccomp_data and return its verdict."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<iIQ6Q", number, audit, 0, *padded)
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at, accumulator = 0, 0
    while True:
        operation, if_true, if_false, operand = code[at]
        at += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, operand)
            case 0x15:
                at += if_true if accumulator == operand else if_false
            case 0x45:
                at += if_true if accumulator & operand else if_false
            case 0x06:
                return operand
            case unknown:
                raise AssertionError(unknown)


@pytest.fixture(params=["x86_64", "aarch64"])
def table(request: pytest.FixtureRequest) -> Numbers:
    return HEADERS[request.param][0]


def program(table: Numbers) -> bytes:
    return seccomp.program(table, system_calls.narrowed(PROCESS))


def test_what_is_listed_is_allowed(table: Numbers) -> None:
    partly = {call.name for call in system_calls.narrowed(PROCESS)}
    for name, number in table.by_name.items():
        verdict = run(program(table), number=number, audit=table.audit, arguments=(1 << 20,) * 6)
        assert verdict == (REFUSE if name in partly else ALLOW), name


def test_everything_else_is_refused(table: Numbers) -> None:
    listed = set(table.by_name.values())
    code = program(table)
    for number in range(1000):
        if number not in listed:
            assert run(code, number=number, audit=table.audit) == REFUSE


def test_only_a_listed_value_of_the_argument_is_allowed(table: Numbers) -> None:
    code = program(table)
    for call in system_calls.narrowed(PROCESS):
        number = table.by_name[call.name]
        for value in range(5000):
            arguments = tuple(value if place == call.argument else 7 for place in range(6))
            verdict = run(code, number=number, audit=table.audit, arguments=arguments)
            assert verdict == (ALLOW if value in call.values else REFUSE), (call.name, value)


def test_only_this_process_is_signalled(table: Numbers) -> None:
    for name in ("kill", "tgkill"):
        for target in (PROCESS + 1, 0, 1, (1 << 32) - 1, (1 << 64) - PROCESS):
            verdict = run(program(table), number=table.by_name[name], audit=table.audit, arguments=(target,))
            assert verdict == REFUSE


def test_another_architecture_s_numbers_end_the_process(table: Numbers) -> None:
    for audit in (0x40000003, 0x40000028, X86_64.audit ^ AARCH64.audit ^ table.audit):  # i386, arm, the other one
        assert run(program(table), number=0, audit=audit) == KILL


def test_the_second_set_of_numbers_ends_the_process(table: Numbers) -> None:
    for number in (0, 1, 41, 59, 520):
        assert run(program(table), number=number | 0x40000000, audit=table.audit) == KILL


@pytest.mark.parametrize("architecture", HEADERS)
def test_the_numbers_are_the_kernel_s(architecture: str) -> None:
    table, header = HEADERS[architecture]
    if not header.is_file():
        pytest.skip("the kernel's headers are not installed")
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", header.read_text()))
    for name, number in table.by_name.items():
        assert int(defined[SPELLED[name] if name not in defined else name]) == number, name


@pytest.mark.parametrize("name", CLOSED)
def test_no_way_out_is_listed(name: str) -> None:
    assert name not in X86_64.by_name
    assert name not in AARCH64.by_name


def test_each_table_has_what_is_narrowed() -> None:
    for call in system_calls.narrowed(PROCESS):
        assert call.name in X86_64.by_name
        assert call.name in AARCH64.by_name


def test_the_tables_name_the_same_calls_but_for_the_old_ones() -> None:
    assert set(AARCH64.by_name) <= set(X86_64.by_name)
    assert set(X86_64.by_name) - set(AARCH64.by_name) == {"poll", "dup2", "time"}


def test_other_machines_have_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for machine, expected in (("x86_64", X86_64), ("aarch64", AARCH64), ("riscv64", None), ("i686", None)):
        monkeypatch.setattr(os, "uname", lambda name=machine: os.uname_result(("Linux", "host", "6", "1", name)))
        assert system_calls.native() is expected
