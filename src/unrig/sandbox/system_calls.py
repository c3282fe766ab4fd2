"""The system calls a sealed worker may make, by number: all others are refused.

Numbers: x86_64 from arch/x86/entry/syscalls/syscall_64.tbl, aarch64 from asm-generic/unistd.h. Not on the
list, so refused: all that opens, names, creates, mounts or connects anything, starts a program, process or thread,
traces or signals another process, changes rights or owners, or reaches ioctl, bpf, io_uring, keyctl.
"""

from __future__ import annotations

import fcntl
import os
import sys

from msgspec import Struct

_AT_EMPTY_PATH = 0x1000  # fcntl.h: the descriptor itself is meant, not a path


class Numbers(Struct, frozen=True, kw_only=True):
    """The number of each call on one architecture, and the value by which the kernel tells that architecture."""

    audit: int
    """AUDIT_ARCH_* of linux/audit.h."""
    by_name: dict[str, int]


class Narrowed(Struct, frozen=True, kw_only=True):
    """A call that is allowed only while one argument (its low 32 bits) has one of a few values."""

    name: str
    argument: int
    values: tuple[int, ...]


def narrowed(process: int) -> tuple[Narrowed, ...]:
    """Return the calls allowed only in part, for the worker with this process id."""
    return (
        Narrowed(name="fcntl", argument=1, values=_fcntl_commands()),
        Narrowed(name="newfstatat", argument=3, values=(_AT_EMPTY_PATH,)),
        Narrowed(name="statx", argument=2, values=(_AT_EMPTY_PATH,)),
        Narrowed(name="prlimit64", argument=0, values=(0,)),
        Narrowed(name="kill", argument=0, values=(process,)),
        Narrowed(name="tgkill", argument=0, values=(process,)),
    )


def for_program(process: int, binary: int) -> tuple[Narrowed, ...]:
    """Return the same for the pinned program, which opens files by name and is executed from one descriptor alone."""
    kept = (call for call in narrowed(process) if call.name not in {"newfstatat", "statx"})
    return (*kept, Narrowed(name="execveat", argument=0, values=(binary,)))


def program_numbers(native: Numbers) -> Numbers:
    """Return the calls of a worker and those that starting and running the pinned program takes besides."""
    more = _PROGRAM_X86_64 if native.audit == X86_64.audit else _PROGRAM_AARCH64
    return Numbers(audit=native.audit, by_name={**native.by_name, **more})


_PROGRAM_X86_64 = {
    "stat": 4,
    "lstat": 6,
    "access": 21,
    "getcwd": 79,
    "umask": 95,
    "arch_prctl": 158,
    "set_tid_address": 218,
    "openat": 257,
    "readlinkat": 267,
    "execveat": 322,
}
_PROGRAM_AARCH64 = {
    "getcwd": 17,
    "faccessat": 48,
    "openat": 56,
    "readlinkat": 78,
    "set_tid_address": 96,
    "umask": 166,
    "execveat": 281,
}


def _fcntl_commands() -> tuple[int, ...]:
    """Copy a descriptor or read its flags; not F_SETOWN, which sends signals."""
    return (fcntl.F_DUPFD, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_DUPFD_CLOEXEC)


def native() -> Numbers | None:
    """Return the numbers for this machine, or None where unrig has no table for it."""
    tables = {"x86_64": X86_64, "aarch64": AARCH64}
    return tables.get(os.uname().machine) if sys.maxsize > 1 << 32 else None


X86_64 = Numbers(
    audit=0xC000003E,
    by_name={
        "read": 0,
        "write": 1,
        "close": 3,
        "fstat": 5,
        "poll": 7,
        "lseek": 8,
        "mmap": 9,
        "mprotect": 10,
        "munmap": 11,
        "brk": 12,
        "rt_sigaction": 13,
        "rt_sigprocmask": 14,
        "rt_sigreturn": 15,
        "pread64": 17,
        "pwrite64": 18,
        "readv": 19,
        "writev": 20,
        "sched_yield": 24,
        "mremap": 25,
        "madvise": 28,
        "dup": 32,
        "dup2": 33,
        "nanosleep": 35,
        "getpid": 39,
        "sendto": 44,
        "recvfrom": 45,
        "recvmsg": 47,
        "exit": 60,
        "kill": 62,
        "uname": 63,
        "fcntl": 72,
        "fsync": 74,
        "fdatasync": 75,
        "ftruncate": 77,
        "gettimeofday": 96,
        "getrlimit": 97,
        "getrusage": 98,
        "sysinfo": 99,
        "times": 100,
        "getuid": 102,
        "getgid": 104,
        "geteuid": 107,
        "getegid": 108,
        "getppid": 110,
        "sigaltstack": 131,
        "gettid": 186,
        "time": 201,
        "futex": 202,
        "sched_getaffinity": 204,
        "restart_syscall": 219,
        "fadvise64": 221,
        "clock_gettime": 228,
        "clock_getres": 229,
        "clock_nanosleep": 230,
        "exit_group": 231,
        "tgkill": 234,
        "newfstatat": 262,
        "ppoll": 271,
        "set_robust_list": 273,
        "fallocate": 285,
        "dup3": 292,
        "preadv": 295,
        "pwritev": 296,
        "prlimit64": 302,
        "getcpu": 309,
        "getrandom": 318,
        "membarrier": 324,
        "copy_file_range": 326,
        "preadv2": 327,
        "pwritev2": 328,
        "statx": 332,
        "rseq": 334,
        "close_range": 436,
    },
)

AARCH64 = Numbers(
    audit=0xC00000B7,
    by_name={
        "dup": 23,
        "dup3": 24,
        "fcntl": 25,
        "ftruncate": 46,
        "fallocate": 47,
        "close": 57,
        "lseek": 62,
        "read": 63,
        "write": 64,
        "readv": 65,
        "writev": 66,
        "pread64": 67,
        "pwrite64": 68,
        "preadv": 69,
        "pwritev": 70,
        "ppoll": 73,
        "newfstatat": 79,
        "fstat": 80,
        "fsync": 82,
        "fdatasync": 83,
        "exit": 93,
        "exit_group": 94,
        "futex": 98,
        "set_robust_list": 99,
        "nanosleep": 101,
        "clock_gettime": 113,
        "clock_getres": 114,
        "clock_nanosleep": 115,
        "sched_getaffinity": 123,
        "sched_yield": 124,
        "restart_syscall": 128,
        "kill": 129,
        "tgkill": 131,
        "sigaltstack": 132,
        "rt_sigaction": 134,
        "rt_sigprocmask": 135,
        "rt_sigreturn": 139,
        "times": 153,
        "uname": 160,
        "getrlimit": 163,
        "getrusage": 165,
        "getcpu": 168,
        "gettimeofday": 169,
        "getpid": 172,
        "getppid": 173,
        "getuid": 174,
        "geteuid": 175,
        "getgid": 176,
        "getegid": 177,
        "gettid": 178,
        "sysinfo": 179,
        "sendto": 206,
        "recvfrom": 207,
        "recvmsg": 212,
        "brk": 214,
        "munmap": 215,
        "mremap": 216,
        "mmap": 222,
        "fadvise64": 223,
        "mprotect": 226,
        "madvise": 233,
        "prlimit64": 261,
        "getrandom": 278,
        "membarrier": 283,
        "copy_file_range": 285,
        "preadv2": 286,
        "pwritev2": 287,
        "statx": 291,
        "rseq": 293,
        "close_range": 436,
    },
)
