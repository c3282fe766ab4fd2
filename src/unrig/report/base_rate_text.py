"""What a base rate says, in words."""

from __future__ import annotations

from unrig.model.finding import BaseRate


def said(rate: BaseRate) -> str:
    """Return how many innocent releases do the same, with its interval, and what that makes the finding weigh."""
    parts = [f"{rate.hits} of {rate.of} innocent updates do this ({rate.corpus}"]
    if rate.high:
        parts.append(f"; 95 % interval {100 * rate.low:.1f} to {100 * rate.high:.1f} %")
    parts.append(")")
    if rate.weight:
        parts.append(
            f", {rate.tampered_hits} of {rate.tampered_of} known tampered releases did: it weighs {rate.weight:.1f} "
            f"({rate.weight_low:.1f} to {rate.weight_high:,.0f})"
        )
    return "".join(parts)
