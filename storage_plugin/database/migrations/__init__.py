"""The history of the schema: alembic's environment and one file per revision."""
