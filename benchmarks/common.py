"""Say where things are. Importing it makes the modules of src/ and benchmarks/ importable."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[1:1] = [str(ROOT / folder) for folder in ("src", "benchmarks")]
