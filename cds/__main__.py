"""python -m cds"""

from cds.cli import main

raise SystemExit(main())
