"""The handout as a PDF: large type, black on white, with its font inside."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import distribution
from io import BytesIO

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from cds.handout.document import (
    Blanks,
    Block,
    Handout,
    Move,
    Points,
    Prose,
    Scale,
    Section,
    Sentence,
    Week,
)
from cds.handout.drawings import icon

# What the library logs of a missing letter would tell a word of the patient's own.
logging.getLogger("fpdf").setLevel(logging.ERROR)
_FONT_FILES = "font_source_sans_pro/files/SourceSansPro-{weight}.ttf"
_FONT = "Source Sans Pro"
# Points of type and millimetres of paper.
_BODY, _SMALL, _SIZES = 13, 10, {1: 24, 2: 17, 3: 14}
_MARGIN, _LINE, _GAP, _ICON, _INDENT = 18, 6.6, 2.5, 9, 6
_BLANK, _BOX = 11, 13
# An exercise has a name, an amount, and up to two steps.
_MOVE = 4
# Words rarely fill a line to its end.
_FILLED = 0.93
_MEANT, _PLAIN = (40, 40, 40), (255, 255, 255)
_FIRST_COLUMN, _DAY_COLUMN = 48, 18


def pdf_of(handout: Handout, *, paper: str, created: datetime, page: str) -> bytes:
    """The handout on `paper`; `page` names a page, with a place for {number}."""
    sheet = _Sheet(handout, paper, page)
    sheet.set_creation_date(created.astimezone(UTC))
    sheet.add_page()
    sheet.head()
    for section in handout.sections:
        sheet.section(section)
    return bytes(sheet.output())


def _font_file(weight: str) -> str:
    """Where the installed font lies; importing its package would list every file."""
    return str(distribution("font-source-sans-pro").locate_file(_FONT_FILES.format(weight=weight)))


class _Sheet(FPDF):
    """Draws sections and blocks from top to bottom."""

    def __init__(self, handout: Handout, paper: str, page: str) -> None:
        super().__init__(format=paper)
        self._handout, self._page = handout, page
        self.set_margin(_MARGIN)
        self.set_auto_page_break(True, margin=_MARGIN + 4)
        self.add_font(_FONT, "", _font_file("Regular"))
        self.add_font(_FONT, "B", _font_file("Bold"))
        self.set_font(_FONT, size=_BODY)
        self.set_lang(handout.language)
        self.set_title(handout.title.text)
        self.set_line_width(0.4)

    def footer(self) -> None:
        """The notice and the decision stand on every page, which may get lost from the others."""
        self.set_y(-_MARGIN)
        self.set_font(_FONT, size=_SMALL - 2)
        said = (self._page.format(number=self.page_no()), *_texts(self._handout.about.sentences))
        self.cell(0, 4, f"{said[0]}. {said[-1]}", align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.cell(0, 4, self._handout.notice.sentences[0].text, align="C")
        self.set_font(_FONT, size=_BODY)

    def head(self) -> None:
        """Title, lines to fill in, where it comes from, and that it must be checked."""
        self._heading(self._handout.title.text, 1)
        self._blanks(self._handout.blanks)
        self.set_font(_FONT, size=_SMALL)
        self._write(" ".join([f"{self._handout.day}.", *_texts(self._handout.about.sentences)]))
        self.set_font(_FONT, "B", size=_SMALL)
        self._write(" ".join(_texts(self._handout.notice.sentences)), border="LTRB")
        self.set_font(_FONT, size=_BODY)

    def section(self, section: Section) -> None:
        """A heading with its blocks; one that is framed, or to be pinned up, is kept whole."""
        pinned = any(isinstance(block, Week) for block in section.blocks)
        if pinned or self.will_page_break(2 * _ICON + self._room_below(section)):
            self.add_page()
        self._draw(section)

    def _room_below(self, section: Section) -> float:
        """How much of a section stands with its heading: all that is framed or drawn, in mm."""
        drawn = any(isinstance(block, (Scale, Blanks)) for block in section.blocks)
        if section.urgent or drawn:
            return sum(map(self._room_of, section.blocks))
        return self._height_of(text for b in section.blocks[:1] for text in _texts_of(b)[:_MOVE])

    def _room_of(self, block: Block) -> float:
        """About how much room a block takes, in mm."""
        match block:
            case Scale():
                return _BOX + 3 * _LINE
            case Blanks():
                return _BLANK * len(block.labels)
            case _:
                return self._height_of(_texts_of(block))

    def _height_of(self, texts: Iterable[str]) -> float:
        """About how much room texts take, each on lines of its own, in mm."""
        width = (self.epw - _INDENT) * _FILLED
        lines = (int(self.get_string_width(text) / width) + 1 for text in texts)
        return sum(count * _LINE + _GAP / 3 for count in lines)

    def _keep_together(self, texts: Iterable[str]) -> None:
        if self.will_page_break(self._height_of(texts)):
            self.add_page()

    def _draw(self, section: Section) -> None:
        self._heading(section.title.text, section.level, section.icon)
        top, page = self.get_y(), self.page_no()
        for block in section.blocks:
            self._block(block)
        if section.urgent and self.page_no() == page:
            self.rect(_MARGIN - 3, top - 1, self.epw + 6, self.get_y() - top + 2)

    def _heading(self, text: str, level: int, drawn: str | None = None) -> None:
        size = _SIZES[level]
        self.ln(_GAP * (2 if level < 3 else 1))
        self.set_font(_FONT, "B", size=size)
        if drawn:
            svg = BytesIO(icon(drawn).encode())
            self.image(svg, x=_MARGIN, y=self.get_y(), w=_ICON, h=_ICON, alt_text=text)
            self.set_x(_MARGIN + _ICON + 2)
        self._lines(text, max(size * 0.5, _ICON if drawn else 0))
        self.ln(_GAP / 2)
        self.set_font(_FONT, size=_BODY)

    def _block(self, block: Block) -> None:
        match block:
            case Prose():
                self._write(" ".join(_texts(block.sentences)))
            case Points():
                for point in block.points:
                    self._point(point.text)
            case Move():
                self._move(block)
            case Scale():
                self._scale(block)
            case Week():
                self._week(block)
            case Blanks():
                self._blanks(block)

    def _write(self, text: str, border: str = "") -> None:
        self._lines(text, self.font_size * 1.45, border)
        self.ln(_GAP / 2)

    def _lines(self, text: str, height: float = _LINE, border: str = "") -> None:
        """Text from here to the right margin, then back to the left one."""
        self.multi_cell(
            0, height, text, align="L", border=border, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def _point(self, text: str) -> None:
        self._keep_together([text])
        self.cell(_INDENT, _LINE, "•", align="C")
        self._lines(text)
        self.ln(_GAP / 3)

    def _move(self, move: Move) -> None:
        name, *rest = _texts_of(move)
        self._keep_together([name, *rest])
        self.set_font(_FONT, "B", size=_BODY)
        self._write(name)
        self.set_font(_FONT, size=_BODY)
        for text in rest:
            self.set_x(_MARGIN + _INDENT)
            self._lines(text)
        self.ln(_GAP)

    def _scale(self, scale: Scale) -> None:
        if self.will_page_break(_BOX + 2 * _LINE):
            self.add_page()
        self.set_font(_FONT, "B", size=_BODY)
        for number in range(11):
            meant = scale.means(number)
            self.set_fill_color(*(_MEANT if meant else _PLAIN))
            self.set_text_color(*(_PLAIN if meant else (0, 0, 0)))
            self.cell(_BOX, _BOX, str(number), border=1, align="C", fill=True)
        self.set_text_color(0, 0, 0)
        self.set_font(_FONT, size=_SMALL)
        self.ln(_BOX + 1)
        width = 11 * _BOX / 2
        self.cell(width, _LINE, scale.rest.text)
        self.cell(width, _LINE, scale.most.text, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._write(scale.label.text)
        self.set_font(_FONT, size=_BODY)

    def _week(self, week: Week) -> None:
        self.set_font(_FONT, size=_SMALL)
        bold = FontFace(emphasis="BOLD")
        widths = (_FIRST_COLUMN, *(_DAY_COLUMN for _ in week.days))
        with self.table(
            borders_layout=TableBordersLayout.ALL,
            col_widths=widths,
            headings_style=bold,
            line_height=_LINE * 0.8,
            padding=1.6,
            text_align="LEFT",
        ) as table:
            table.row([week.corner.text, *week.days])
            for row in week.rows:
                table.row([row.text, *("" for _ in week.days)])
        self.set_font(_FONT, size=_BODY)

    def _blanks(self, blanks: Blanks) -> None:
        for label in blanks.labels:
            if self.will_page_break(_BLANK):
                self.add_page()
            self.cell(self.get_string_width(f"{label.text}: ") + 2, _BLANK, f"{label.text}:")
            line = self.get_y() + _BLANK - 3
            self.line(self.get_x(), line, self.w - _MARGIN, line)
            self.ln(_BLANK)


def _texts(sentences: tuple[Sentence, ...]) -> list[str]:
    return [sentence.text for sentence in sentences]


def _texts_of(block: Block) -> list[str]:
    """What of a block is written, line by line."""
    match block:
        case Prose():
            return [" ".join(_texts(block.sentences))]
        case Points():
            return _texts(block.points)
        case Move():
            return [block.name.text, " ".join(_texts(block.amount)), *_texts(block.steps)]
        case _:
            return []
