"""What becomes of one contact, story by story: read this first.

Each row: what was remembered, what there is on our side and in the folder, and what the plan says. "linked" is a
contact that was the same on both sides after the last run.
"""

from dataclasses import replace

import pytest

from bridge.sync.actions import Pair
from bridge.sync.plan import plan
from bridge.sync.policy import NewItems, Policy
from bridge.sync.telling import described
from storage_plugin.model.mirror import Origin
from tests.unit.sync.builders import ANDREA, COMPANY, EDITED, NICK, item, link, local, stamp_of

ADOPTED, FOREIGN = Origin.ADOPTED, Origin.FOREIGN
ACCEPT, ADD, IGNORE = (Policy(new_items=each) for each in (NewItems.ACCEPT_VALID, NewItems.ADD, NewItems.IGNORE))
EXPORT_ONLY, IMPORT_ONLY = Policy(imports=False), Policy(exports=False)
COPY = stamp_of(99)

STORIES = {
    "bcm_6 a record that is not in the folder is created there": (
        (None, local(), None), "Nick Brigandi: create in the folder"),
    "bcm_8 linked, edited by us: the folder gets the field": (
        (link(), local(EDITED), item()), "Nick Brigandi: send job_title"),
    "bcm_8 linked, edited in the folder: we get the field": (
        (link(), local(), item(EDITED)), "Nick Brigandi: receive job_title"),
    "bcm_8 linked, edited by nobody: nothing to do": (
        (link(), local(), item()), None),
    "linked, and only the item's version is new: it is remembered": (
        (link(), local(), item(version="v2")), "Nick Brigandi: remember both sides as they are"),
    "bcm_11 linked, deleted in the folder: to the deleted items": (
        (link(), local(), None), "Nick Brigandi: deleted in the folder, move to the deleted items"),
    "deleted in the folder, edited by us: the edit wins": (
        (link(), local(EDITED), None), "Nick Brigandi: create in the folder"),
    "deleted by us: removed from the folder": (
        (link(), local(trashed=True), item()), "Nick Brigandi: remove from the folder"),
    "deleted by us, edited in the folder: the edit wins": (
        (link(), local(trashed=True), item(EDITED)),
        "Nick Brigandi: edited in the folder, bring back from the deleted items"),
    "deleted by us and gone from the deleted items, edited in the folder: taken in again": (
        (link(), None, item(EDITED)), "Nick Brigandi: new in the folder, take in as a business contact"),
    "deleted on both sides: forgotten": (
        (link(), local(trashed=True), None), "Nick Brigandi: forget the link"),
    "bc_4 left the filter: the copy is removed": (
        (link(), local(wanted=False), item()), "Nick Brigandi: remove from the folder"),
    "left the filter while edited in the folder: the edit is taken in first": (
        (link(), local(wanted=False), item(EDITED)),
        "Nick Brigandi: remove from the folder, after taking in what was edited there"),
    "left the filter and deleted in the folder: the record stays": (
        (link(), local(wanted=False), None), "Nick Brigandi: forget the link"),
    "bcm_22 the category was taken off the item: it is put back": (
        (link(), local(), item(flagged=False)), "Nick Brigandi: set the category"),
    "adopted, deleted by us: the item is given back, never deleted": (
        (link(origin=ADOPTED, before=NICK), local(trashed=True), item()),
        "Nick Brigandi: leave in the folder, no longer mirrored"),
    "adopted, left the filter: the item is given back": (
        (link(origin=ADOPTED, before=NICK), local(wanted=False), item()),
        "Nick Brigandi: leave in the folder, no longer mirrored"),
    "first meeting of two who match: joined": (
        (None, local(), item(flagged=False)), "Nick Brigandi: join with the contact found in the folder"),
    "first meeting of a plain contact with an item: the plain contact follows": (
        (None, local(plain=True), item()), "Nick Brigandi: keep, known in the folder"),
    "bcm_12 new in the folder: a plain contact": (
        (None, None, item(ANDREA)), "Andrea Dunker: new in the folder, take in as a plain contact"),
    "bc_16 new in the folder, valid ones are accepted": (
        (None, None, item(ANDREA)), "Andrea Dunker: new in the folder, take in as a business contact", ACCEPT),
    "bc_19 without an e-mail address it is not valid": (
        (None, None, item(NICK)), "Nick Brigandi: new in the folder, take in as a plain contact", ACCEPT),
    "bc_20 a firm is not valid": (
        (None, None, item(COMPANY)), "Contoso: new in the folder, take in as a plain contact", ACCEPT),
    "ami_17 new in the folder, all are added": (
        (None, None, item(NICK)), "Nick Brigandi: new in the folder, take in as a business contact", ADD),
    "new in the folder, ignored": (
        (None, None, item(ANDREA)), None, IGNORE),
    "bcm_58 an item of another book is plain under every rule": (
        (None, None, item(ANDREA, stamp=COPY)), "Andrea Dunker: new in the folder, take in as a plain contact", ADD),
    "foreign, edited in the folder: the plain contact follows": (
        (link(origin=FOREIGN), local(plain=True), item(EDITED)), "Nick Brigandi: follow the folder"),
    "foreign, edited on the phone: the item is never written to": (
        (link(origin=FOREIGN), local(EDITED, plain=True), item()), None),
    "foreign, gone from the folder: the plain contact goes too": (
        (link(origin=FOREIGN), local(plain=True), None),
        "Nick Brigandi: no longer in the mirrored folder, move the plain contact to the deleted items"),
    "foreign, gone from the folder, edited on the phone: the plain contact stays": (
        (link(origin=FOREIGN), local(EDITED, plain=True), None), "Nick Brigandi: forget the link"),
    "foreign, deleted on the phone: the item stays, and does not come back": (
        (link(origin=FOREIGN), local(plain=True, trashed=True), item()), None),
    "foreign, deleted on the phone and edited in the folder: still gone from the phone": (
        (link(origin=FOREIGN), local(plain=True, trashed=True), item(EDITED)), None),
    "foreign, edited on both sides: the item is right": (
        (link(origin=FOREIGN), local(replace(NICK, job_title="Boss"), plain=True), item(EDITED)),
        "Nick Brigandi: follow the folder (conflict in job_title)"),
    "bcm_45 foreign, promoted by moving: adopted": (
        (link(origin=FOREIGN), local(), item()), "Nick Brigandi: join with the contact found in the folder"),
    "bcm_44 the copy of a foreign one gets an item of its own": (
        (None, local(number=2), None), "Nick Brigandi: create in the folder"),
    "bcm_42 foreign, promoted to an account: left alone": (
        (link(origin=FOREIGN), local(wanted=False), item(EDITED)), None),
    "bcm_13 a plain contact of the phone is not sent": (
        (None, local(plain=True), None), None),
    "ami_13 export only: nothing is taken in": (
        (link(), local(), item(EDITED)), None, EXPORT_ONLY),
    "ami_14 export only: what is missing in the folder is created again": (
        (link(), local(), None), "Nick Brigandi: create in the folder", EXPORT_ONLY),
    "ami_1 import only: nothing is sent": (
        (link(), local(EDITED), item()), None, IMPORT_ONLY),
    "ami_1 import only: our deletion does not reach the folder": (
        (link(), local(trashed=True), item()), None, IMPORT_ONLY),
    "ami_16 both off: nothing at all": (
        (link(), local(EDITED), item(ANDREA)), None, Policy(imports=False, exports=False)),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_story(story):
    (remembered, ours, theirs), expected, *policy = STORIES[story]
    actions = list(plan([Pair(remembered, ours, theirs)], *policy or [Policy()]))
    assert [described(action) for action in actions] == ([expected] if expected else [])
