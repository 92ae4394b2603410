"""What the pages call what a mirror is and does; the engine's own words are for programs and logs."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.mirroring.places import KINDS
from bridge.web.visit import Visit
from storage_plugin.database.mirrors import Mirror, State
from storage_plugin.database.runs import Outcome
from storage_plugin.model.book import Refused


def state_said(visit: Visit, mirror: Mirror | State | None) -> str:
    """Say how a mirror stands."""
    match mirror.state if isinstance(mirror, Mirror) else mirror or State.STOPPED:
        case State.STOPPED:
            return visit._("The synchronization is off.")
        case State.ON:
            return visit._("The synchronization is on.")
        case State.ASKING:
            return visit._("The synchronization waits for your word.")
        case State.FAILED:
            return visit._("The synchronization does not work until somebody acts.")
        case State.STOPPING:
            return visit._("The synchronization is not stopped to the end: stop it again.")
        case State.UNDOING:
            return visit._("A run is not taken back to the end: take it back again.")
        case State.SWITCHING:
            return visit._("The switch to another database has not ended: switch again.")


def refuse_unless_runnable(visit: Visit, mirror: Mirror | None) -> Mirror:
    """Give a mirror that may be run; raise Refused with what is to be done first."""
    resting = (State.STOPPED, State.STOPPING, State.UNDOING, State.SWITCHING)
    if mirror is None or mirror.state in resting:
        raise Refused(state_said(visit, mirror))
    return mirror


def outcome_said(visit: Visit, outcome: Outcome | None) -> str:
    """Say how a run ended."""
    match outcome:
        case None:
            return visit._("under way")
        case Outcome.DONE:
            return visit._("done")
        case Outcome.PARTLY:
            return visit._("done in part")
        case Outcome.ASKING:
            return visit._("asked before doing anything")
        case Outcome.FAILED:
            return visit._("failed")
        case Outcome.BROKEN_OFF:
            return visit._("broken off")


def folder_said(visit: Visit, target: str) -> str:
    """Say what kind of folder a mirror keeps."""
    return visit.sentence(KINDS.get(target, target))


def kind_said(visit: Visit, kind: str) -> str:
    """Name a kind of run."""
    word, _, number = kind.partition(" ")
    names = {
        "incremental": visit._("Synchronization"),
        "full": visit._("Full synchronization"),
        "stop": visit._("Stop"),
        "switch": visit._("Switch of the database"),
        "cleanup": visit._("Clean-up"),
        "clean-up": visit._("Clean-up"),
    }
    if word == "undo":
        return visit._("Run %(number)s taken back", number=number)
    return names.get(kind, kind)


def deed_said(visit: Visit, action: str) -> str:
    """Name what was done to a contact; a word that is not known is given as it is."""
    names = {
        "create": visit._("created in the folder"),
        "adopt": visit._("joined with a contact of the folder"),
        "update": visit._("updated"),
        "ask": visit._("waits for a decision"),
        "remember": visit._("the same on both sides"),
        "remove": visit._("removed from the folder"),
        "unmark": visit._("left in the folder"),
        "trash": visit._("moved to the deleted items"),
        "revive": visit._("brought back from the deleted items"),
        "takein": visit._("taken in from the folder"),
        "refresh": visit._("followed the folder"),
        "drop": visit._("plain contact moved to the deleted items"),
        "forget": visit._("forgotten"),
        "keep": visit._("kept in the folder"),
        "handover": visit._("handed over to the other database"),
        "hand over": visit._("handed over to the other database"),
        "taken back": visit._("taken back"),
        "left": visit._("left as it is"),
        "failed": visit._("failed"),
        "purged": visit._("removed for good"),
        "planned": visit._("planned"),
        "recovered": visit._("found again after a run that was broken off"),
    }
    return names.get(action, action)


def counts_said(visit: Visit, counts: Mapping[str, int]) -> str:
    """Say how often each thing was done in a run."""
    number = visit.language.number
    return ", ".join(f"{number(count)} {deed_said(visit, name)}" for name, count in sorted(counts.items()))
