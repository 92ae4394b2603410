"""Import: what would be done is shown first, then done once, in the background."""

import re
import time

import pytest

from bridge.import_jobs import KEPT, Stage
from bridge.web.pages import imports
from storage_plugin.database.contacts import SqlContacts
from tests.web.forms import form
from tests.web.site import Answer, Browser, Site, contacts

OUTLOOK = "First Name,Last Name,E-mail Address\nAnna,Alt,a@x.example\nBen,Boll,b@x.example\n"
OTHER = "Voornaam;Wie;Achternaam;Mail;Leeg\nAnna;x;Alt;a@x.example;\nBen;y;Boll;b@x.example;\n"


def card(name: str) -> str:
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nN:{name};;;;\r\nEND:VCARD\r\n"


def names(site: Site) -> list[str]:
    return [each.contact.formatted_name for each in SqlContacts(site.house.database, 1).list()]


def settled(browser: Browser, answer: Answer) -> Answer:
    """Look again until nothing runs."""
    for _ in range(600):
        if 'hx-trigger="every 1s"' not in answer.text:
            return answer
        time.sleep(0.05)
        answer = browser.get(answer.url)
    raise AssertionError("the import does not end")


def look(browser: Browser, content: str | bytes, **more: object) -> Answer:
    body = content if isinstance(content, bytes) else content.encode()
    return settled(browser, browser.post("/import/upload", {"file": body, "changes": "yes", **more}))


def begin(browser: Browser, answer: Answer) -> Answer:
    return settled(browser, browser.post(f"{answer.url}/begin"))


def counts(answer: Answer) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", answer.text)}


def test_nothing_is_written_before_it_is_said_so(site: Site):
    boss = site.browser("boss")
    foreseen = look(boss, OUTLOOK)
    assert counts(foreseen) == {"New": 2, "Changed": 0, "Unchanged": 0, "Refused": 0}
    assert "Anna Alt" in foreseen.text and "Nothing has been written yet" in foreseen.text
    assert names(site) == []
    done = begin(boss, foreseen)
    assert "The import is done" in done.text and counts(done)["New"] == 2
    assert names(site) == ["Anna Alt", "Ben Boll"]


def test_a_reload_imports_nothing_twice(site: Site):
    boss = site.browser("boss")
    nameless = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoe\r\nN:Zoe;;;;\r\nEND:VCARD\r\n"
    foreseen = look(boss, nameless)
    for _ in range(3):
        assert begin(boss, foreseen).status == 200
    assert counts(begin(boss, look(boss, nameless))) == {"New": 0, "Changed": 0, "Unchanged": 1, "Refused": 0}
    assert names(site) == ["Zoe"]


def test_work_that_was_begun_is_not_begun_again(site: Site):
    boss = site.browser("boss")
    job = site.house.imports.get(1, look(boss, OUTLOOK).url.rpartition("/")[2])
    assert [site.house.imports.begin(job), site.house.imports.begin(job)] == [True, False]
    settled(boss, boss.get(f"/import/{job.key}"))
    assert site.house.imports.begin(job) is False


def test_AMI_9_known_records_change_only_if_that_is_wanted(site: Site):
    boss = site.browser("boss")
    begin(boss, look(boss, OUTLOOK))
    edited = "First Name,Last Name,E-mail Address,Job Title\nAnna,Alt,a@x.example,Chef\n"
    left = boss.post("/import/upload", {"file": edited.encode()})
    assert counts(settled(boss, left)) == {"New": 0, "Changed": 0, "Unchanged": 1, "Refused": 0}
    changed = look(boss, edited)
    assert counts(changed)["Changed"] == 1 and "line 2" in changed.text and "Anna Alt" in changed.text


