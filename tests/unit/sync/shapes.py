"""Targets of several shapes, for the laws."""

from bridge.targets.shape import EVERYTHING, Room, Shape

ADDRESS_PARTS = frozenset({"street", "city", "kind"})

OUTLOOK = Shape(
    fields=frozenset({"formatted_name", "given_name", "family_name", "job_title", "company", "note"}),
    lists={
        "emails": Room({"*": 2}, frozenset({"address"})),
        "phones": Room({"work": 2, "home": 1}, frozenset({"number", "kind"}), {"main": "work"}),
        "addresses": Room({"work": 1, "home": 1}, ADDRESS_PARTS),
        "urls": Room({"work": 1}, frozenset({"address", "kind"})),
        "categories": Room({"*": None}),
    },
    longest={"note": 9},
)
"""Few slots, kinds that are not told apart, lists that are not held at all."""

ONE_OF_EACH = Shape(
    fields=frozenset({"formatted_name", "job_title"}),
    lists={"emails": Room({"*": 1}, frozenset({"address"})), "phones": Room({"*": 1}, frozenset({"number"}))},
)

SHAPES = {"outlook": OUTLOOK, "one of each": ONE_OF_EACH, "everything": EVERYTHING}
