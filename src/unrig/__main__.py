"""`python -m unrig` and the `unrig` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from unrig.cli.root import run  # noqa: PLC0415  (nothing but click is imported for --help)

    run()


if __name__ == "__main__":
    main()
