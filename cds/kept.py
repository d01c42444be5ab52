"""The checked knowledge, kept beside the records, so that the next start need not check it again.

What is kept holds for the very files, knowledge and Python alike, that it was made of, and only
whoever knows the secret of this installation can make it. The rules are kept as the Rete engine
takes them too; the other evaluator is built from the rules themselves at every start.
"""

import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path

from cds.codec import read, write
from cds.engine.compiler import Networks
from cds.knowledge.base import Knowledge
from cds.knowledge.files import ROOT, content_hash, software_hash
from cds.rules.base import RuleBase

_PACKAGES = (
    "cds.engine.compiler",
    "cds.engine.terms",
    "cds.errors",
    "cds.knowledge",
    "cds.model",
    "cds.rules",
)


class KeptKnowledge:
    """One file in the data directory; `key` signs it."""

    def __init__(self, data_dir: Path, key: bytes) -> None:
        self._path = data_dir / "knowledge.json"
        self._key = key
        self._made_of = content_hash(ROOT, with_cases=True) + software_hash()

    def read(self) -> tuple[Knowledge, RuleBase, Networks] | None:
        """What was kept, or None when there is nothing that holds for these files."""
        try:
            signature, _, text = self._path.read_text(encoding="utf-8").partition("\n")
        except (OSError, UnicodeDecodeError):
            return None
        if not hmac.compare_digest(signature.encode(), self._sign(text).encode()):
            return None
        knowledge, rules, networks = read(text, _PACKAGES)
        return knowledge, rules, networks

    def write(self, knowledge: Knowledge, rules: RuleBase, networks: Networks) -> None:
        """Keeps knowledge that was checked, cases included; without room the next start is slow."""
        text = write((knowledge, rules, networks))
        aside = self._path.with_name(f"knowledge.{os.getpid()}")
        with suppress(OSError):
            aside.write_text(f"{self._sign(text)}\n{text}", encoding="utf-8")
            aside.replace(self._path)

    def _sign(self, text: str) -> str:
        """By the text and what it was made of, so that a change of either voids it."""
        signed = f"{self._made_of}\n{text}".encode()
        return hmac.new(self._key, signed, hashlib.sha256).hexdigest()
