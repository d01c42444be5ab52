"""The summary of a run as one page that needs nothing else: no script, no address, no image."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from cds.population.tally import DISPOSITIONS

Json = Mapping[str, Any]
Names = Mapping[str, str]

_STYLE = """
:root { --ink: #1d2a33; --soft: #4c5b66; --line: #cfd8de; --bar: #0b5c7a; --care: #7a4a00; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--ink); background: #fff;
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: .5rem 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .25rem; }
.care { border-left: .3rem solid var(--care); padding: .5rem .75rem; background: #fdf6ea; }
.soft, caption { color: var(--soft); font-size: .93rem; }
table { border-collapse: collapse; width: 100%; table-layout: auto; }
caption { text-align: left; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem .3rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; } tbody th { font-weight: 500; }
td.n, th.n { text-align: right; white-space: nowrap; width: 1%; padding-left: .75rem; }
.by tr > :first-child { white-space: nowrap; width: 1%; }
.by tr > :last-child { padding-left: .75rem; }
td.bar, th.bar { width: 30%; padding-left: .75rem; }
svg { display: block; width: 100%; height: 1.1rem; margin-top: .2rem; }
svg rect { fill: #e4eaee; } svg rect.part { fill: var(--bar); }
code { font-size: .9em; }
.s0, .s1 { fill: #4a1414 !important; } .s2, .s3 { fill: #96601c !important; }
.s4 { fill: #7d8f9b !important; } .s5 { fill: #5d9cb5 !important; }
.s6 { fill: #a9d0dd !important; }
@media (max-width: 40rem) { td.bar, th.bar { display: none; } }
"""
_PROBLEMS = {
    "line": "lines that could not be read",
    "no_patient": "resources that name no patient",
    "unknown_patient": "resources about a patient who is not in the export",
    "several": "patients in several places, each decided alone",
    "export": "errors and warnings that the export itself tells",
    "undecided": "reasons why a patient has no decision",
}


def write_page(summary: Json, names: Names) -> str:
    """The page of a summary; `names` are words for ids of rules and facts."""
    decided = summary["decided"]
    parts = [
        *_head(summary),
        *_dispositions(summary, decided),
        *_by("By age", "years", summary["disposition_by_age"]),
        *_by("By sex", "sex", summary["disposition_by_sex"]),
        *_section(
            "Most frequent questions",
            "What is not known of most patients, each once for a patient; of equally frequent ones "
            "the more useful first.",
            ("question about", "patients"),
            [(_named(id_, names), count) for id_, count in summary["questions"].items()],
            decided,
        ),
        *_section(
            "Most frequent findings",
            "Rules that forbid, hold or limit, each once for a patient; also where a fact that "
            "would rule them out is not known.",
            ("finding", "patients"),
            [(_named(id_, names), count) for id_, count in summary["contraindications"].items()],
            decided,
        ),
        *_unmapped(summary, decided),
        *_left_out(summary),
        *_made_of(summary),
    ]
    return "\n".join(parts) + "\n</main></body></html>\n"


def _head(summary: Json) -> Iterator[str]:
    title = f"Exercise therapy decisions for {summary['patients']:,} patients"
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield (
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body><main>"
    yield f"<h1>{title}</h1>"
    yield f"<p>On {escape(summary['evaluation_date'])}, from records alone: nobody was asked.</p>"
    if export := summary.get("export"):
        server, moment = escape(export["server"]), escape(export["moment"])
        yield f"<p>As {server} held them at {moment}.</p>"
    signed = " and ".join(map(escape, summary["clinical_sign_off"])) or "pending"
    yield (
        f'<p class="care"><strong>Clinical sign-off: {signed}.</strong> '
        f"{escape(summary['notice'])} No counted answer replaces looking at the patient. Small "
        "counts can point to a person: keep this page where the records are.</p>"
    )
    yield (
        f"<p>{summary['decided']:,} decided, {summary['undecided']:,} without a decision, "
        f"{summary['with_plan']:,} with a plan.</p>"
    )


def _dispositions(summary: Json, decided: int) -> Iterator[str]:
    found = [(_words(name), count) for name, count in summary["disposition"].items()]
    note = "May the patient exercise; the most cautious answer first."
    yield from _section("Answers", note, ("answer", "patients"), found, decided)


def _by(title: str, by: str, groups: Json) -> Iterator[str]:
    yield f"<h2>{title}</h2>"
    if not groups:
        yield "<p>None.</p>"
        return
    yield '<table class="by"><caption>Answers in each group</caption><thead><tr>'
    yield f'<th scope="col">{by}</th>'
    yield '<th scope="col" class="n">patients</th><th scope="col">answers</th></tr></thead><tbody>'
    for group, found in groups.items():
        told = ", ".join(f"{count:,} {_words(name)}" for name, count in found.items())
        yield (
            f'<tr><th scope="row">{escape(group)}</th><td class="n">{sum(found.values()):,}</td>'
            f"<td>{_stack(found, told)}{told}</td></tr>"
        )
    yield "</tbody></table>"


def _unmapped(summary: Json, decided: int) -> Iterator[str]:
    rows = [
        (f"{item['text'] or item['code']} ({item['kind']}, {_system(item)} {item['code']})", n)
        for item in summary["unmapped"]
        for n in [item["patients"]]
    ]
    note = (
        f"{summary['unmapped_codes']:,} different codes in all, and "
        f"{summary['unmapped_without_code']:,} entries without a code. Nothing is concluded from "
        "them; where one may matter the answer is more cautious."
    )
    yield from _section("Codes that were not read", note, ("code", "patients"), rows, decided)


def _left_out(summary: Json) -> Iterator[str]:
    yield "<h2>Left out</h2>"
    others = len(summary["files_not_read"])
    if not summary["problems"] and not others:
        yield "<p>Nothing: every line was read and every patient decided.</p>"
        return
    yield "<p>Each stands in <code>problems.ndjson</code> with its file and line.</p><ul>"
    for kind, count in summary["problems"].items():
        yield f"<li>{_PROBLEMS[kind]}: {count:,}</li>"
    if others:
        yield f"<li>files of other kinds: {others:,}</li>"
    yield "</ul>"


def _made_of(summary: Json) -> Iterator[str]:
    yield "<h2>Made of</h2><dl class=soft>"
    for term, value in (
        ("Knowledge", summary["knowledge"]),
        ("Software", summary["software"]),
        ("Input", f"{len(summary['files']):,} files, SHA-256 of them {summary['input_sha256']}"),
        ("Resources", ", ".join(f"{n:,} {t}" for t, n in summary["resources"].items())),
    ):
        yield f"<dt>{term}</dt><dd>{escape(value)}</dd>"
    yield "</dl>"


def _section(
    title: str, note: str, head: tuple[str, str], rows: Sequence[tuple[str, int]], whole: int
) -> Iterator[str]:
    yield f"<h2>{title}</h2>"
    if rows:
        yield from _table(note, head, [(label, count, whole) for label, count in rows])
    else:
        yield "<p>None.</p>"


def _table(
    caption: str, head: tuple[str, str], rows: Sequence[tuple[str, int, int]]
) -> Iterator[str]:
    yield f"<table><caption>{escape(caption)}</caption><thead><tr>"
    yield f'<th scope="col">{head[0]}</th><th scope="col" class="n">{head[1]}</th>'
    yield '<th scope="col" class="n">share</th><th scope="col" class="bar">picture</th></tr>'
    yield "</thead><tbody>"
    for label, count, whole in rows:
        share = count / whole if whole else 0.0
        yield (
            f'<tr><th scope="row">{escape(label)}</th><td class="n">{count:,}</td>'
            f'<td class="n">{share:.0%}</td><td class="bar">{_bar(share, count, whole)}</td></tr>'
        )
    yield "</tbody></table>"


def _bar(share: float, count: int, whole: int) -> str:
    told = f"{count:,} of {whole:,}"
    return (
        f'<svg role="img" aria-label="{told}" viewBox="0 0 100 10" preserveAspectRatio="none">'
        f'<title>{told}</title><rect width="100" height="10"/>'
        f'<rect class="part" width="{100 * share:.1f}" height="10"/></svg>'
    )


def _stack(found: Json, told: str) -> str:
    """One bar of all answers; the darker the more cautious. The text beside says the same."""
    whole, at, parts = sum(found.values()), 0.0, ""
    for name, count in found.items():
        width = 100 * count / whole
        shade = DISPOSITIONS.index(name)
        parts += f'<rect class="s{shade}" x="{at:.1f}" width="{width:.1f}" height="10"/>'
        at += width
    return (
        f'<svg role="img" aria-label="{told}" viewBox="0 0 100 10" preserveAspectRatio="none">'
        f"<title>{told}</title>{parts}</svg>"
    )


def _named(id_: str, names: Names) -> str:
    return names.get(id_, id_)


def _words(id_: str) -> str:
    return id_.replace("_", " ")


def _system(item: Json) -> str:
    return item["system"].rpartition("/")[2] or "no system"
