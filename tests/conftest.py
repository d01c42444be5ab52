"""The same random examples in every run, on fast and slow machines alike.

`CDS_EXAMPLES` asks for a search with new ones; where it is read, it also says how many.
"""

import os

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize="CDS_EXAMPLES" not in os.environ)
settings.load_profile("steady")
