"""Whom an export is asked of: a server that the site listed, all its patients or a group."""

import re
from urllib.parse import SplitResult, urlencode, urlsplit

from msgspec import Struct

from cds.ehr.addresses import address_on
from cds.ehr.connection import Caller
from cds.errors import CdsError
from cds.settings import Settings

#: O: seconds for one question and its answer; a kick-off may look through all patients first.
_SECONDS = 30.0
#: O: seconds and bytes for one file.
_FILE_SECONDS, _FILE_BYTES = 3_600.0, 20_000_000_000
_GROUP = re.compile(r"(?P<base>.+)/Group/(?P<id>[A-Za-z0-9\-.]{1,64})", re.ASCII)


class Source(Struct, frozen=True):
    """The server by its base address, the group if not all, our id there, and its hosts."""

    base: str
    group: str | None
    client_id: str
    hosts: frozenset[str]
    settings: Settings

    @property
    def address(self) -> str:
        """As the command names it."""
        return self.base if self.group is None else f"{self.base}/Group/{self.group}"

    def kick_off(self, types: tuple[str, ...]) -> SplitResult:
        """What asks for an export of these types."""
        whose = "Patient" if self.group is None else f"Group/{self.group}"
        asked = {"_outputFormat": "application/fhir+ndjson", "_type": ",".join(types)}
        return urlsplit(f"{self.base}/{whose}/$export?{urlencode(asked)}")

    def trusted(self, address: object) -> SplitResult | None:
        """An address that the server names, when it may be called."""
        return address_on(self.hosts, address)

    def caller(self, most_bytes: int) -> Caller:
        """What makes one call."""
        of = self.settings.hooks
        return Caller(of.fhir_networks, of.fhir_ca_file, most_bytes, seconds=_SECONDS)

    def file_caller(self) -> Caller:
        """What brings one file."""
        of = self.settings.hooks
        return Caller(of.fhir_networks, of.fhir_ca_file, _FILE_BYTES, seconds=_FILE_SECONDS)


def read_source(address: str, settings: Settings) -> Source:
    """The source of that address: a listed server, or a group of it.

    Raises: CdsError when the site did not list it.
    """
    base, group = address.rstrip("/"), None
    if base not in settings.smart.bulk_servers and (found := _GROUP.fullmatch(base)):
        base, group = found["base"], found["id"]
    client_id = settings.smart.bulk_servers.get(base)
    if client_id is None:
        raise CdsError(
            "No export may be asked for at this address: its server is not one of "
            "CDS_BULK_SERVERS. Nothing was sent. List it, or name a server that is listed, or "
            "SERVER/Group/ID."
        )
    hosts = settings.smart.bulk_hosts | {urlsplit(base).hostname or ""}
    return Source(base, group, client_id, hosts, settings)
