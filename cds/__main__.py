"""python -m cds"""

import gc
from importlib import import_module


def main() -> int:
    """Runs one command; what is imported for it stays, so nothing looks for garbage meanwhile."""
    gc.disable()
    cli = import_module("cds.cli")
    gc.enable()
    code: int = cli.main()
    return code


raise SystemExit(main())
