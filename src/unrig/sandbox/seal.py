"""Sealing: the steps by which a forked worker gives up everything but its open descriptors."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from unrig.sandbox import landlock, layers, libc, limits, seccomp
from unrig.sandbox.call import Limits
from unrig.sandbox.layers import Layer, Layers, Missing

NOBODY = 65534
"""User and group of a worker; owns nothing and is the kernel's own overflow id."""

# linux/prctl.h
_SET_PARENT_DEATH_SIGNAL = 1
_SET_DUMPABLE = 4
_SET_NO_NEW_PRIVILEGES = 38


def seal(budget: Limits, *, items: int, parent: int) -> Layers:
    """Seal this process, a child of `parent` about to work through that many items, and return what holds it.

    A layer that the system does not offer is named with its reason; the others are put in force all the same.
    """
    # The order matters: the limits read /proc; a change of user clears the parent-death signal (prctl(2));
    # Landlock and seccomp need no_new_privs; seccomp refuses all the calls made before it.
    missing = (
        *limits.apply(budget, items),
        *become_nobody(),
        *no_new_privileges(),
        *_control(Layer.NOT_DUMPABLE, lambda: libc.prctl(_SET_DUMPABLE, 0)),
        *end_with(parent),
        *landlock.restrict(),
        *seccomp.restrict(),
    )
    return layers.from_missing(missing)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread of `parent` that started it ends; raise OSError if it cannot."""
    libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the call above
        os._exit(os.EX_OSERR)


def outlive_parent() -> None:
    """Undo `die_with`; raise OSError where there is no such thing."""
    libc.prctl(_SET_PARENT_DEATH_SIGNAL, 0)


def no_new_privileges() -> tuple[Missing, ...]:
    """Give up gaining rights by executing; return the layer where that cannot be."""
    return _control(Layer.NO_NEW_PRIVILEGES, lambda: libc.prctl(_SET_NO_NEW_PRIVILEGES, 1))


def end_with(parent: int) -> tuple[Missing, ...]:
    """Do as `die_with`; return the layer where that cannot be."""
    return _control(Layer.PARENT_DEATH, lambda: die_with(parent))


def become_nobody() -> tuple[Missing, ...]:
    """Change to a user who owns nothing; return the layer where that cannot be."""
    if os.geteuid() != 0:
        reason = f"not started as root, so workers keep the user id {os.geteuid()}"
        return (Missing(layer=Layer.USER, reason=reason),)
    try:
        os.setgroups([])
        os.setgid(NOBODY)  # of root, this sets the real, the effective and the saved id
        os.setuid(NOBODY)
    except OSError as error:
        return (Missing(layer=Layer.USER, reason=f"setuid: {error.strerror}"),)
    return ()


def _control(layer: Layer, step: Callable[[], object]) -> tuple[Missing, ...]:
    if not libc.LINUX:
        return (Missing(layer=layer, reason="only Linux offers this"),)
    try:
        step()
    except OSError as error:
        return (Missing(layer=layer, reason=f"prctl: {error.strerror}"),)
    return ()
