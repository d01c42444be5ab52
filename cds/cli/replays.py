"""What the commands replay and impact do."""

import argparse
import getpass
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from cds.audit.opening import open_store
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.cli.authoring import FAILED
from cds.cli.impact_report import as_members, as_text
from cds.cli.progress import Progress
from cds.cli.records import FAULTY, installed_secret
from cds.cli.trees import tree_of
from cds.errors import CdsError, LoadError
from cds.http.loading import load_core
from cds.knowledge.files import ROOT
from cds.replay.answering import REPLAY, Replays
from cds.replay.bulk import Replayed, replay_all, to_replay
from cds.replay.impact import Impact, compare_all, decisions_of
from cds.replay.recorded import KINDS
from cds.replay.replaying import IN_ORDER, Outcome
from cds.replay.versions import Sound, Versions, load_tree, serve
from cds.replay.workers import cores
from cds.settings import read_settings

IMPACT = "impact"
_UNITS = Path("knowledge") / "units.yaml"
_MOST_NAMED = 20
T = TypeVar("T")


def run_replay(options: argparse.Namespace) -> int:
    """Replays records under the knowledge that they name, and says how many came out the same."""
    if options.id is not None:
        return _replay_one(options.id)
    with closing(_open()) as store:
        groups = to_replay(store, options.limit)
    progress = Progress(sum(map(len, groups.values())))
    found = list(_replayed(groups, options, progress))
    progress.end()
    counts = Counter(each.outcome.value for each in found)
    _note(REPLAY, {"records": len(found), "outcomes": counts})
    print(_summary(groups, counts, progress))
    faulty = [each for each in found if each.outcome not in IN_ORDER]
    for each in faulty[:_MOST_NAMED]:
        print(f"  record {each.seq}, {each.id}: {each.outcome}. {each.reason or ''}".rstrip())
    if len(faulty) > _MOST_NAMED:
        print(f"  and {len(faulty) - _MOST_NAMED} more.")
    return FAULTY if faulty else 0


def run_impact(options: argparse.Namespace) -> int:
    """Says what the present knowledge changes of recorded decisions, compared with another."""
    policies = read_settings(os.environ).policies
    impact = Impact()
    with tree_of(options.against) as root:
        trees = (root, ROOT)
        before, after = (serve(_load(tree), policies) for tree in trees)
        if (root / _UNITS).read_bytes() != (ROOT / _UNITS).read_bytes():
            print("The tables of units differ; both used that of this software.", file=sys.stderr)
    with closing(_open()) as store:
        seqs = decisions_of(store, options.limit)
    progress = Progress(len(seqs))
    found = compare_all(_open, seqs, (before, after), options.workers or cores())
    for compared in _counted(found, progress):
        impact.add(compared)
    progress.end()
    hashes = {"from": before.knowledge_sha256, "to": after.knowledge_sha256}
    _note(IMPACT, {**hashes, "decisions": impact.decisions, "found": impact.totals})
    report = as_members(impact, options.against, hashes)
    print(json.dumps(report, ensure_ascii=False, indent=2) if options.json else as_text(report))
    return 0


def _replay_one(id: str) -> int:
    with closing(_open()) as store:
        entry = store.get(id)
        if entry is None or entry.kind not in KINDS:
            print("There is no decision and no check-in of this id.", file=sys.stderr)
            return FAILED
        core = load_core(with_cases=False, site_policies=read_settings(os.environ).policies)
        replays = Replays(core, store, Versions())
        answer = replays.replay(id, entry.kind, datetime.now(UTC), {"id": getpass.getuser()})
    assert answer is not None  # nothing is ever deleted
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0 if answer["recorded"]["outcome"] in IN_ORDER else FAULTY


def _replayed(
    groups: Mapping[str, Sequence[int]], options: argparse.Namespace, progress: Progress
) -> Iterator[Replayed]:
    versions = Versions()
    for knowledge, seqs in groups.items():
        parts = replay_all(_open, versions, seqs, knowledge, options.workers or cores())
        yield from _counted(parts, progress)


def _counted(parts: Iterable[Sequence[T]], progress: Progress) -> Iterator[T]:
    for part in parts:
        progress.advance(len(part))
        yield from part


def _summary(groups: Mapping[str, Any], counts: Counter[str], progress: Progress) -> str:
    told = ", ".join(f"{counts[each]} {each}" for each in Outcome if counts[each]) or "none"
    return (
        f"{progress.done} records of {len(groups)} versions of the knowledge replayed in "
        f"{progress.seconds:.1f} s ({progress.rate:.0f}/s): {told}."
    )


def _load(root: Path) -> Sound:
    try:
        return load_tree(root)
    except LoadError as error:
        raise CdsError(
            f"This software does not read the knowledge in {root}: {len(error.problems)} problems, "
            f"the first: {error.problems[0]}"
        ) from None


def _note(kind: str, body: Mapping[str, Any]) -> None:
    """That and by whom it was done is part of the record."""
    with closing(_open()) as store:
        told = {**body, "who": {"id": getpass.getuser()}}
        store.append(Draft(kind, told, datetime.now(UTC), "", sealed=False))


def _open() -> Store:
    settings = read_settings(os.environ)
    return open_store(settings, installed_secret(settings))
