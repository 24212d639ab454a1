"""`python -m flowengine` is the command `flowengine`."""

import sys

from flowengine_iot import main

if __name__ == "__main__":
    sys.exit(main())
