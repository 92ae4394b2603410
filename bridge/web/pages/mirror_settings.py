"""Starting a mirror and changing its settings: choose the folder, fill in the dialog, look at the plan, go on.

Nothing is switched on before somebody has seen what would be done and said yes. Secrets are never shown again.
"""

from __future__ import annotations

from bridge.mirroring.checking import check as check_connection
from bridge.mirroring.checking import check_new
from bridge.mirroring.choosing import offered
from bridge.mirroring.connecting import sign_in
from bridge.mirroring.setting_up import Secrets
from bridge.mirroring.settings import MirrorSettings, WrongMirrorSettings, mirror_settings
from bridge.mirroring.work import Work
from bridge.targets.graph.sign_in import DeviceCode
from bridge.web.answers import Answer, Page
from bridge.web.mirror_form import choices, form_of, place_fields, rule_labels, settings_of
from bridge.web.mirror_words import refuse_unless_runnable, state_said
from bridge.web.mirror_work import begin, own_mirror
from bridge.web.own_view import filter_page
from bridge.web.routes import Route
from bridge.web.visit import Form, Visit
from storage_plugin.database.mirrors import State
from storage_plugin.model.book import Refused


def start(visit: Visit) -> Answer:
    """Offer the kinds of folders there are (BCM-20, BCM-21), then the dialog of the one that was chosen."""
    _refuse_unless_off(visit)
    kinds = _offered(visit)
    kind = visit.query.get("kind")
    if asked := _asked(visit):
        return _dialog(visit, asked.place.kind, form_of(asked))
    if kind not in kinds:
        return Page("mirror_kinds.html", {"kinds": kinds, "is_change": False})
    return _dialog(visit, kind, form_of(None))


def change(visit: Visit) -> Answer:
    """Show what is set (BCM-35), or the dialog of another kind of folder (BCM-33)."""
    present = _present(visit)
    kinds, kind = _offered(visit), visit.query.get("kind")
    if asked := _asked(visit):
        return _dialog(visit, asked.place.kind, form_of(asked), present)
    if visit.query.has("other"):
        return Page("mirror_kinds.html", {"kinds": kinds, "is_change": True})
    if kind in kinds and kind != present.place.kind:
        fresh = form_of(present).fields.items()
        rules = Form({name: value for name, value in fresh if not name.startswith("place.")})
        return _dialog(visit, kind, rules, present)
    return _dialog(visit, present.place.kind, form_of(present), present)


def try_start(visit: Visit) -> Answer:
    """Check the connection (BC-9) and plan the first run; nothing is switched on."""
    _refuse_unless_off(visit)
    kind = visit.form.get("kind")
    if kind not in _offered(visit):
        raise Refused(visit._("This kind of folder is not offered here."))
    try:
        settings = settings_of(visit, kind)
    except WrongMirrorSettings as wrong:
        return _dialog(visit, kind, visit.form, problem=_wrong(visit, kind, wrong))
    secret = _secret(visit, settings)
    if settings.secret and not secret:
        return _dialog(visit, kind, visit.form, problem=visit._("Enter the password or secret, too."))
    office, user = visit.house.office, visit.who.user

    async def do(work: Work) -> None:
        secrets = await _signed_in(settings, secret, work)
        await check_new(settings, secrets, work.steps.append)
        report = await office.plan_start(user, settings, secrets)
        work.plan, work.settings, work.secrets = report.plan, settings, secrets

    return begin(visit, Work("start plan", asked=settings), do)


def try_change(visit: Visit) -> Answer:
    """Check what is new in the settings, and plan what they would do; nothing is changed yet."""
    present, kind = _present(visit), visit.form.get("kind")
    try:
        settings = settings_of(visit, kind)
    except WrongMirrorSettings as wrong:
        return _dialog(visit, kind, visit.form, present, problem=_wrong(visit, kind, wrong))
    if settings.place != present.place and kind not in _offered(visit):
        raise Refused(visit._("This kind of folder is not offered here."))
    secret = _secret(visit, settings)
    is_new = bool(secret) or visit.form.has("sign_in") or settings.needs_other_secrets(present)
    if is_new and settings.secret and not secret:
        return _dialog(visit, kind, visit.form, present, problem=visit._("Enter the password or secret, too."))
    office, user = visit.house.office, visit.who.user

    async def do(work: Work) -> None:
        secrets = await _signed_in(settings, secret, work) if is_new else None
        if secrets is not None or settings.place != present.place:
            kept = office.secrets(user) if secrets is None else secrets
            await check_new(settings, kept, work.steps.append)
        report = await office.plan_change(user, settings, secrets)
        work.plan, work.settings, work.secrets = report.plan, settings, secrets
        work.names = report.question.names if report.question else ()

    return begin(visit, Work("change plan", asked=settings), do)


