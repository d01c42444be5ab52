"""Value sets: what codes and names mean, that the codes exist, and that faults are found."""

import csv
import shutil
import warnings
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cds.knowledge.code_checks import check_fact_codes
from cds.knowledge.code_tables import plain_text
from cds.knowledge.documents import Problems
from cds.knowledge.fact import Coding
from cds.knowledge.implications import complete_intake
from cds.knowledge.procedure_labels import load_procedures
from cds.knowledge.terminology import Terminology
from cds.knowledge.value_sets import load_terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.model.intake import (
    Intake,
    Presence,
    SubmittedCondition,
    SubmittedFact,
    SubmittedProcedure,
)

CM = "http://hl7.org/fhir/sid/icd-10-cm"
WHO = "http://hl7.org/fhir/sid/icd-10"
SCT = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
REVIEW = "name match, clinician review before use"


@pytest.fixture(scope="module")
def terminology(package: Path) -> Terminology:
    """The value sets as shipped."""
    return load(package)


def load(root: Path) -> Terminology:
    problems = Problems()
    loaded = load_terminology(root, problems, load_procedures(root, problems))
    assert [str(problem) for problem in problems.found] == []
    assert loaded is not None
    return loaded


def table(package: Path, name: str) -> list[dict[str, str]]:
    with (package / "knowledge" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (CM, "M81.0", {"osteoporosis"}),
        (CM, "M810", {"osteoporosis"}),
        (CM, " m81.0 ", {"osteoporosis"}),
        (CM, "M80.08XA", {"osteoporosis", "vertebral_fracture"}),
        (CM, "I25.2", {"coronary_artery_disease", "old_myocardial_infarction"}),
        (CM, "I25", {"coronary_artery_disease"}),
        (CM, "C4A.9", {"cancer"}),
        (CM, "C90.01", {"cancer", "multiple_myeloma"}),
        (CM, "C96.9", {"cancer"}),
        (CM, "E78.5", {"dyslipidemia"}),
        (CM, "Z85.3", {"cancer"}),
        (CM, "Z95.2", {"valve_disease"}),
        (WHO, "Z95.2", {"valve_disease"}),
        (CM, "Z86.711", {"pulmonary_embolism"}),
        (CM, "E88.810", {"metsyn"}),
        (CM, "E88.811", set()),
        (CM, "M54.2", {"neck_pain"}),
        (CM, "S76.311A", {"hamstring_strain"}),
        (SCT, "278862001", {"albp", "low_back_pain"}),
        (CM, "D00.0", set()),
        (CM, "M8", set()),
        (CM, "M8.1", set()),
        (CM, "", set()),
        (WHO, "E11.9", {"type_2_diabetes"}),
        (WHO, "M80.08XA", set()),
        ("urn:oid:2.16.840.1.113883.6.90", "J45.20", {"asthma"}),
        ("urn:oid:2.16.840.1.113883.6.3", "J45", {"asthma"}),
        ("urn:oid:2.16.840.1.113883.6.96", "44054006", {"type_2_diabetes"}),
        ("HTTP://HL7.org/fhir/sid/icd-10-cm/", "J45", {"asthma"}),
        (SCT, "44054006", {"type_2_diabetes"}),
        (SCT, "4405400", set()),
        (SCT, "J45", set()),
        ("urn:local", "J45", set()),
        (None, "J45", set()),
    ],
)
def test_a_code_stands_for_every_set_that_it_matches(
    terminology: Terminology, system: str | None, code: str, expected: set[str]
) -> None:
    assert terminology.condition_ids(system, code) == expected


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (RXNORM, "6918", {"beta_blocker"}),
        ("urn:oid:2.16.840.1.113883.6.88", "6918", {"beta_blocker"}),
        (RXNORM, "866511", {"beta_blocker"}),
        (RXNORM, "9947", {"beta_blocker", "antiarrhythmic"}),
        (RXNORM, "1000001", {"ccb_dhp", "thiazide_diuretic", "acei_arb"}),
        (RXNORM, "106258", set()),
        (RXNORM, "1000091", set()),
        (ATC, "C07AB02", {"beta_blocker"}),
        (ATC, "C07BB02", {"beta_blocker"}),
        (ATC, "c07", {"beta_blocker"}),
        (ATC, "C0", set()),
        ("urn:oid:2.16.840.1.113883.6.73", "C08DA01", {"ccb_non_dhp"}),
        (SCT, "6918", set()),
    ],
)
def test_a_medication_code_stands_for_its_classes(
    terminology: Terminology, system: str, code: str, expected: set[str]
) -> None:
    assert terminology.read_medication_code(system, code).classes == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lasix 40mg", {"loop_diuretic"}),
        ("Metoprolol Tartrate 25 MG Oral Tablet", {"beta_blocker"}),
        ("24 HR metoprolol succinate 100 MG [Toprol]", {"beta_blocker"}),
        ("Acetaminophen/Hydrocodone", {"opioid"}),
        ("isosorbide dinitrate 20 mg", {"nitrate"}),
        ("isosorbide", set()),
        ("insulin human, isophane 70 UNT/ML", {"insulin"}),
        ("Alendronic acid 10 MG Oral Tablet", {"bisphosphonate"}),
        ("metoprololol", set()),
        ("Metoprolo 25 mg", set()),
        ("Hydrocortisone 10 MG/ML Topical Cream", set()),
        ("Hydrocortisone 10 MG Oral Tablet", {"systemic_corticosteroid"}),
        ("beta blocker", {"beta_blocker"}),
        ("", set()),
    ],
)
def test_a_medication_is_named_by_whole_words_only(
    terminology: Terminology, text: str, expected: set[str]
) -> None:
    assert terminology.read_medication_name(text).classes == expected


