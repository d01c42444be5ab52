"""Where the knowledge and the rules stand, and the hash of all of them."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def content_hash(root: Path, *, with_cases: bool = False) -> str:
    """SHA-256 over every knowledge and rule file, by path and content; cases decide nothing."""
    digest = hashlib.sha256()
    files = [p for folder in ("knowledge", "rules") for p in (root / folder).rglob("*")]
    tables = [p for p in files if p.suffix in (".yaml", ".csv", ".po")]
    for path in sorted(p for p in tables if with_cases or not p.name.endswith(".cases.yaml")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
