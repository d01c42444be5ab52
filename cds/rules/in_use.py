"""Which rules of kept knowledge are in use: read from its text, also where no software loads it."""

from collections.abc import Mapping
from typing import Any

_ACTIVE = "active"


def rules_in_use(files: Mapping[str, bytes]) -> Mapping[str, str]:
    """The version of each active rule by its id; `files` as they are kept, by path."""
    import yaml  # most starts put nothing else to use

    loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, str] = {}
    for path, content in files.items():
        if not (path.startswith("rules/") and path.endswith(".yaml")):
            continue
        topic: Any = yaml.load(content, loader)
        if isinstance(topic, dict) and topic.get("status") == _ACTIVE:
            found |= {rule["id"]: str(topic["version"]) for rule in topic.get("rules", ())}
    return found


def tell_apart(before: Mapping[str, str], after: Mapping[str, str]) -> Mapping[str, list[str]]:
    """The ids of the rules that came into use, that were retired, and that changed."""
    return {
        "activated": sorted(after.keys() - before.keys()),
        "retired": sorted(before.keys() - after.keys()),
        "changed": sorted(id for id in after.keys() & before.keys() if after[id] != before[id]),
    }
