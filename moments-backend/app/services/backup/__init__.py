"""Backup and restore of the database and of the documents below `STATIC_DIR`."""
