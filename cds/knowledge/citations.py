"""The citations that rules, formulas and tables refer to."""

from msgspec import Struct


class Citation(Struct, frozen=True):
    """One published source, and how much of it was read when its figures were checked.

    `read`: page_read, abstract, secondary (somebody else's account of it) or not_rechecked.
    `page_key` is the key of the page that was read, as the marks of the reference name it.
    """

    id: str
    text: str
    read: str
    year: int | None = None
    url: str | None = None
    page_key: str | None = None
