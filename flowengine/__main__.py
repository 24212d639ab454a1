"""`python -m flowengine` is the command `flowengine`."""

import sys

from flowengine.cli import main

if __name__ == "__main__":
    sys.exit(main())
