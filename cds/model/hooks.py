"""What CDS Hooks services offer: which data they ask for, which cards they can show, and how."""

from collections.abc import Mapping

from msgspec import Struct

from cds.model.measure import Source


class PrefetchKey(Struct, frozen=True):
    """One part of the record. Without a `required` one there is no answer (412).

    `template` is an instance read or a search; one that ends in `code=` lists every code of the
    facts, and `also` those of panels that hold such values as components.
    """

    name: str
    label: str
    template: str
    required: bool
    also: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type of resource that is read or searched."""
        return self.template.partition("?")[0].partition("/")[0]

    @property
    def is_search(self) -> bool:
        """Whether the answer is a Bundle."""
        return "?" in self.template


class HookService(Struct, frozen=True):
    """One service: the hook it answers and the topics of cards that it may show."""

    id: str
    hook: str
    title: str
    description: str
    topics: tuple[str, ...]

    @property
    def checks_orders(self) -> bool:
        """Whether it looks at drafted orders."""
        return self.hook.startswith("order-")


class CardTopic(Struct, frozen=True):
    """One kind of card; the first of the file is the most important.

    `number` is part of the ids of its cards and never given to another topic. `indicators` holds
    what differs from `indicator`, by disposition. `summary` has places for {summary}, {first} and
    {count}. A card that `permits` says what is allowed: it is withheld while data are missing.
    """

    code: str
    number: int
    display: str
    about: str
    dispositions: tuple[str, ...]
    indicator: str
    summary: str
    indicators: Mapping[str, str]
    permits: bool
    urgencies: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


class CodeWithWords(Struct, frozen=True):
    """A code, its system and the words for it."""

    system: str
    code: str
    display: str


class Override(Struct, frozen=True):
    """A reason for not following a card, and the reason of this service that it is counted as."""

    system: str
    code: str
    display: str
    reason: str


class OrderWords(Struct, frozen=True):
    """What in a drafted order means exercise, and what in its words names a kind of it.

    `phrases` make an order one of exercise; `modalities`, `exercises` and `intensities` map words
    to what is asked about. `negators`, right before a word, say that it is not ordered.
    """

    source: Source
    codes: tuple[CodeWithWords, ...]
    phrases: tuple[str, ...]
    modalities: Mapping[str, str]
    exercises: Mapping[str, str]
    intensities: Mapping[str, str]
    negators: tuple[str, ...]


class Activity(Struct, frozen=True):
    """The facts of days a week, minutes a day and minutes a week, and the least recommended."""

    days: str
    minutes: str
    week: str
    least: float


class HookTables(Struct, frozen=True):
    """Everything the hooks read. `teams` are the words for whom to involve.

    At most `at_most` cards, and `listed` lines in each list of a card; lengths are in characters.
    Where one of `quiet_facts` is true, only drafted orders are answered. `launch` is read besides
    `prefetch` when an EHR launches the form.
    """

    at_most: int
    listed: int
    summary_characters: int
    label: str
    topic_system: str
    quiet_facts: tuple[str, ...]
    activity: Activity
    prefetch: tuple[PrefetchKey, ...]
    launch: tuple[PrefetchKey, ...]
    services: tuple[HookService, ...]
    topics: tuple[CardTopic, ...]
    overrides: tuple[Override, ...]
    other_override: str
    orders: OrderWords
    words: Mapping[str, str]
    teams: Mapping[str, str]