def test_a_tablet_whose_name_holds_otic_is_not_for_the_ear(terminology: Terminology) -> None:
    reading = terminology.read_medication_name("Osmotic 24 HR nifedipine 30 MG")
    assert reading.classes == {"ccb_dhp"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Osteoporosis (disorder)", {"osteoporosis"}),
        ("  OSTEOPOROSIS. ", {"osteoporosis"}),
        ("heart failure", {"heart_failure"}),
        ("History of cardiac arrest (situation)", {"cardiac_arrest"}),
        ("Type 2 diabetes mellitus with foot ulcer", {"type_2_diabetes", "diabetic_foot_ulcer"}),
        ("no osteoporosis", set()),
        ("osteoporosi", set()),
        ("", set()),
    ],
)
def test_a_condition_is_named_exactly(
    terminology: Terminology, text: str, expected: set[str]
) -> None:
    assert terminology.condition_ids_by_text(text) == expected


def test_a_name_is_compared_without_case_kind_and_invisible_signs() -> None:
    assert plain_text("Mass/\u200bvolume  Thing (finding)") == "mass/volume thing"


@pytest.mark.parametrize(
    ("address", "known"),
    [(CM, True), (ATC, True), ("http://loinc.org", True), ("urn:local", False), (None, False)],
)
def test_a_code_system_is_known_or_not(
    terminology: Terminology, address: str | None, known: bool
) -> None:
    assert terminology.is_known_system(address) is known


def test_an_oid_becomes_the_usual_address(terminology: Terminology) -> None:
    assert terminology.canonical("urn:oid:2.16.840.1.113883.6.1") == "http://loinc.org"
    assert terminology.canonical("urn:local") == "urn:local"


def test_a_close_id_is_suggested(terminology: Terminology) -> None:
    assert terminology.suggest("beta_bloker") == " Did you mean 'beta_blocker'?"
    assert terminology.suggest("qqqq") == ""


def test_procedures_are_found_by_status_code_and_by_name(terminology: Terminology) -> None:
    assert terminology.procedure_ids(CM, "Z95.5") == {"pci"}
    assert terminology.procedure_ids_by_text("Total hip replacement") == {"hip_replacement"}
    assert terminology.procedure_ids_by_text("hip") == frozenset()