def confirm(visit: Visit) -> Answer:
    """Do what the plan that the visitor has seen says: start, or change."""
    seen = visit.house.background.of(visit.who.user_id)
    if seen is None or not seen.is_over or seen.settings is None or seen.key != visit.form.get("key"):
        raise Refused(visit._("This plan is out of date: fill in the settings again."))
    settings, secrets, office, user = seen.settings, seen.secrets, visit.house.office, visit.who.user
    is_start = seen.what == "start plan"

    async def do(work: Work) -> None:
        if is_start:
            work.reports = (await office.start(user, settings, secrets or {}),)
        else:
            work.reports = await office.change(user, settings, secrets)

    return begin(visit, Work("start" if is_start else "change"), do)


def check(visit: Visit) -> Answer:
    """Check the connection of the mirror there is, step by step (BC-8, BC-9)."""
    mirror = refuse_unless_runnable(visit, own_mirror(visit))
    runner = visit.house.office.runner

    async def do(work: Work) -> None:
        await check_connection(runner, mirror, work.steps.append)

    return begin(visit, Work("check"), do)


async def _signed_in(settings: MirrorSettings, secret: str, work: Work) -> Secrets:
    """Give what is to be kept encrypted; a person is shown a code, and signs in elsewhere."""
    if settings.secret is not None:
        return {settings.secret: secret}

    def show(code: DeviceCode) -> None:
        work.code = code

    try:
        return await sign_in(settings, show)
    finally:
        work.code = None


def _dialog(visit: Visit, kind: str, form: Form, present: MirrorSettings | None = None, *, problem: str = "") -> Page:
    shows = {
        "kind": kind,
        "what": _offered(visit).get(kind, ""),
        "fields": place_fields(visit, kind),
        "form": form,
        "choices": choices(visit),
        "is_change": present is not None,
        "problem": problem,
        "filter_page": filter_page(visit),
    }
    return Page("mirror_settings.html", shows, 422 if problem else 200)


def _wrong(visit: Visit, kind: str, wrong: WrongMirrorSettings) -> str:
    """Say what is wrong with a field, under the name that it has in the dialog."""
    name, colon, rest = str(wrong).partition(": ")
    labels = {field.name: field.label for field in place_fields(visit, kind)} | rule_labels(visit)
    if colon and name in labels:
        return f"{labels[name]}: {visit.sentence(rest)}"
    return visit.sentence(str(wrong))


def _offered(visit: Visit) -> dict[str, str]:
    allowed = visit.house.settings.mirror_targets
    return dict(offered(allowed, is_administrator=visit.who.is_administrator))


def _asked(visit: Visit) -> MirrorSettings | None:
    """Give what was filled in before, for whoever comes back to it from the check or the plan; never a secret."""
    seen = visit.house.background.of(visit.who.user_id)
    return seen.asked if seen and seen.key == visit.query.get("again") else None


def _secret(visit: Visit, settings: MirrorSettings) -> str:
    """Give the secret that was entered; blanks at its ends belong to it."""
    values = visit.form.fields.get("secret", ())
    return values[0] if settings.secret and values else ""


def _present(visit: Visit) -> MirrorSettings:
    return mirror_settings(refuse_unless_runnable(visit, own_mirror(visit)).settings)


def _refuse_unless_off(visit: Visit) -> None:
    mirror = own_mirror(visit)
    if mirror is not None and mirror.state is not State.STOPPED:
        cure = visit._("Change its settings instead.")
        raise Refused(f"{state_said(visit, mirror)} {cure}")


ROUTES = [
    Route("GET", "/mirror/start", start),
    Route("POST", "/mirror/start", try_start),
    Route("GET", "/mirror/change", change),
    Route("POST", "/mirror/change", try_change),
    Route("POST", "/mirror/confirm", confirm),
    Route("POST", "/mirror/check", check),
]
