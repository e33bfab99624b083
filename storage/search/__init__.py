"""Full text and fields over listings, alike on SQLite and PostgreSQL: see ``docs/decisions/0010-search.md``."""
