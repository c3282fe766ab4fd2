"""The one clock of a run."""

from __future__ import annotations

import datetime as dt
import os

from unrig.model.errors import UsageError


def now() -> dt.datetime:
    """Return the moment a run is dated: SOURCE_DATE_EPOCH where it is set, else the clock, in whole seconds of UTC.

    Raises UsageError where SOURCE_DATE_EPOCH is no number of seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH: expected seconds since 1970, found {epoch!r}.") from error
