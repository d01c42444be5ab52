"""The templates of what is asked for, and the same as paths of a FHIR server."""

from collections.abc import Mapping
from urllib.parse import quote

from cds.knowledge.fact import FactDefinition
from cds.model.hooks import HookTables, PrefetchKey

LOINC = "http://loinc.org"
_PATIENT = "{{context.patientId}}"
_BY_CODE = "code="


def templates(tables: HookTables, vocabulary: Mapping[str, FactDefinition]) -> Mapping[str, str]:
    """The prefetch templates of discovery, by key."""
    return {key.name: _template(key, vocabulary) for key in tables.prefetch}


def path_of(key: PrefetchKey, patient_id: str, vocabulary: Mapping[str, FactDefinition]) -> str:
    """The same as the path of a call, below the base of the server."""
    written = _template(key, vocabulary).replace(_PATIENT, patient_id)
    return quote(written, safe="/?&=,:.-_~")


def _template(key: PrefetchKey, vocabulary: Mapping[str, FactDefinition]) -> str:
    """With every code that a fact has, where the search ends in them."""
    if not key.template.endswith(_BY_CODE):
        return key.template
    coded = {
        coding.code
        for fact in vocabulary.values()
        if fact.submittable
        for coding in fact.codes
        if coding.system == LOINC
    }
    listed = ",".join(f"{LOINC}|{code}" for code in sorted({*coded, *key.also}))
    return key.template + listed
