"""Find the texts of the page in code and templates, and keep the catalogues in step: ``make translations``.

A text is what is given to ``_``, ``gettext``, ``ngettext``, ``said``, ``counted`` or ``N_`` as a literal. A catalogue
(``locale/nl/LC_MESSAGES/messages.po``) gets the new texts untranslated, and what resembles an old one as *fuzzy*;
a test fails until somebody has translated them. A language that ``languages.NAMES`` names anew gets a catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bridge.web.languages import FOLDER, NAMES

SOURCES = Path(__file__).parent
WRITTEN_IN = "en"
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_KEYWORDS = {"_": None, "gettext": None, "said": None, "N_": None, "ngettext": (1, 2), "counted": (1, 2)}


def texts() -> Catalog:
    """Collect every text of the code and the templates."""
    found = Catalog(project="Contact Bridge", charset="utf-8", fuzzy=False)
    for _, _, said, comments, _ in extract_from_dir(SOURCES, _METHODS, keywords=_KEYWORDS, comment_tags=("i18n:",)):
        found.add(said, auto_comments=comments)
    return found


def files() -> Iterator[tuple[str, Path]]:
    """Give the language and the file of each catalogue."""
    for code in NAMES:
        if code != WRITTEN_IN:
            yield code, FOLDER / code / "LC_MESSAGES" / "messages.po"


def read(code: str, file: Path) -> Catalog:
    """Read a catalogue; an empty one where there is none yet."""
    if not file.exists():
        return Catalog(locale=code, project="Contact Bridge", charset="utf-8", fuzzy=False)
    with file.open("rb") as raw:
        return read_po(raw, locale=code, abort_invalid=True)


def write(catalogue: Catalog, file: Path) -> None:
    """Write a catalogue in the order of its texts, so that two people's changes seldom meet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    said = {"Language": catalogue.locale_identifier, "Plural-Forms": catalogue.plural_forms}
    said |= {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
    with file.open("wb") as raw:
        raw.write(b'msgid ""\nmsgstr ""\n')
        raw.write("".join(f'"{name}: {value}\\n"\n' for name, value in said.items()).encode() + b"\n")
        write_po(
            raw, catalogue, width=118, omit_header=True, no_location=True, sort_output=True, ignore_obsolete=True
        )


def main() -> None:
    """Bring each catalogue in step, and say how many texts are to be translated."""
    found = texts()
    for code, file in files():
        catalogue = read(code, file)
        catalogue.update(found)
        write(catalogue, file)
        print(f"{NAMES[code]}: {len(catalogue)} texts, {len(missing(catalogue))} to be translated in {file}.")


def missing(catalogue: Catalog) -> list[Message]:
    """Give the texts that are not translated, in singular and plural, or may be translated wrongly."""
    return [each for each in catalogue if each.id and (each.fuzzy or not _is_said(each))]


def _is_said(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


if __name__ == "__main__":
    main()
