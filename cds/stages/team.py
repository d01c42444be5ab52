"""Who holds the plan together when several teams are involved."""

from collections.abc import Sequence

from cds.model.care import Team, TeamTable
from cds.model.decision import Referral


def name_team(found: Sequence[Referral], table: TeamTable) -> Team | None:
    """Everybody who is involved with one owner; None where nobody has to be coordinated."""
    if len(found) < table.at_least:
        return None
    members = tuple([referral.to for referral in found])
    rows = (row.owner for row in table.owners if row.teams.intersection(members))
    return Team(next(rows, table.otherwise), members, table.message)
