"""The handout as a tree of sections and blocks, before it is drawn on a page or in a PDF."""

from msgspec import Struct

#: The formats of a printed handout.
PAPERS = ("a4", "letter")


class Sentence(Struct, frozen=True):
    """What the patient reads; `id` is None where no plain words exist and the original stands."""

    text: str
    language: str
    id: str | None = None


class Prose(Struct, frozen=True):
    """Sentences one after the other."""

    sentences: tuple[Sentence, ...]
    kind: str = "prose"


class Points(Struct, frozen=True):
    """Sentences as a list."""

    points: tuple[Sentence, ...]
    kind: str = "points"


class Move(Struct, frozen=True):
    """One exercise: what it is, how much, what to mind, and what is easier and harder."""

    exercise: str
    name: Sentence
    amount: tuple[Sentence, ...]
    steps: tuple[Sentence, ...]
    kind: str = "move"


class Scale(Struct, frozen=True):
    """Effort from 0 to 10; `low` to `high` is meant. `label` says in words what is drawn."""

    low: float
    high: float
    label: Sentence
    rest: Sentence
    most: Sentence
    kind: str = "scale"

    def means(self, number: int) -> bool:
        """Whether this step of the scale is meant."""
        return self.low <= number <= self.high


class Week(Struct, frozen=True):
    """A table to tick: a row for each exercise, a column for each day."""

    caption: Sentence
    corner: Sentence
    days: tuple[str, ...]
    rows: tuple[Sentence, ...]
    kind: str = "week"


class Blanks(Struct, frozen=True):
    """Lines to fill in by hand."""

    labels: tuple[Sentence, ...]
    kind: str = "blanks"


Block = Prose | Points | Move | Scale | Week | Blanks


class Section(Struct, frozen=True):
    """A heading of level 2 or 3 with its blocks; `urgent` ones are framed."""

    id: str
    title: Sentence
    blocks: tuple[Block, ...]
    level: int = 2
    icon: str | None = None
    urgent: bool = False


class Handout(Struct, frozen=True):
    """The whole handout of one decision in one language."""

    decision: str
    language: str
    title: Sentence
    day: str
    blanks: Blanks
    about: Prose
    notice: Prose
    sections: tuple[Section, ...]
    clinical_sign_off: str = "pending"
    translation_review: str = "pending"
