"""The programs that a person starts, as tests start them."""

import sys
from pathlib import Path

BOOKINGS = Path(sys.executable).parent / "bookings"
