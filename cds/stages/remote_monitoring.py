"""What is sent, how often somebody calls, and what alarms. Source: delivery reference, 4."""

from cds.model.delivery import RemoteMonitoring, Said
from cds.model.delivery_tables import MonitoringTable, Sentence


def schedule(level: int, profiles: frozenset[str], table: MonitoringTable) -> RemoteMonitoring:
    """The schedule of one level of supervision for somebody with these profiles."""
    band = [band for band in table.bands if band.from_level <= level][-1]
    own = [
        item.sentence.text
        for item in table.data
        if item.from_level <= level and item.sentence.holds_for(profiles)
    ]
    return RemoteMonitoring(
        band=band.band,
        data=(*band.data, *own),
        contact=_say(band.contact),
        boosters=_say(table.boosters) if band.band == table.boosters_in else None,
        alerts=tuple(_say(alert) for alert in table.alerts if alert.holds_for(profiles)),
        no_data=tuple(_say(sentence) for _, sentence in table.no_data),
        not_emergency=_say(table.not_emergency),
    )


def _say(sentence: Sentence) -> Said:
    return Said(sentence.text, sentence.source)