@pytest.fixture(scope="module")
def code_list() -> ModuleType:
    """The published ICD-10-CM; its reader warns of a function that it uses itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import simple_icd_10_cm
    return simple_icd_10_cm


@pytest.mark.slow
def test_every_icd_10_cm_code_exists(package: Path, code_list: ModuleType) -> None:
    rows = [
        *table(package, "conditions/value_sets.csv"),
        *table(package, "procedures/value_sets.csv"),
    ]
    codes = {row["code"] for row in rows if row["system"] == "ICD-10-CM"}
    assert len(codes) > 250
    assert sorted(code for code in codes if not code_list.is_valid_item(code)) == []


@pytest.mark.slow
def test_every_icd_10_cm_prefix_has_codes_that_a_record_can_hold(
    package: Path, code_list: ModuleType
) -> None:
    rows = [
        *table(package, "conditions/value_sets.csv"),
        *table(package, "procedures/value_sets.csv"),
    ]
    prefixes = {
        row["code"] for row in rows if row["system"] == "ICD-10-CM" and row["match"] == "prefix"
    }
    leafless = [
        code
        for code in sorted(prefixes)
        if not any(code_list.is_leaf(c) for c in (code, *code_list.get_descendants(code)))
    ]
    assert (len(prefixes) > 200, leafless) == (True, [])


@pytest.mark.parametrize(
    ("listed", "key", "ours"),
    [
        ("observations.csv", "loinc", ["observations/codes.csv"]),
        ("medications.csv", "code", ["medications/value_sets.csv"]),
        ("rxnorm_product_to_ingredient.csv", "rxcui_product", ["medications/rxnorm_products.csv"]),
    ],
)
def test_every_code_is_in_the_verified_list(
    shared: Path, package: Path, listed: str, key: str, ours: list[str]
) -> None:
    """The conditions' codes stand in two lists of their own; see the tests beside this one."""
    with (shared / "terminology" / listed).open(encoding="utf-8") as file:
        known = {row[key] for row in csv.DictReader(file)}
    shipped = {row["code"] for name in ours for row in table(package, name)}
    assert (len(shipped) > 40, sorted(shipped - known)) == (True, [])


def test_every_snomed_code_of_a_condition_is_in_the_verified_lists(
    shared: Path, package: Path
) -> None:
    known: set[str] = set()
    for name in ("conditions.csv", "snomed_gps_expansion.csv"):
        with (shared / "terminology" / name).open(encoding="utf-8") as file:
            known |= {row["code"] for row in csv.DictReader(file)}
    rows = table(package, "conditions/value_sets.csv")
    shipped = {row["code"] for row in rows if row["system"] == "SNOMED CT"}
    assert (len(shipped) > 900, sorted(shipped - known)) == (True, [])


@pytest.mark.parametrize(
    "name",
    [
        "conditions/value_sets.csv",
        "medications/value_sets.csv",
        "medications/rxnorm_products.csv",
        "procedures/value_sets.csv",
        "observations/codes.csv",
    ],
)
def test_every_code_names_the_list_that_shows_it(package: Path, name: str) -> None:
    rows = table(package, name)
    assert rows
    assert [row["code"] for row in rows if row["verified"].startswith("[")] == []


def test_each_code_says_whether_a_clinician_must_still_look(terminology: Terminology) -> None:
    by_hand = terminology.condition_entries(SCT, "64859006")
    by_name = terminology.condition_entries(SCT, "443165006")
    assert {entry.verified for entry in by_hand} == {True}
    assert {entry.verified for entry in by_name} == {False}


def test_what_a_reading_excluded_is_not_in_that_set(
    package: Path, terminology: Terminology
) -> None:
    rows = table(package, "conditions/excluded.csv")
    assert len(rows) > 40
    shipped = {(entry.id, entry.code) for entry in terminology.condition_sets.codes}
    assert [r for r in rows if (r["valueset"], r["code"]) in shipped] == []


