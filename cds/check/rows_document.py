"""The document on the coverage of the clinical reference, written from the accounts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from cds.check.places import Place
from cds.check.row_accounts import MUST_BE_CARRIED, Account

DOCUMENT = "docs/reference/coverage.md"
_HEAD = """\
# Coverage of the clinical reference

Written by `python -m cds coverage --write`; do not edit it by hand. Each row of the clinical safety
reference stands here with what carries it: rules by id, guideline switches (policy), tables of
`cds/knowledge`, calculators, dose profiles and messages. What is partly carried says what is
missing; what is not carried says why. Carried means that something written names the row and has
cases or tests; it is not a clinical sign-off, which is pending throughout.
"""


class Share(Struct, frozen=True):
    """How many of some rows are carried; `grave` counts the critical and high ones."""

    name: str
    rows: int
    carried: int
    partly: int
    grave: int
    grave_carried: int

    @property
    def percent(self) -> float:
        """The carried rows in percent of all, rounded down so that it never flatters."""
        return 1000 * self.carried // self.rows / 10 if self.rows else 100.0


def count_shares(accounts: Iterable[Account]) -> tuple[Share, ...]:
    """The share of each file of the reference, and of all together."""
    accounts = tuple(accounts)
    return (
        *(_share(name, group) for name, group in _by_file(accounts).items()),
        _share("all", accounts),
    )


def write_document(accounts: Iterable[Account]) -> str:
    """The whole document in Markdown."""
    accounts = tuple(accounts)
    return "\n".join([_HEAD, *_summary(accounts), *_open(accounts), *_tables(accounts)]) + "\n"


def _share(name: str, accounts: Sequence[Account]) -> Share:
    grave = [account for account in accounts if account.row.severity in MUST_BE_CARRIED]
    return Share(
        name=name,
        rows=len(accounts),
        carried=sum(bool(account.places) for account in accounts),
        partly=sum(bool(account.places and account.missing) for account in accounts),
        grave=len(grave),
        grave_carried=sum(bool(account.places) for account in grave),
    )


def _by_file(accounts: Iterable[Account]) -> Mapping[str, list[Account]]:
    groups: dict[str, list[Account]] = defaultdict(list)
    for account in accounts:
        groups[account.row.file].append(account)
    return groups


def _summary(accounts: Sequence[Account]) -> Iterator[str]:
    yield "| file | rows | carried | share | of these partly | critical or high | carried |"
    yield "|---|---|---|---|---|---|---|"
    for share in count_shares(accounts):
        yield (
            f"| {share.name} | {share.rows} | {share.carried} | {share.percent:.1f} % "
            f"| {share.partly} | {share.grave} | {share.grave_carried} |"
        )


def _open(accounts: Sequence[Account]) -> Iterator[str]:
    yield from ("", "## Not carried", "", "| row | why | what it needs |", "|---|---|---|")
    for account in accounts:
        if not account.places:
            yield f"| {account.row.id} | {account.reason} | {account.needs} |"


def _tables(accounts: Sequence[Account]) -> Iterator[str]:
    for name, group in _by_file(accounts).items():
        yield from ("", f"## {name}", "", "| row | section | severity | carried by |")
        yield "|---|---|---|---|"
        for account in group:
            row = account.row
            yield f"| {row.id} | {row.section} | {row.severity} | {_carried_by(account)} |"


def _carried_by(account: Account) -> str:
    if not account.places:
        return "not implemented, see above"
    text = ", ".join(say_place(place) for place in account.places)
    return f"{text}. Missing: {account.missing}" if account.missing else text


def say_place(place: Place) -> str:
    """A place in a cell: its kind unless it is a rule, its name, and how it carries the row."""
    kind = "" if place.kind == "rule" else f"{place.kind} "
    proof = f", proved by `{place.test}`" if place.test else ""
    return f"{kind}`{place.name}`{f' ({place.how})' if place.how else ''}{proof}"
