"""`python -m unrig` and the `unrig` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; an interrupt ends it with 130 even before it has begun."""
    try:
        from unrig.cli.root import run  # noqa: PLC0415  (nothing but click is imported for --help)

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
