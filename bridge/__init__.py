"""The mirror and the command line."""
