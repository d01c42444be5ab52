"""Whatever happens to a file, the loader reports; it never crashes."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rules.small_root import FILES

_LINES = sorted({line for text in FILES.values() for line in text.splitlines()})
_ODD = (
    "- ",
    "[]",
    "{}",
    "null",
    "~",
    "yes",
    "1:30",
    "'",
    '"',
    "*a",
    "&a b",
    "!!int x",
    "\t",
    "1e9",
    "-1",
    "2026-13-01",
    "? x",
    "<<: {}",
    "---",
    "- - -",
    "{a: [b}",
    "é",
    "\x85",
)
_PARTS = st.one_of(st.sampled_from(_LINES), st.sampled_from(_ODD), st.text(max_size=12))


@st.composite
def _mutated(draw: st.DrawFn) -> dict[str, str]:
    """The small rules with one file changed in one to six places."""
    name = draw(st.sampled_from(sorted(FILES)))
    lines = FILES[name].splitlines()
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(lines) - 1)) if lines else 0
        match draw(st.sampled_from(("drop", "double", "swap", "replace", "value", "indent"))):
            case "drop":
                del lines[place : place + draw(st.integers(1, 4))]
            case "double":
                lines[place:place] = lines[place : place + draw(st.integers(1, 4))]
            case "swap":
                lines[place : place + 2] = reversed(lines[place : place + 2])
            case "replace":
                lines[place : place + 1] = [draw(_PARTS)]
            case "value":
                head = "".join(lines[place : place + 1]).partition(":")[0]
                lines[place : place + 1] = [f"{head}: {draw(_PARTS).strip()}"]
            case _:
                lines[place : place + 1] = [
                    " " * draw(st.integers(0, 8)) + "".join(lines[place : place + 1]).lstrip()
                ]
    return {**FILES, name: "\n".join(lines) + "\n"}


@pytest.mark.slow
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=_mutated())
def test_a_changed_file_is_reported_or_sound_and_never_a_crash(
    report_rules: Callable[[Mapping[str, str]], list[str]], files: dict[str, str]
) -> None:
    for report in report_rules(files):
        path, line, message = report.split(":", 2)
        assert path in FILES
        assert int(line) >= 1
        assert message.endswith((".", "?"))
