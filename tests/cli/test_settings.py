"""The settings file explains itself, is checked, and is the same everywhere."""

from pathlib import Path

import pytest
import yaml

from bridge import app
from bridge.place import Place
from bridge.settings import Settings, WrongSettings, commented, read

ROOT = Path(__file__).resolve().parents[2]


def test_the_file_in_config_holds_the_defaults():
    assert (ROOT / "config" / "contact-bridge.yaml").read_text("utf-8") == commented()


def test_what_is_written_is_read():
    settings = Settings(database="postgresql://ä@db/x", host="::", workers=4)
    assert Settings.model_validate(yaml.safe_load(commented(settings))) == settings


def test_a_missing_and_an_empty_file_mean_the_defaults(tmp_path):
    assert read(tmp_path / "none.yaml") == Settings()
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert read(tmp_path / "empty.yaml") == Settings()


@pytest.mark.parametrize("text", ["prot: 1", "port: many", "port: 70000", "- 1", "port: [", "workers: 0"])
def test_a_wrong_file_is_told_by_name(tmp_path, text):
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(WrongSettings, match=r"wrong\.yaml"):
        read(file)


def test_workers_are_told_what_is_set(tmp_path):
    told = app._environment(Place(tmp_path), Settings(vcard4=True, radicale="radicale.ini"))
    assert told["CONTACT_BRIDGE_DATABASE"] == f"sqlite:///{tmp_path}/contacts.sqlite"
    assert told["CONTACT_BRIDGE_VCARD4"] == "1"
    assert told["RADICALE_CONFIG"] == f"{tmp_path}/radicale.ini"
    assert "CONTACT_BRIDGE_VCARD4" not in app._environment(Place(tmp_path), Settings())
