"""What can stand in the way of reading a release, as problems."""

from __future__ import annotations

from unrig.model.problem import Problem, ProblemKind, new_problem


def placed(where: str, problem: Problem) -> Problem:
    """Return the problem as it stands at `where`: facts and listings are about bytes, which may stand at many paths."""
    return new_problem(
        kind=problem.kind,
        where=where,
        expected=problem.expected,
        observed=problem.observed,
        effect=problem.effect,
        action=problem.action,
        traceback=problem.traceback,
    )


def unreadable(path: str, error: OSError) -> Problem:
    """Return the problem of a file that the operating system refuses."""
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=path,
        expected="a file that can be opened",
        observed=error.strerror or type(error).__name__,
        effect="this file was not looked at",
        action="run unrig as a user who may read it, then vet again",
    )


def changed_underway(path: str) -> Problem:
    """Return the problem of a file that changed between hashing and reading."""
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=path,
        expected="a file that stays as it is while it is read",
        observed="it changed",
        effect="this file was not looked at",
        action="vet a copy that nothing writes to",
    )


def worker_lied(path: str, observed: str) -> Problem:
    """Return the problem of a file whose worker answered with what no honest one sends."""
    return new_problem(
        kind=ProblemKind.WORKER_DIED,
        where=path,
        expected="an answer about this file",
        observed=observed,
        effect="this file was not looked at",
        action="look at the file by hand: it may have taken its worker over",
    )


def no_scratch(path: str, error: OSError) -> Problem:
    """Return the problem of a member that needs room on disk where there is none."""
    return new_problem(
        kind=ProblemKind.ACCESS,
        where=path,
        expected="room for a scratch file",
        observed=error.strerror or type(error).__name__,
        effect="what is inside was not looked at",
        action="set TMPDIR to a folder with room, then vet again",
    )


def over_limit(path: str, limit: str) -> Problem:
    """Return the problem of a container that the budget of the whole release no longer covers."""
    return new_problem(
        kind=ProblemKind.LIMIT,
        where=path,
        expected=f"at most {limit}",
        observed="more",
        effect="what is inside (or left of it) was not looked at",
        action="take the container out and vet it by itself",
    )


def damaged(path: str, damage: str) -> Problem:
    """Return the problem of a structure that lies; `damage` is a reader's `place: expected, found`."""
    where, _, rest = damage.partition(": ")
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=f"{path}: {where}",
        expected="a structure that keeps to its specification",
        observed=rest or where,
        effect="this part of the file was not read",
        action="treat the file as unread; ask its publisher why it is damaged",
    )


def broken(path: str, file_format: str) -> Problem:
    """Return the problem of a file that begins as a format and does not keep to it."""
    return new_problem(
        kind=ProblemKind.DAMAGED,
        where=path,
        expected=f"{file_format}, as which it begins",
        observed="a structure that does not hold",
        effect="it was looked at as bytes only",
        action="fetch the file again and compare its SHA-256; if it is the same, ask its publisher why it is damaged",
    )


def other_tree(path: str, trees: str) -> Problem:
    """Return the problem of a disc image with two trees of files, one of which was opened."""
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=path,
        expected="a disc with one tree of files",
        observed=trees,
        effect="the first of the two was not looked at: it may hold other files than the second",
        action="mount each of the two in a sandbox, copy them out and vet the folders",
    )


def not_opened(path: str, file_format: str) -> Problem:
    """Return the problem of a container that is recognised and that no unit opens."""
    return new_problem(
        kind=ProblemKind.UNSUPPORTED,
        where=path,
        expected="a container that unrig opens",
        observed=f"{file_format}, which it does not open yet",
        effect="what is inside was not looked at",
        action="unpack it with its own program in a sandbox and vet the folder",
    )


def bytes_needed(path: str, observed: str) -> Problem:
    """Return the problem of a file that is judged again and of which something can only be read from its bytes."""
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=path,
        expected="facts that the cache still holds",
        observed=observed,
        effect="the rules that read them are not evaluated for this file",
        action="vet the release where its bytes are",
    )


def lists_needed(path: str, count: int) -> Problem:
    """Return the problem of a release that was judged with revocation lists, which are not kept."""
    return new_problem(
        kind=ProblemKind.NOT_EVALUATED,
        where=path,
        expected=f"the revocation lists it was judged with ({count})",
        observed="fewer",
        effect="a certificate that they revoke would count as good",
        action="give them again with --crl",
    )
