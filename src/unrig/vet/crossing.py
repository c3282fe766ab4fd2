"""What a sealed worker does with cabinets of one set: lay what crosses between them into one cabinet."""

from __future__ import annotations

import os

from msgspec import Struct

from unrig.formats.cab import path_of
from unrig.formats.cab_set import join as join_cabinets
from unrig.formats.cab_set import write
from unrig.model.problem import Problem
from unrig.sandbox.call import Call
from unrig.unpack.budget import unsupported
from unrig.unpack.cab import WHOLE, WHOLE_SET
from unrig.vet.reading import mapped


class JoinRequest(Struct, frozen=True, kw_only=True):
    """Write what crosses between the cabinets behind the other descriptors to descriptor 0."""


JOIN = Call(function="unrig.vet.crossing:join", argument=JoinRequest, result=tuple[Problem, ...])


def join(argument: JoinRequest, descriptors: tuple[int, ...]) -> tuple[Problem, ...]:  # noqa: ARG001  (it has no fields)
    """Write the cabinet, and return a problem for each file that is not in it: at `place/path`, as those in it are called.

    Raises FormatError or LimitError where there is none.
    """
    joined = join_cabinets([mapped(descriptor) for descriptor in descriptors[1:]])
    with os.fdopen(os.dup(descriptors[0]), "wb") as target:
        write(joined, target)
    return tuple(
        unsupported(f"{lost.cabinet}/{path_of(lost.file)}", WHOLE, lost.why, WHOLE_SET) for lost in joined.lost
    )
