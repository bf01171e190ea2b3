"""Database migrations, by the places where their tools keep them."""

import re

from unfork.model.compared import ContentKind
from unfork.surface.found import Found

# sqlalchemy-migrate: .../migrate_repo/versions/359_add_x.py; Django: .../migrations/0001_x.py.
_NUMBERED = re.compile(r"(?:^|/)(?:versions|migrations)/(\d{3,}_\w+)\.(?:py|sql)$")
# alembic: .../versions/HASH_words.py, in any depth below versions.
_ALEMBIC = re.compile(r"(?:^|/)versions/(?:.*/)?((?:[0-9a-f]{10,14}|[0-9a-f]{3,5})_\w+)\.py$")
_PLACEHOLDER = re.compile(r"placeholder", re.IGNORECASE)


def read_migration(path: str) -> Found | None:
    """The migration that a file is, by its path; ``None`` when it is none, or holds a number free."""
    if "/tests/" in f"/{path}":
        return None
    found = _NUMBERED.search(path) or _ALEMBIC.search(path)
    if found is None or _PLACEHOLDER.search(path):
        return None
    name = f"{_repository(path)}{found[1]}"
    return Found(ContentKind.MIGRATION, name, path, 1, name)


def _repository(path: str) -> str:
    """Which of a project's databases: the folders before, without the words that all have."""
    words = path.split("/versions/")[0].split("/migrations/")[0].split("/")
    told = [
        each
        for each in words[1:]
        if each not in ("db", "sqlalchemy", "migrate_repo", "migration", "migrations", "alembic_migrations")
    ]
    return f"{'/'.join(told)}: " if told else ""