def test_no_snomed_concept_outside_the_free_set_is_shipped(
    shared: Path, terminology: Terminology
) -> None:
    with (shared / "terminology/snomed_seen_not_in_gps.csv").open(encoding="utf-8") as file:
        closed = {row["code"] for row in csv.DictReader(file)}
    assert closed
    assert closed & {entry.code for entry in terminology.condition_sets.codes} == set()


def test_every_verified_reference_row_is_shipped(shared: Path, terminology: Terminology) -> None:
    systems = {"ICD-10-CM": CM, "ICD-10 (WHO)": WHO, "SNOMED CT": SCT}
    with (shared / "terminology/conditions.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["verified"] != "[K]"]
    missing = [
        (row["valueset"], row["code"])
        for row in rows
        for code in row["code"].split("-")[:1]
        if row["valueset"] not in terminology.condition_ids(systems[row["system"]], code)
    ]
    assert (len(rows), missing) == (638, [])


def test_what_is_implied_are_facts_of_the_vocabulary(
    terminology: Terminology, vocabulary: Vocabulary
) -> None:
    names = [implied.fact for implied in terminology.relations.implied_facts]
    assert [name for name in names if name not in vocabulary] == []


def test_what_shows_a_condition_are_facts_of_the_vocabulary(
    terminology: Terminology, vocabulary: Vocabulary
) -> None:
    names = [shown.fact for shown in terminology.relations.shown_conditions]
    assert [name for name in names if name not in vocabulary] == []


def test_a_fact_shows_its_condition_whatever_the_list_leaves_out(
    terminology: Terminology,
) -> None:
    """A stated number or a present flag; a denied flag and an unknown number show nothing."""
    facts = (
        SubmittedFact("weeks_since_pci", 30.0),
        SubmittedFact("post_event_ischemia", False),
        SubmittedFact("days_since_mi", None),
        SubmittedFact("icd_lowest_detection_rate", 170.0),
    )
    completed = complete_intake(Intake(facts=facts, conditions_reviewed=True), terminology)
    assert [(c.id, c.note) for c in completed.conditions] == [
        ("coronary_revascularisation", "shown by weeks_since_pci"),
        ("coronary_artery_disease", "shown by weeks_since_pci"),
        ("icd", "shown by icd_lowest_detection_rate"),
    ]


def test_what_is_contradicted_is_told_in_one_order(terminology: Terminology) -> None:
    denied = (SubmittedFact("preterm_labor", False), SubmittedFact("cancer_history", False))
    listed = (SubmittedCondition("preterm_labour"), SubmittedCondition("cancer"))
    completed = complete_intake(Intake(facts=denied, conditions=listed), terminology)
    assert [r.name for r in completed.rejected] == ["cancer_history", "preterm_labor"]


def test_a_word_on_the_condition_itself_wins_over_what_a_fact_shows(
    terminology: Terminology,
) -> None:
    denied = SubmittedCondition("pacemaker", Presence.ABSENT)
    facts = (SubmittedFact("pacemaker_fixed_rate", True),)
    completed = complete_intake(Intake(facts=facts, conditions=(denied,)), terminology)
    assert completed.conditions == (denied,)


def test_a_chain_of_broader_conditions_is_followed(terminology: Terminology) -> None:
    infarction = SubmittedCondition("myocardial_infarction", Presence.RESOLVED)
    completed = complete_intake(Intake(conditions=(infarction,)), terminology)
    assert {c.id for c in completed.conditions if c.status is Presence.PRESENT} == {
        "old_myocardial_infarction",
        "coronary_artery_disease",
    }


def test_a_denied_fact_that_a_condition_contradicts_is_present_and_reported(
    terminology: Terminology,
) -> None:
    denied = SubmittedFact("vertebral_fracture", False, source="form")
    fracture = SubmittedCondition("vertebral_fracture", source="Condition/1")
    completed = complete_intake(Intake(facts=(denied,), conditions=(fracture,)), terminology)
    assert [(f.name, f.value, f.source) for f in completed.facts] == [
        ("vertebral_fracture", True, "Condition/1")
    ]
    assert [r.name for r in completed.rejected] == ["vertebral_fracture"]


def test_an_absent_condition_implies_nothing(terminology: Terminology) -> None:
    intake = Intake(conditions=(SubmittedCondition("breast_cancer", Presence.ABSENT),))
    assert complete_intake(intake, terminology) == intake


IDS = ["breast_cancer", "myocardial_infarction", "vertebral_fracture", "preterm_labour", "asthma"]
conditions = st.lists(
    st.builds(SubmittedCondition, st.sampled_from(IDS), st.sampled_from(Presence)), max_size=4
)
given_facts = st.lists(
    st.builds(
        SubmittedFact,
        st.sampled_from(["vertebral_fracture", "cancer_history"]),
        st.sampled_from([True, False, None]),
    ),
    max_size=2,
    unique_by=lambda fact: fact.name,
)
procedures = st.lists(st.builds(SubmittedProcedure, st.sampled_from(["cabg", "pci"])), max_size=2)


@given(conditions=conditions, facts=given_facts, done=procedures)
def test_completing_twice_changes_nothing_and_drops_no_condition(
    terminology: Terminology,
    conditions: list[SubmittedCondition],
    facts: list[SubmittedFact],
    done: list[SubmittedProcedure],
) -> None:
    intake = Intake(facts=tuple(facts), conditions=tuple(conditions), procedures=tuple(done))
    once = complete_intake(intake, terminology)
    again = complete_intake(once, terminology)
    assert replace(again, facts=()) == replace(once, facts=())
    assert sorted(again.facts, key=str) == sorted(once.facts, key=str)
    assert once.conditions[: len(conditions)] == tuple(conditions)


CONDITION = "knowledge/conditions/value_sets.csv"
FAULTS = [
    (CONDITION, "osteoporosis,Osteoporosis,ICD-10-CM,M80,x,prefix,current,verified", "8 cells"),
    (CONDITION, "a,A,ICD-9,250,x,prefix,current,verified,y", "'ICD-9' is not in systems.yaml"),
    (CONDITION, "a,A,ICD-10-CM,250,x,prefix,current,verified,y", "'250' is no ICD-10-CM code"),
    (CONDITION, "a,A,ICD-10-CM,M80,x,fuzzy,current,verified,y", "one of: prefix, exact"),
    (CONDITION, "a,A,ICD-10-CM,M80,x,prefix,current,guessed,y", "'status' must be one of"),
    (CONDITION, "a,A,ICD-10-CM,M80,,prefix,current,verified,y", "'display' is empty"),
    (CONDITION, "a,A ,ICD-10-CM,M80,x,prefix,current,verified,y", "ends with a space"),
    (CONDITION, "asthma,Other,ICD-10-CM,M80,x,prefix,current,verified,y", "two labels"),
    (CONDITION, "asthma,Asthma,ICD-10-CM,J45,x,prefix,current,verified,y", "stands twice"),
    ("knowledge/conditions/texts.csv", "x,astma,K", "Did you mean 'asthma'?"),
    ("knowledge/medications/names.csv", "x,beta_bloker,brand,V", "Did you mean 'beta_blocker'?"),
    ("knowledge/procedures/texts.csv", "x,cabbage,K", "'cabbage' is not a known id here"),
    (
        "knowledge/conditions/value_sets.yaml",
        "broder: []",
        "Did you mean 'broader'?",
    ),
    ("knowledge/observations/selection.yaml", "lowest: []", "The key 'lowest' is not known"),
    ("knowledge/resource_types.yaml", "ignore: []", "Did you mean 'ignored'?"),
    ("knowledge/conditions/no_effect.csv", "x,y,Z", "'mark' must be one of: V, K, O"),
    ("knowledge/conditions/family.csv", "ICD-10,8,x,prefix,y", "'8' is no ICD-10 code"),
    ("knowledge/allergies.csv", "x,y", "2 cells"),
    ("knowledge/observations/codes.csv", "LOINC,x,y,z", "'x' is no LOINC code"),
]


@pytest.fixture(scope="module")
def copied(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the knowledge that a test may spoil."""
    root = tmp_path_factory.mktemp("package")
    for name in ("conditions", "medications", "procedures", "observations"):
        shutil.copytree(package / "knowledge" / name, root / "knowledge" / name)
    for name in ("systems.yaml", "procedures.yaml", "resource_types.yaml", "allergies.csv"):
        shutil.copy(package / "knowledge" / name, root / "knowledge" / name)
    return root


@pytest.mark.parametrize(("name", "line", "message"), FAULTS)
def test_a_fault_is_reported_at_its_line(copied: Path, name: str, line: str, message: str) -> None:
    path = copied / name
    sound = path.read_text(encoding="utf-8")
    path.write_text(f"{sound}{line}\n", encoding="utf-8")
    problems = Problems()
    loaded = load_terminology(copied, problems, load_procedures(copied, problems))
    path.write_text(sound, encoding="utf-8")
    assert loaded is None
    place = f"{name}:{len(sound.splitlines()) + 1}: "
    assert [str(p) for p in problems.found if str(p).startswith(place) and message in str(p)]


def test_a_code_in_two_sets_that_exclude_each_other_is_a_fault(copied: Path) -> None:
    """M81.0 is osteoporosis by its prefix, and now osteopenia too."""
    path = copied / CONDITION
    sound = path.read_text(encoding="utf-8")
    label = next(line.split(",")[1] for line in sound.splitlines() if line.startswith("osteopenia"))
    spoiled = f"{sound}osteopenia,{label},ICD-10-CM,M81.0,x,exact,current,verified,y\n"
    path.write_text(spoiled, encoding="utf-8")
    problems = Problems()
    load_terminology(copied, problems, load_procedures(copied, problems))
    path.write_text(sound, encoding="utf-8")
    header = (copied / "knowledge/conditions/value_sets.yaml").read_text(encoding="utf-8")
    line = header.splitlines().index("  - {condition: osteoporosis, other: osteopenia}") + 1
    assert [str(p) for p in problems.found] == [
        f"knowledge/conditions/value_sets.yaml:{line}: ICD-10-CM M81.0 stands for both. "
        "Take it out of one of them."
    ]


def test_a_code_of_a_fact_that_no_list_shows_is_a_fault(
    terminology: Terminology, vocabulary: Vocabulary
) -> None:
    invented = replace(vocabulary["hr_rest"], codes=(Coding("http://loinc.org", "1-8", "x"),))
    known = vocabulary["chlorine_allergy"]
    problems = Problems()
    check_fact_codes({"hr_rest": invented, "chlorine_allergy": known}, terminology, problems)
    check_fact_codes({}, terminology, problems)
    assert [str(p) for p in problems.found] == [
        "knowledge/observations/codes.csv:1: The code 1-8 of the fact 'hr_rest' is not listed "
        "under this name. Add it with the published list that shows it, or drop it.",
        "knowledge/allergies.csv:1: 'chlorine_allergy' is not a known fact. Mend it.",
    ]


@pytest.mark.parametrize("name", ["conditions/value_sets.csv", "medications/value_sets.yaml"])
def test_a_missing_file_is_a_fault(copied: Path, name: str) -> None:
    path = copied / "knowledge" / name
    sound = path.read_bytes()
    path.unlink()
    problems = Problems()
    loaded = load_terminology(copied, problems, load_procedures(copied, problems))
    path.write_bytes(sound)
    assert loaded is None
    assert f"knowledge/{name}:1" in {str(problem.location) for problem in problems.found}


def test_a_pattern_that_cannot_be_read_is_a_fault(copied: Path) -> None:
    path = copied / "knowledge/systems.yaml"
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace('"[0-9]{6,18}"', '"[0-9"'), encoding="utf-8")
    problems = Problems()
    loaded = load_terminology(copied, problems, load_procedures(copied, problems))
    path.write_text(sound, encoding="utf-8")
    line = sound.splitlines().index('    pattern: "[0-9]{6,18}"') + 1
    assert loaded is None
    assert f"knowledge/systems.yaml:{line}" in {str(problem.location) for problem in problems.found}
