"""Where business records are kept: SQLAlchemy Core on SQLite or PostgreSQL."""
