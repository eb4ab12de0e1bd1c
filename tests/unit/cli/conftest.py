"""The command line's tests use the plans that the views' tests make."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "view"))
