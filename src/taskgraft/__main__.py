"""Lets `python -m taskgraft` do what the command does."""

from taskgraft.cli.main import main

if __name__ == "__main__":
    main()
