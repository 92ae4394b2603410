"""Plans of single pairs, looked at from both sides, and the guard."""

from dataclasses import replace

from bridge.sync.actions import Ask, Create, Pair, Remember, Remove, Revive, Trash, Update
from bridge.sync.merge import FieldConflict
from bridge.sync.outcome import link_after
from bridge.sync.plan import guard, plan
from bridge.sync.policy import Mode, Policy, Winner
from storage_plugin.model.mirror import Origin, Side
from tests.unit.sync.builders import EDITED, NICK, item, link, local

OTHERWISE = replace(NICK, job_title="Boss", note="tea")


def test_swapping_the_sides_mirrors_the_plan():
    """A table is enough: presence and edits on both sides, the other way round."""
    states = {"same": NICK, "edited": EDITED, "otherwise": OTHERWISE, "gone": None}
    for mine, ours in states.items():
        for other, theirs in states.items():
            for winner in Winner.MASTER, Winner.REMOTE:
                assert effects(ours, theirs, winner) == mirrored(effects(theirs, ours, swapped(winner))), (
                    mine,
                    other,
                )


def swapped(winner):
    return Winner.REMOTE if winner is Winner.MASTER else Winner.MASTER


def effects(ours, theirs, winner):
    """What a linked pair comes to: a view (or None) on each side, and the conflicts."""
    mine = local(ours) if ours else local(trashed=True)
    pair = Pair(link(), mine, item(theirs) if theirs else None)
    views = {"ours": ours, "theirs": theirs}
    for action in plan([pair], Policy(winner=winner)):
        match action:
            case Update():
                views = {"ours": action.ours or ours, "theirs": action.theirs or theirs}
            case Revive():
                views = {"ours": action.ours, "theirs": action.theirs or theirs}
            case Create():
                views = {"ours": ours, "theirs": action.view}
            case Trash():
                views = {"ours": None, "theirs": theirs}
            case Remove():
                views = {"ours": ours, "theirs": None}
    return views


def mirrored(views):
    return {"ours": views["theirs"], "theirs": views["ours"]}


# --- the guard -------------------------------------------------------------------------------------------------


def gone(count):
    return [Pair(link(number=n), local(number=n), None) for n in range(1, count + 1)]


def deleted(count):
    return [Pair(link(number=n), local(number=n, trashed=True), item()) for n in range(1, count + 1)]


def asked(pairs, linked=20):
    return guard(plan(pairs, Policy()), linked, Policy())


def test_ten_deletions_need_no_word():
    assert asked(gone(10)) is None
    assert asked(deleted(10)) is None


def test_each_side_counts_by_itself():
    assert asked(gone(10) + deleted(10)) is None


def test_more_than_ten_deletions_on_a_side_stop_the_run_and_ask():
    assert (asked(gone(11)).ours, asked(gone(11)).theirs) == (11, 0)
    assert (asked(deleted(11)).ours, asked(deleted(11)).theirs) == (0, 11)
    assert "11 contacts would go to the deleted items" in str(asked(gone(11)))


def test_a_fifth_of_a_large_mirror_needs_no_word():
    assert asked(gone(200), linked=1000) is None
    assert asked(gone(201), linked=1000).names[0] == "Nick Brigandi"


def test_plain_contacts_that_go_with_their_items_count():
    pairs = [Pair(link(origin=Origin.FOREIGN, number=n), local(number=n, plain=True), None) for n in range(1, 12)]
    assert asked(pairs).ours == 11


# --- single options --------------------------------------------------------------------------------------------


def only(pair, policy=None):
    (action,) = plan([pair], policy or Policy())
    return action


def test_ami_20_a_field_to_keep_is_never_written():
    policy = Policy(modes={"job_title": Mode.KEEP})
    assert only(Pair(ours=local(EDITED)), policy).view == NICK
    kept = Pair(link(), local(EDITED), item(version="v2"))
    assert only(kept, policy) == Remember(kept)
    assert only(Pair(link(), local(), item(EDITED)), policy).ours == EDITED


def test_a_field_is_written_if_empty():
    policy = Policy(modes={"job_title": Mode.WRITE_IF_EMPTY})
    assert only(Pair(link(), local(EDITED), item()), policy).theirs == EDITED
    full = Pair(link(OTHERWISE), local(replace(OTHERWISE, job_title="Buyer")), item(OTHERWISE))
    assert only(full, policy) == Remember(full)


def test_bcm_22_without_the_category_none_is_set_and_ours_is_taken_off():
    policy = Policy(flag=None)
    assert not only(Pair(ours=local()), policy).flagged
    assert not only(Pair(link(), local(), item()), policy).flagged
    assert list(plan([Pair(link(flagged=False), local(), item())], policy)) == []  # its owner set it


def test_ami_8_import_only_stamps_and_writes_nothing_else():
    action = only(Pair(None, local(NICK), item(EDITED, flagged=False)), Policy(exports=False))
    assert (action.ours, action.theirs, action.flagged, action.photo) == (EDITED, None, False, None)


def test_two_who_meet_keep_their_pictures():
    assert only(Pair(None, local(photo="p"), item(photo="q"))).photo is None
    assert only(Pair(None, local(photo="p"), item(photo=""))).photo is Side.THEIRS
    assert only(Pair(None, local(photo=""), item(photo="q"))).photo is Side.OURS


def test_what_waits_for_a_switch_crosses_when_it_is_on():
    pair = Pair(link(), local(), item(replace(NICK, note="tea"), version="v2"))
    off = only(pair, Policy(imports=False))
    assert off == Remember(pair, frozenset({"note"}))
    remembered = link_after(off, pair.ours, pair.theirs)
    assert list(plan([replace(pair, link=remembered)], Policy(imports=False))) == []
    assert only(replace(pair, link=remembered)).ours == replace(NICK, note="tea")


def test_last_change_wins_by_the_clock_and_the_book_where_clocks_do_not_tell():
    policy = Policy(winner=Winner.LAST_CHANGE)
    for ours, theirs, title in [("2026-01-01T10:00:00Z", "2026-01-01T10:00:00.5Z", "Boss"),
                                ("2026-01-02T00:00:00Z", "2026-01-01T10:00:00Z", "Buyer"),
                                ("2026-01-02T00:00:00Z", "", "Buyer")]:  # fmt: skip
        pair = Pair(
            link(), local(EDITED, modified_at=ours), item(replace(NICK, job_title="Boss"), modified_at=theirs)
        )
        action = only(pair, policy)
        assert (action.ours or pair.ours.view).job_title == title
        assert action.conflicts == (FieldConflict("job_title", "Buyer", "Boss", action.conflicts[0].taken),)


def test_an_open_question_leaves_both_sides_and_is_asked_once():
    pair = Pair(link(), local(EDITED), item(replace(NICK, job_title="Boss")))
    action = only(pair, Policy(winner=Winner.ASK))
    assert isinstance(action, Ask)
    assert (
        list(plan([replace(pair, link=link_after(action, pair.ours, pair.theirs))], Policy(winner=Winner.ASK))) == []
    )
