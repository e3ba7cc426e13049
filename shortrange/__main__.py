"""``python -m shortrange``: the command line."""

from shortrange.cli import main

if __name__ == "__main__":
    main()
