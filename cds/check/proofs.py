"""The tests that are named as proof: does each exist, and does it run?"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from cds.errors import Location
from cds.knowledge.documents import LocatedList, Problems
from cds.knowledge.schema import suggest


class Proofs(Struct, frozen=True):
    """The tests under `home`, by node id; each file is read once."""

    home: Path
    read: dict[str, Mapping[str, bool]] = field(default_factory=dict)

    def fault(self, node_id: str) -> str:
        """What is wrong with a test that is named as proof; nothing when it runs."""
        path, _, name = node_id.partition("::")
        if path not in self.read:
            self.read[path] = _tests_of(self.home / path)
        tests = self.read[path]
        if name not in tests:
            return f"There is no test '{node_id}'. Name one by its node id.{suggest(name, tests)}"
        return "" if tests[name] else f"The test '{node_id}' never runs, so it proves nothing."


def check_tests(written: LocatedList, name: str, proofs: Proofs, problems: Problems) -> None:
    """Note each test of this list, as written in the file `name`, that proves nothing."""
    for test, line in zip(written, written.lines, strict=True):
        if fault := proofs.fault(test):
            problems.add(fault, Location(name, line))


def _tests_of(path: Path) -> Mapping[str, bool]:
    """The tests of a file, each with whether it runs."""
    if not path.is_file():
        return {}
    module = ast.parse(path.read_text(encoding="utf-8"))
    skipped = _is_skipped_whole(module)
    return {
        part.name: not skipped and not _is_skipped(part)
        for part in module.body
        if isinstance(part, ast.FunctionDef) and part.name.startswith("test_")
    }


def _is_skipped_whole(module: ast.Module) -> bool:
    marks = [
        part.value
        for part in module.body
        if isinstance(part, ast.Assign)
        for target in part.targets
        if isinstance(target, ast.Name) and target.id == "pytestmark"
    ]
    return any(map(_never_runs, [*_single(marks), *_statements(module.body)]))


def _is_skipped(test: ast.FunctionDef) -> bool:
    return any(map(_never_runs, [*test.decorator_list, *_statements(test.body)]))


def _single(marks: list[ast.expr]) -> Iterator[ast.expr]:
    """Each mark, also of a list of them."""
    for mark in marks:
        yield from mark.elts if isinstance(mark, ast.List | ast.Tuple) else [mark]


def _statements(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """The calls that every run of this body makes."""
    return (part.value for part in body if isinstance(part, ast.Expr))


def _never_runs(said: ast.expr) -> bool:
    """Whether this mark or call skips, or expects to fail, under no condition or a true one."""
    call = said if isinstance(said, ast.Call) else None
    match ast.unparse(call.func if call else said).split("."):
        case ["pytest", "skip" | "xfail"]:
            return call is not None
        case ["pytest", "mark", "skip"]:
            return True
        case ["pytest", "mark", "skipif" | "xfail"]:
            return all(isinstance(c, ast.Constant) and c.value is True for c in _conditions(call))
        case _:
            return False


def _conditions(mark: ast.Call | None) -> list[ast.expr]:
    if mark is None:
        return []
    return [*mark.args[:1], *(word.value for word in mark.keywords if word.arg == "condition")]
