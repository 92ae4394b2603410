"""The pages, one file per noun; each exports its ``ROUTES``."""
