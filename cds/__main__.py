"""python -m cds"""

import gc
from importlib import import_module


def main() -> int:
    """Runs one command; what is imported for it stays, so nothing looks for garbage meanwhile."""
    gc.disable()  # until the command begins
    code: int = import_module("cds.cli").main()
    return code


raise SystemExit(main())
