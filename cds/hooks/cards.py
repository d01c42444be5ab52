"""Cards of one decision: few, the most important first, and the same for the same decision."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from cds.hook_settings import HookSettings
from cds.hooks.card_ids import card_id, suggestion_id
from cds.hooks.card_texts import TOLD, Told, View
from cds.hooks.markdown import escape, shorten
from cds.model.hooks import CardTopic, HookService, HookTables

Json = dict[str, Any]


class CardMaker(Struct, frozen=True):
    """The cards of a service; `settings` say where a clinician can read on."""

    tables: HookTables
    settings: HookSettings

    def cards(self, service: HookService, view: View) -> list[Json]:
        """At most as many as the tables allow; none where there is nothing useful to say."""
        if view.quiet and not service.checks_orders:
            return []
        return [self._card(topic, told, view) for topic, told in self._told(service, view)][
            : self.tables.at_most
        ]

    def _told(self, service: HookService, view: View) -> Iterator[tuple[CardTopic, Told]]:
        for topic in self.tables.topics:
            if topic.code not in service.topics or (topic.permits and view.gaps):
                continue
            if view.decision["disposition"] in topic.dispositions:
                told = TOLD[topic.about](topic, view)
                if told is not None:
                    yield topic, told

    def _card(self, topic: CardTopic, told: Told, view: View) -> Json:
        decision = view.decision
        places = {"summary": decision["summary"], "first": told.first, "count": told.count}
        indicator = topic.indicators.get(decision["disposition"], topic.indicator)
        card: Json = {
            "uuid": card_id(decision["id"], topic),
            "summary": shorten(topic.summary.format(**places), self.tables.summary_characters),
            "detail": self._detail(told, view),
            "indicator": indicator,
            "source": self._source(topic),
            "overrideReasons": self._overrides(),
        }
        if told.suggestions:
            card["suggestions"] = [
                {**suggestion, "uuid": suggestion_id(decision["id"], topic, number)}
                for number, suggestion in enumerate(told.suggestions[: self.tables.listed])
            ]
            card["selectionBehavior"] = "any"
        if links := list(self._links(decision["id"])):
            card["links"] = links
        return card

    def _detail(self, told: Told, view: View) -> str:
        closing = (*told.closing, view.decision["notice"])
        return "\n\n".join(filter(None, (*told.sections, *map(escape, closing))))

    def _source(self, topic: CardTopic) -> Json:
        coding = {
            "system": self.tables.topic_system,
            "code": topic.code,
            "display": topic.display,
        }
        source: Json = {"label": self.tables.label, "topic": coding}
        return source | ({"url": self.settings.public_url} if self.settings.public_url else {})

    def _overrides(self) -> list[Json]:
        return [
            {"code": override.code, "system": override.system, "display": override.display}
            for override in self.tables.overrides
        ]

    def _links(self, id: str) -> Iterator[Json]:
        if public := self.settings.public_url:
            url = f"{public}/decisions/{id}"
            yield {"label": self.tables.words["link"], "url": url, "type": "absolute"}
        if smart := self.settings.smart_url:
            label = self.tables.words["smart"]
            yield {"label": label, "url": smart, "type": "smart", "appContext": id}


def override_reason(tables: HookTables, reason: Mapping[str, Any], known: Mapping[str, str]) -> str:
    """The reason of this service that a Coding of a client counts as."""
    for override in tables.overrides:
        if (override.system, override.code) == (reason.get("system"), reason.get("code")):
            return override.reason
    code = reason.get("code")
    return code if isinstance(code, str) and code in known else tables.other_override
