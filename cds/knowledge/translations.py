"""Message catalogues (gettext): one file for each language that is not written in YAML.

Each message carries the id of its sentence as context and the English text as message id, so
that a translation of an earlier wording is never taken for one of the present wording. A sentence
that is its own id, as those of the pages are, needs no context.
"""

from collections.abc import Mapping
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from cds.errors import Location
from cds.knowledge.documents import Problems

_WIDTH = 98
_HEAD = """\
# {about}
# clinical_sign_off: pending
# translation_review: pending
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def translate(
    path: Path, root: Path, sentences: Mapping[str, str], problems: Problems
) -> dict[str, str]:
    """The translation of every sentence; what is missing, doubtful or left over is a problem."""
    name = path.relative_to(root).as_posix()
    catalogue = _read(path, name, problems)
    if catalogue is None:
        return {}
    for message in catalogue:
        id_ = message.context or str(message.id)
        if id_ and sentences.get(id_) != message.id:
            problems.add(
                f"'{id_}' translates a sentence that is gone or was changed. Run "
                "'python -m cds translations' and translate what it leaves empty.",
                Location(name, message.lineno or 1),
            )
    return {
        id_: _translated(id_, text, catalogue.get(text, _context(id_, text)), name, problems)
        for id_, text in sentences.items()
    }


def renew(path: Path, sentences: Mapping[str, str], about: str) -> int:
    """Writes the catalogue anew: what still holds is kept, the rest is left empty, and counted.

    `about` is its first line, which says where the English texts stand.
    """
    earlier = _read(path, path.name, Problems()) or Catalog(locale=path.stem)
    catalogue = Catalog(locale=path.stem)
    for id_, text in sentences.items():
        context = _context(id_, text)
        known = earlier.get(text, context)
        catalogue.add(text, known.string if known else "", context=context)
    with path.open("wb") as file:
        file.write(_HEAD.format(language=path.stem, about=about).encode())
        write_po(file, catalogue, width=_WIDTH, omit_header=True)
    return sum(not message.string for message in catalogue if message.id)


def places(text: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def _context(id_: str, text: str) -> str | None:
    return None if id_ == text else id_


def _read(path: Path, name: str, problems: Problems) -> Catalog | None:
    try:
        with path.open("rb") as file:
            return read_po(file, locale=path.stem, abort_invalid=True)
    except (OSError, UnicodeDecodeError, PoFileError) as error:
        problems.add(
            f"The catalogue cannot be read, so its language would be silent: {error}. Mend it.",
            Location(name, 1),
        )
    return None


def _translated(id_: str, text: str, message: Message | None, name: str, problems: Problems) -> str:
    line = (message.lineno if message else None) or 1
    found = message.string if message else ""
    if message is None or not isinstance(found, str) or not found or message.fuzzy:
        problems.add(
            f"'{id_}' has no translation, or a doubtful one. A reader would read another "
            "language. Translate it.",
            Location(name, line),
        )
    elif places(found) != places(text):
        problems.add(
            f"The translation of '{id_}' has other places in braces than the English text. "
            "A number would be lost. Use the same names.",
            Location(name, line),
        )
    return str(found)
