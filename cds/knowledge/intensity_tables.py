"""Turns the checked content of the intensity files into structs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cds.model.formula import CategoryTable, Caution, Disagreement, ErrorEstimate, Formula
from cds.model.measure import Band, Interval, Source
from cds.model.threshold import (
    CeilingRules,
    ChairStandBand,
    FallsRules,
    LimitKind,
    RiskItem,
    RiskRules,
    RiskTest,
    Supervision,
    Threshold,
)

Row = Mapping[str, Any]
_ENDS = ("at_least", "greater_than", "at_most", "less_than")


def build_source(row: Row) -> Source:
    """The source of a row."""
    return Source(**row)


def build_formula(row: Row) -> Formula:
    """One formula."""
    see = row.get("see")
    return Formula(
        id=row["id"],
        reference=row.get("reference", row["id"]),
        name=row["name"],
        method=row["method"],
        expression=row["expression"],
        unit=row["unit"],
        population=row["population"],
        source=build_source(row["source"]),
        constant=row.get("constant", 0.0),
        coefficients=MappingProxyType(row.get("coefficients", {})),
        parameters=MappingProxyType(row.get("parameters", {})),
        inputs=MappingProxyType(row["inputs"]),
        sexes=tuple(row.get("sexes", ())),
        see=ErrorEstimate(**see) if see else None,
        cautions=tuple(_caution(item) for item in row.get("warn_when", ())),
    )


def build_table(row: Row) -> CategoryTable:
    """One category table, each band ending where the next one starts."""
    bands = row["bands"]
    ends = [band["start"] for band in bands[1:]]
    ages = row.get("ages")
    return CategoryTable(
        name=row["name"],
        title=row["title"],
        unit=row["unit"],
        source=build_source(row["source"]),
        bands=tuple(
            Band(band["category"], band["id"], band.get("start"), end)
            for band, end in zip(bands, [*ends, None], strict=True)
        ),
        ages=Band("ages", row["name"], ages["start"], ages.get("end")) if ages else None,
        note=row.get("note"),
    )


def build_disagreement(row: Row) -> Disagreement:
    """One band of another scale."""
    band = Band(row["category"], row["scale"], row["start"], row.get("end"))
    return Disagreement(row["table"], band, row["scale"], build_source(row["source"]))


def build_threshold(row: Row) -> Threshold:
    """One threshold."""
    return Threshold(
        row["value"], row["unit"], build_source(row["source"]), row.get("id"), row.get("from_age")
    )


def build_ceiling(row: Row) -> CeilingRules:
    """The numbers of the ceiling combiner."""
    limits = [_limit(item) for item in row["limits"]]
    return CeilingRules(
        at_rest_margin=row["at_rest_margin"]["value"],
        narrowest_zone=row["narrowest_zone"]["value"],
        fallback_rpe=(row["fallback_rpe"]["low"], row["fallback_rpe"]["high"]),
        limits=MappingProxyType({limit.id: limit for limit in limits}),
    )


def build_falls(row: Row) -> FallsRules:
    """The cut-offs of the falls tests."""
    chair, history = row["chair_stands"], row["history_flags"]
    return FallsRules(
        tug=build_threshold(row["tug"]),
        tandem_stance=build_threshold(row["tandem_stance"]),
        falls_12mo=build_threshold(row["falls_12mo"]),
        history_id=history["id"],
        history_flags=tuple(history["inputs"]),
        chair_stand_id=chair["id"],
        chair_stand_source=build_source(chair["source"]),
        chair_stands=tuple(_chair_band(band) for band in chair["bands"]),
        tug_caution=row["tug_caution"],
    )


def build_risk(row: Row) -> RiskRules:
    """The risk table."""
    items = [_risk_item(tier, item) for tier in ("low", "moderate", "high") for item in row[tier]]
    return RiskRules(
        items=tuple(items),
        source=build_source(row["source"]),
        without_test=row["without_test"],
        missing=row["missing"],
        disagreement=row["disagreement"],
        supervision=MappingProxyType(
            {
                entry["tier"]: Supervision(entry["id"], entry["text"], entry["ecg"], entry["level"])
                for entry in row["supervision"]
            }
        ),
        supervision_source=build_source(row["supervision_source"]),
        applies_to=tuple(row["applies_to"]),
        conditions=frozenset(row["conditions"]),
        facts=MappingProxyType(dict(row["facts"])),
    )


def _interval(row: Row) -> Interval:
    return Interval(**{end: row.get(end) for end in _ENDS})


def _caution(row: Row) -> Caution:
    return Caution(row["input"], _interval(row), row["message"])


def _limit(row: Row) -> LimitKind:
    rpe = row.get("rpe")
    return LimitKind(
        id=row["id"],
        title=row["title"],
        unit=row["unit"],
        source=build_source(row["source"]),
        fact=row.get("fact"),
        offset=row.get("offset", 0.0),
        conservative_offset=row.get("conservative_offset"),
        lower_offset=row.get("lower_offset"),
        constant=row.get("constant"),
        below=row.get("below", False),
        rpe=(rpe["low"], rpe["high"]) if rpe else None,
    )


def _chair_band(row: Row) -> ChairStandBand:
    ages = Band("ages", "chair_stands", row["from_age"], row["to_age"])
    return ChairStandBand(ages, MappingProxyType({sex: row[sex] for sex in ("male", "female")}))


def _risk_item(tier: str, row: Row) -> RiskItem:
    tests = tuple(RiskTest(t["fact"], t.get("equals"), _interval(t)) for t in row["all"])
    return RiskItem(
        row["id"],
        tier,
        row["text"],
        row["mark"],
        tests,
        row.get("needs_test", False),
        row.get("disputed", False),
    )
