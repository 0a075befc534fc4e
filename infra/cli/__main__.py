"""Runs the command as `python -m infra.cli`."""

from infra.cli.main import main

if __name__ == "__main__":
    main()
