"""Hazard log, traces and foreign software: read together, as one names the other, and written."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from cds.check.hazards import Hazard, load_hazards
from cds.check.safety_pages import write_hazards, write_interop, write_soup, write_trace
from cds.check.soup import Soup, load_soup
from cds.check.trace import INTEROP, TRACE, Requirement, load_trace
from cds.knowledge.documents import Problems


class Safety(Struct, frozen=True):
    """What the files of `docs/safety` say, and the trace of interoperability."""

    hazards: tuple[Hazard, ...]
    trace: tuple[Requirement, ...]
    interop: tuple[Requirement, ...]
    soup: Soup

    @property
    def counts(self) -> Mapping[str, int]:
        """How much is said, and how many requirements are in each state."""
        rows = (*self.trace, *self.interop)
        states = Counter(f"requirements {row.state.replace('_', ' ')}" for row in rows)
        return {
            "hazards": len(self.hazards),
            **states,
            "packages of others": len(self.soup.locked),
        }


def load_safety(home: Path, problems: Problems) -> Safety:
    """What the source tree at `home` says; every fault is noted."""
    trace, interop = (load_trace(home, name, problems) for name in (TRACE, INTEROP))
    hazards = load_hazards(home, frozenset(row.id for row in trace), problems)
    return Safety(hazards, trace, interop, load_soup(home, problems))


def write_pages(safety: Safety) -> Mapping[str, str]:
    """The pages in Markdown, by path within the source tree."""
    return {
        "docs/reference/interop.md": write_interop(safety.interop),
        "docs/safety/hazards.md": write_hazards(safety.hazards),
        "docs/safety/soup.md": write_soup(safety.soup),
        "docs/safety/trace.md": write_trace(safety.trace),
    }
