"""The demonstration: fictional people and companies, and the throw-away address book of ``demo``."""