def test_what_is_refused_is_listed_with_line_and_reason(site: Site):
    boss = site.browser("boss")
    foreseen = look(
        boss, "First Name,E-mail Address,Job Title\nAnna,a@x.example,\n,,Chef\n=1+1,x@x.example,,too,many\n"
    )
    assert counts(foreseen)["Refused"] == 2 and "there is no name" in foreseen.text
    answer = boss.get(f"{foreseen.url}/refused.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert [line.split(",")[:2] for line in lines] == [["Line", "Not taken"], ["3", "all of it"], ["4", "all of it"]]


def test_the_list_of_what_is_refused_holds_no_formula(site: Site):
    boss = site.browser("boss")
    nobody = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:=HYPERLINK(1)\r\nKIND:group\r\nMEMBER:urn:uuid:1\r\nEND:VCARD\r\n"
    foreseen = look(boss, nobody)
    assert counts(foreseen)["Refused"] == 1
    listed = boss.get(f"{foreseen.url}/refused.csv").content.decode("utf-8-sig")
    assert "HYPERLINK(1)" in listed and not any(cell.startswith("=") for cell in re.split(r'[,"\r\n]+', listed))


def test_AMI_20_the_columns_of_any_table_can_be_chosen(site: Site):
    boss = site.browser("boss")
    asked = look(boss, OTHER)
    guessed = re.findall(r'name="column(\d)">.*?(?:<option value="([^"]*)" selected>.*?)?</select>', asked.text, re.S)
    assert guessed == [("0", "First Name"), ("1", ""), ("2", "Last Name"), ("3", "E-mail Address"), ("4", "")]
    assert "a@x.example · b@x.example" in asked.text
    chosen = {"column0": "First Name", "column1": "Notes", "column2": "Last Name", "column3": "Business Phone"}
    foreseen = settled(boss, boss.post(f"{asked.url}/columns", chosen))
    begin(boss, foreseen)
    anna = next(each.contact for each in SqlContacts(site.house.database, 1).list())
    assert (anna.formatted_name, anna.note, anna.emails) == ("Anna Alt", "x", ())
    assert [phone.number for phone in anna.phones] == ["a@x.example"]


@pytest.mark.parametrize(
    "chosen",
    [{}, {"column0": "First Name", "column1": "First Name"}, {"column0": "No such column"}, {"column9": "Company"}],
)
def test_a_choice_that_makes_no_sense_is_refused(site: Site, chosen):
    boss = site.browser("boss")
    asked = look(boss, OTHER)
    assert boss.post(f"{asked.url}/columns", chosen).status == 409
    assert names(site) == []


@pytest.mark.parametrize("content", [b"\0\1\2", b"Hello", b"\n\n", "ÿþ".encode("latin-1")])
def test_a_file_that_holds_no_contacts_is_told_so(site: Site, content):
    answer = look(site.browser("boss"), content)
    assert answer.status == 200 and 'class="problem"' in answer.text
    assert names(site) == []


def test_no_file_is_refused(site: Site):
    boss = site.browser("boss")
    assert boss.post("/import/upload", {"type": "Business Contact"}).status == 409
    assert boss.post("/import/upload", {"file": b""}).status == 409


def test_what_the_columns_mean_can_be_changed_after_the_preview(site: Site):
    boss = site.browser("boss")
    asked = look(boss, "Voornaam;Achternaam;Geboortedatum\nKim;Ralls;1980-02-03\n")
    columns = f"{asked.url}/columns"
    chosen = form(asked.text, columns)
    assert chosen["column2"] == ["Birthday"]
    preview = settled(boss, boss.post(columns, {**chosen, "column2": ""}))
    (again,) = re.findall(r'href="(/import/\w+\?columns=yes)"', preview.text)
    filled = form(boss.get(again).text, columns)
    assert (filled["column0"], filled["column2"]) == (["First Name"], [""])
    begin(boss, settled(boss, boss.post(columns, {**filled, "column2": "Anniversary"})))
    assert [each.contact.anniversary for each in contacts(site).list()] == ["1980-02-03"]
    assert "columns=yes" not in boss.get(asked.url).text
    assert 'name="column0"' not in boss.get(again).text


def test_a_type_that_has_gone_meanwhile_is_told(site: Site):
    answer = look(site.browser("boss"), OUTLOOK, type="Gone")
    assert "there is no record type" in answer.text and names(site) == []


def test_an_import_is_shown_to_who_began_it_alone(site: Site):
    site.users.add("second", role="administrator")
    job = look(site.browser("boss"), OUTLOOK).url
    other = site.browser("second")
    for path in (job, f"{job}/refused.csv"):
        assert other.get(path).url == "/import"
    assert "No such import" in other.post(f"{job}/begin").text
    assert job not in other.get("/import").text and job in site.browser("boss").get("/import").text
    anna = site.browser("anna")
    assert [anna.get(path).status for path in ("/import", job, f"{job}/refused.csv")] == [404] * 3
    assert names(site) == []


def test_few_imports_are_remembered(site: Site):
    boss = site.browser("boss")
    for number in range(KEPT + 2):
        look(boss, card(f"N{number}"))
    jobs = site.house.imports.of(1)
    assert len(jobs) == KEPT and all(job.stage is Stage.PREVIEWED for job in jobs)


def test_long_lists_are_cut_and_say_so(site: Site, monkeypatch):
    monkeypatch.setattr(imports, "SHOWN", 2)
    text = look(site.browser("boss"), "".join(card(f"N{number}") for number in range(5))).text
    assert "N1" in text and "N2" not in text and "and 3 more" in text
