"""Names sorted as people of a language expect it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage_plugin.model.contact import Contact
from storage_plugin.model.sorting import LONGEST, listed_name, sort_keys


def ordered(names, order):
    return sorted(names, key=lambda name: getattr(sort_keys(name), order))


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("folded", ["Abel", "Äbel a", "Åbo", "Ærø", "Élan", "Elba", "Øst", "Ost a", "Strasse", "Zoë", "Zürich"]),
        ("folded", ["de Vries", "Devries", "O'Brien", "OBrien b", "van den Berg", "Vanden"]),
        ("german", ["Ad", "Ädler", "Af", "Goethe", "Göthf", "Muddel", "Müller", "Mufti", "Straße", "Strassf"]),
        ("nordic", ["Bye", "Byé a", "Süb", "Sz", "Zoo", "Ægir", "Äh", "Ørsted", "Östberg", "Åberg", "Aalborg"]),
        ("nordic", ["Larsen", "Lærke", "Løve", "Laas c", "Låsby"]),
        ("folded", ["3M", "Ab", "Z", "Ромашка", "山田"]),
    ],
)
def test_names_are_in_the_order_of_the_language(order, names):
    assert ordered(reversed(names), order) == names


@pytest.mark.parametrize(("text", "key"), [("Anna", "anna"), ("  ANNA ", "anna"), ("A\u0308nna", "aenna")])
def test_case_blanks_and_the_way_a_letter_is_made_up_do_not_count(text, key):
    assert sort_keys(text).german == key


def test_a_name_of_signs_alone_has_a_key():
    assert sort_keys("***") == ("***", "***", "***")
    assert sort_keys("★ ★").folded


@given(st.text())
def test_any_text_has_keys_and_they_are_short(text):
    keys = sort_keys(text)
    assert all(len(key) <= LONGEST * 2 for key in keys)
    assert keys == sort_keys(f" {text} ") or not text.strip()


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        (Contact("Dr. Anna Abel", given_name="Anna", family_name="Abel"), "Abel, Anna"),
        (Contact("Anna Maria Abel", given_name="Anna", middle_name="Maria", family_name="Abel"), "Abel, Anna Maria"),
        (Contact("Abel", family_name="Abel"), "Abel"),
        (Contact("Anna"), "Anna"),
        (Contact("Contoso", company="Contoso", is_company=True, family_name="Contoso"), "Contoso"),
        (Contact("Anna Abel", given_name="Anna", family_name="Abel", file_as="The boss"), "The boss"),
        (Contact(company="Contoso"), "Contoso"),
    ],
)
def test_a_list_shows_the_family_name_first(who, shown):
    assert listed_name(who) == shown
