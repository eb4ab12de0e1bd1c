"""Run kplan as `python -m kplan`."""

import sys

from kplan.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
