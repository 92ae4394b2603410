"""Find what the page says, and keep the catalogues in step: ``make translations``.

There are two for each language. ``locale/nl/LC_MESSAGES/messages.po`` holds the texts of the page itself: what is
given to ``_``, ``gettext``, ``ngettext``, ``said``, ``counted`` or ``N_`` as a literal in ``bridge/web``;
``sentences.po`` the sentences of the code below (``collecting``). A catalogue gets the new texts untranslated, and
what resembles an old one as *fuzzy*; a test fails until somebody has translated them. A language that
``languages.NAMES`` names anew gets its catalogues.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from bridge.web import collecting
from bridge.web.languages import FOLDER, NAMES, WRITTEN_IN, read

SOURCES = Path(__file__).parent
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_KEYWORDS = {"_": None, "gettext": None, "said": None, "N_": None, "ngettext": (1, 2), "counted": (1, 2)}


def texts() -> Catalog:
    """Collect every text of the code and the templates."""
    found = Catalog(project="Contact Bridge", charset="utf-8", fuzzy=False)
    for _, _, said, comments, _ in extract_from_dir(SOURCES, _METHODS, keywords=_KEYWORDS, comment_tags=("i18n:",)):
        found.add(said, auto_comments=comments)
    return found


def sentences() -> Catalog:
    """Collect every sentence of the code below the page."""
    found = Catalog(project="Contact Bridge", charset="utf-8", fuzzy=False)
    for text in collecting.sentences():
        found.add(text)
    return found


CATALOGUES = {"messages": texts, "sentences": sentences}
"""The catalogues of each language, and who collects their texts."""


def files(name: str) -> Iterator[tuple[str, Path]]:
    """Give the language and the file of each catalogue of this name."""
    for code in NAMES:
        if code != WRITTEN_IN:
            yield code, FOLDER / code / "LC_MESSAGES" / f"{name}.po"


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
    for name, collect in CATALOGUES.items():
        found = collect()
        for code, file in files(name):
            catalogue = read(file, code)
            catalogue.update(found)
            write(catalogue, file)
            left = len(missing(catalogue))
            print(f"{NAMES[code]}: {len(catalogue)} texts, {left} to be translated in {file}.")


def missing(catalogue: Catalog) -> list[Message]:
    """Give the texts that are not translated, in singular and plural, or may be translated wrongly."""
    return [each for each in catalogue if each.id and (each.fuzzy or not _is_said(each))]


def _is_said(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


if __name__ == "__main__":
    main()
