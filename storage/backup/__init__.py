"""Backups: of the database alone (before a migration), and of a whole workspace."""
