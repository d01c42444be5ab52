"""The check runs every case, compares the lock, and says what nothing proves."""

from datetime import date
from pathlib import Path

import pytest

from cds.check import CheckReport, check
from cds.knowledge.documents import Problems
from cds.rules.lock import read_lock, write_lock
from cds.service import load_service
from tests.rules.small_root import BONES, CASES, FLAG_CASES, FLAGS

_TODAY = date(2026, 12, 1)


def _lock(root: Path) -> None:
    """Lock the rules as they were edited, in place of the lock that came with the root."""
    write_lock(root, load_service(root).rules, {})


def _edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _problems(root: Path) -> list[str]:
    return [str(problem) for problem in check(root, today=_TODAY).problems]


def test_a_sound_root_is_sound(root: Path) -> None:
    report = check(root, today=_TODAY)
    assert [str(problem) for problem in report.problems] == []
    assert report.sound
    assert {name: report.counts[name] for name in ("rules", "topics", "cases", "drafts")} == {
        "rules": 3,
        "topics": 2,
        "cases": 5,
        "drafts": 0,
    }
    assert min(report.counts[name] for name in ("facts", "conditions", "movements")) > 100


def test_a_row_that_nothing_carries_is_a_problem_of_the_rules_that_should(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "knowledge/reference_rows.csv" not in "".join(_problems(root))
    monkeypatch.setattr("cds.check.report.ROOT", root)
    told = [line for line in _problems(root) if "CONTRA-TEST-UA" in line]
    assert len(told) == 1


def test_a_fault_of_a_file_is_told_and_nothing_is_run(root: Path) -> None:
    _edit(root, BONES, "if_unknown: apply", "if_unknown: maybe")
    report = check(root, today=_TODAY)
    assert [str(p).split(": ")[0] for p in report.problems] == [f"{BONES}:16"]
    assert report == CheckReport(report.problems)
    assert not report.sound


def test_a_case_that_goes_otherwise_says_what_happened(root: Path) -> None:
    _edit(root, CASES, "sbp_rest: 180}", "sbp_rest: 179}")
    _edit(root, CASES, "      dxa_t_score: -2.4\n", "")
    _edit(root, CASES, "given: {}", "given: {vertebral_fracture: true}")
    hold, flexion = "contraindications.bones.hold", "contraindications.bones.no-flexion"
    assert _problems(root) == [
        f"{CASES}:4: In the case 'On the threshold' {hold} stays silent, and the case expects "
        "that it fires. Not satisfied: sbp_rest. Correct the rule, or the case.",
        f"{CASES}:9: In the case 'Just past it' {flexion} is unknown, and the case expects that "
        "it stays silent. Not known: dxa_t_score. Correct the rule, or the case.",
        f"{CASES}:18: In the case 'Nothing known' {flexion} fires, and the case expects that it "
        "is unknown. Satisfied: vertebral_fracture. Correct the rule, or the case.",
    ]


def test_a_case_is_a_request_that_the_service_takes(root: Path) -> None:
    _edit(root, CASES, "sbp_rest: 180}", "sbp_rests: 180}")
    _edit(root, CASES, "conditions: []", "conditions: [osteoporosi]")
    _edit(root, FLAG_CASES, "{sx_dyspnea: true}", "{sx_dyspnea: 1}")
    reports = _problems(root)
    assert [report.split(": ")[0] for report in reports] == [
        f"{CASES}:4",
        f"{CASES}:9",
        f"{FLAG_CASES}:4",
    ]
    assert "'given/sbp_rests': This fact is not in the vocabulary. Did you mean" in reports[0]
    assert "Did you mean 'osteoporosis'?" in reports[1]


def test_what_no_case_proves_is_told(root: Path) -> None:
    _edit(root, FLAG_CASES, "      fires: [", "      silent: [")
    _edit(root, FLAG_CASES, "{sx_dyspnea: true}", "{sx_dyspnea: false, sx_ischemic_pain: false}")
    assert _problems(root) == [
        f"{FLAGS}:13: No case says when 'definitions.flags.symptomatic' fires, so nobody would "
        "notice if it stopped working. Add a case."
    ]


def test_an_overdue_review_is_told(root: Path) -> None:
    _edit(root, FLAGS, "review_due: 2027-11-22", "review_due: 2026-11-30")
    assert _problems(root) == [
        f"{FLAGS}:1: The review of this topic was due on 2026-11-30, so its content may be out of "
        "date. Review it and set a new 'review_due'."
    ]


def test_a_threshold_without_its_cases_is_a_warning_and_with_strict_a_problem(root: Path) -> None:
    _edit(root, CASES, "sbp_rest: 180}", "sbp_rest: 185}")
    _edit(root, CASES, "dxa_t_score: -2.4\n", "dxa_t_score: -2.0\n")
    told = [
        f"{BONES}:13: 'contraindications.bones.no-flexion' has a threshold without a case just "
        "above it: dxa_t_score at_most -2.5 {T-score}. Add it.",
        f"{BONES}:37: 'contraindications.bones.hold' has a threshold without a case exactly on "
        "it: sbp_rest at_least 180 mm[Hg]. Add it.",
    ]
    report = check(root, today=_TODAY)
    assert report.problems == ()
    of_rules = [str(warning) for warning in report.warnings if "threshold" in str(warning)]
    assert of_rules == told
    assert report.counts["warnings"] == len(report.warnings)
    strict = check(root, today=_TODAY, strict=True)
    assert set(told) <= {str(problem) for problem in strict.problems}


def test_a_citation_that_nothing_cites_is_a_warning_at_its_line(root: Path) -> None:
    warnings = {str(warning) for warning in check(root, today=_TODAY).warnings}
    name = "knowledge/evidence/screening.yaml"
    listed = (root / name).read_text(encoding="utf-8").splitlines()
    line = next(i for i, text in enumerate(listed, start=1) if "id: " in text)
    id_ = listed[line - 1].partition("id: ")[2].partition(",")[0].strip()
    assert f"{name}:{line}: Nothing cites '{id_}'. Cite it, or take it out." in warnings


def test_a_movement_in_a_sentence_that_does_not_exist_is_a_warning(root: Path) -> None:
    _edit(root, BONES, "[Sit and rest]", "[Sit and rest (X99)]")
    warnings = [str(warning) for warning in check(root, today=_TODAY).warnings]
    assert (
        f"{BONES}:37: 'contraindications.bones.hold' names the movement X99 in a sentence, and "
        "the catalogue has none. Correct it."
    ) in warnings


def test_a_changed_rule_under_its_old_version_is_told(root: Path) -> None:
    _edit(root, BONES, "because: It is high.", "because: It is too high.")
    assert [report.partition(" An answer")[0] for report in _problems(root)] == [
        f"{BONES}:37: 'contraindications.bones.hold' changed but is still version 1.0.0."
    ]


def test_a_draft_does_not_run_and_its_cases_wait(root: Path) -> None:
    _edit(root, BONES, "status: active", "status: draft")
    _lock(root)
    report = check(root, today=_TODAY)
    assert [str(problem) for problem in report.problems] == []
    assert (report.counts["rules"], report.counts["drafts"]) == (1, 2)
    problems = Problems()
    lock = read_lock(root, problems)
    assert lock is not None
    assert list(lock) == ["definitions.flags.symptomatic"]


def test_an_active_topic_cannot_expect_a_draft(root: Path) -> None:
    _edit(root, BONES, "status: active", "status: draft")
    _edit(root, FLAG_CASES, "silent: [", "silent: [contraindications.bones.hold, ")
    _lock(root)
    assert _problems(root) == [
        f"{FLAG_CASES}:9: The case 'No symptom' names contraindications.bones.hold, which is "
        "draft and does not run. Take it out."
    ]
