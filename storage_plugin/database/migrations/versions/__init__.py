"""The revisions, named by four digits."""
