"""``python -m local``: the command line, where no entry point is installed."""

from local.cli import main

if __name__ == "__main__":
    main()
