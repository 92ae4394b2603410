"""The pages of the mailbox as HTML, for a browser of any width, without scripts; pure. What is shown is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from bridge.simulators.graph.outlook_form import FIELDS, Field, Form

ROOT = "/outlook"
STYLE = """
:root { color-scheme: light dark; --line: #8884; --mark: #0f6cbd; }
* { box-sizing: border-box; }
body { font: 1rem/1.4 "Segoe UI", system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 0 1rem 3rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; padding: 1rem 0; }
header h1 { font-size: 1.25rem; margin: 0 auto 0 0; }
header p { flex-basis: 100%; margin: 0; opacity: .7; font-size: .875rem; }
a { color: var(--mark); }
a, button, input, textarea { border-radius: .25rem; }
form.search { display: flex; gap: .5rem; margin-bottom: 1rem; }
form.search input { flex: 1; min-width: 0; }
input, textarea, button, .button { font: inherit; padding: .5rem .75rem; border: 1px solid var(--line); }
input, textarea { width: 100%; background: transparent; color: inherit; }
button, .button { background: var(--mark); color: #fff; text-decoration: none; cursor: pointer; white-space: nowrap; }
button.delete { background: transparent; color: #c50f1f; border-color: currentColor; }
ul.people { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
ul.people > li { border-bottom: 1px solid var(--line); }
ul.people a, ul.people .gone { display: grid; grid-template-columns: 2.5rem 1fr; gap: 0 .75rem; padding: .5rem 0;
  color: inherit; text-decoration: none; }
.face { grid-row: span 2; width: 2.5rem; height: 2.5rem; border-radius: 50%; background: var(--line);
  display: grid; place-items: center; object-fit: cover; }
.people small { overflow-wrap: anywhere; opacity: .75; }
.category { background: #ffb900; color: #000; border-radius: 1rem; padding: 0 .5rem; font-size: .75rem;
  margin-left: .5rem; white-space: nowrap; }
form.contact { display: grid; gap: .75rem; }
form.contact label { display: grid; gap: .125rem; font-size: .875rem; }
form.contact .buttons { display: flex; gap: .75rem; }
.said { border-left: .25rem solid #c50f1f; padding: .5rem .75rem; }
@media (min-width: 40rem) { form.contact { grid-template-columns: 1fr 1fr; }
  form.contact .wide { grid-column: 1 / -1; } }
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A contact in the list; ``details`` are company, first e-mail address and first number, as far as there are."""

    key: int
    name: str
    details: tuple[str, ...]
    categories: tuple[str, ...]
    has_photo: bool


def listing(owner: str, rows: Iterable[Row], wanted: str) -> str:
    """Write the folder Contacts."""
    people = "".join(f'<li><a href="{ROOT}/contacts/{row.key}">{_person(row)}</a></li>' for row in rows)
    search = (
        f'<form class="search" action="{ROOT}/"><input name="q" type="search" value="{escape(wanted)}" '
        f'placeholder="Search contacts" aria-label="Search contacts"><button>Search</button></form>'
    )
    links = f'<a href="{ROOT}/deleted">Deleted Items</a><a class="button" href="{ROOT}/new">New contact</a>'
    return _page("Contacts", owner, links, f'{search}<ul class="people">{people or _nobody(wanted)}</ul>')


def deleted(owner: str, rows: Iterable[Row]) -> str:
    """Write the deleted items."""
    people = "".join(f'<li><div class="gone">{_person(row)}</div></li>' for row in rows)
    return _page("Deleted Items", owner, _BACK, f'<ul class="people">{people or _nobody("")}</ul>')


def editing(owner: str, title: str, form: Form, hidden: Mapping[str, str], said: str = "", key: int = 0) -> str:
    """Write the form of a contact: of a new one, or of that with the ``key``; ``said`` is why it was not taken."""
    action = f"{ROOT}/contacts/{key}" if key else f"{ROOT}/new"
    fields = "".join(_field(field, form.get(field.name, "")) for field in FIELDS)
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    delete = '<button class="delete" name="delete" value="1" formnovalidate>Delete</button>' if key else ""
    note = f'<p class="said" role="alert">{escape(said)}</p>' if said else ""
    body = (
        f'{note}<form class="contact" method="post" action="{action}">{kept}{fields}'
        f'<div class="buttons wide"><button>Save</button>{delete}</div></form>'
    )
    return _page(title, owner, _BACK, body)


def refusal(owner: str, said: str) -> str:
    """Write a page that says why something is not there, or was not done."""
    return _page("Contacts", owner, _BACK, f'<p class="said" role="alert">{escape(said)}</p>')


_BACK = f'<a href="{ROOT}/">All contacts</a>'


def _page(title: str, owner: str, links: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{ROOT}/style.css"></head><body>'
        f"<header><h1>{escape(title)}</h1>{links}<p>The mailbox of {escape(owner)}: a simulator of Microsoft's, "
        f"on this machine.</p></header><main>{body}</main></body></html>"
    )


def _person(row: Row) -> str:
    face = f'<img class="face" alt="" loading="lazy" src="{ROOT}/contacts/{row.key}/photo">'
    if not row.has_photo:
        face = f'<span class="face" aria-hidden="true">{escape(row.name[:1])}</span>'
    chips = "".join(f'<span class="category">{escape(name)}</span>' for name in row.categories)
    details = escape(" · ".join(row.details)) or "&nbsp;"
    return f"{face}<span><strong>{escape(row.name)}</strong>{chips}</span><small>{details}</small>"


def _field(field: Field, value: str) -> str:
    name, label = escape(field.name), escape(field.label)
    if field.kind == "textarea":
        # A browser drops the first line break.
        return f'<label class="wide">{label}<textarea name="{name}" rows="4">\n{escape(value)}</textarea></label>'
    kind = "text" if field.kind == "email" else field.kind  # a browser would refuse addresses that Outlook takes
    return f'<label>{label}<input type="{kind}" name="{name}" value="{escape(value)}"></label>'


def _nobody(wanted: str) -> str:
    return f"<li>Nobody is found with “{escape(wanted)}”.</li>" if wanted else "<li>Nobody.</li>"
