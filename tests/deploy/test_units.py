"""What deploy/ says to systemd and to containers: no root, nothing writable but the data, secrets as files."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bridge.place import PASSWORD_CREDENTIAL, Place
from bridge.settings import WrongSettings, read
from storage_plugin.dav.forwarded import is_in, networks
from tests.deploy.proxies import DEPLOY

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
PROGRAM = "/opt/contact-bridge/bin/contact-bridge"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()


def systemd_analyze(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    assert program, "the tests need systemd-analyze (Debian: apt-get install systemd)"
    line = [program, *arguments]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, env={**os.environ, "NO_COLOR": "1"})


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they are where the program is."""
    program = tmp_path / "contact-bridge"
    program.write_text(f"#!{sys.executable}\n")
    program.chmod(0o755)
    for unit in (*UNITS, *TIMERS):
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, str(program)))
    return tmp_path


def test_systemd_understands_every_unit(installed: Path):
    names = [unit.name.replace("@.", "@Mon.") for unit in (*UNITS, *TIMERS)]
    for unit in installed.glob("*@.*"):
        shutil.copy(unit, unit.with_name(unit.name.replace("@.", "@Mon.")))
    found = systemd_analyze("verify", "--man=no", *names, folder=installed)
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_no_unit_exposed(unit: Path, installed: Path):
    """2.0 is the least that systemd itself calls fine; ours are at 1.2."""
    found = systemd_analyze("security", "--offline=true", "--threshold=15", unit.name, folder=installed)
    assert found.returncode == 0, found.stdout[-500:]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_each_unit_runs_a_command_that_there_is(unit: Path):
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.M)
    words = line.removeprefix(PROGRAM).split()
    nouns = words[: next(at for at, word in enumerate(words) if word.startswith("--"))]
    help_ = subprocess.run([sys.executable, "-m", "bridge", *nouns, "--help"], capture_output=True, text=True)
    assert help_.returncode == 0
    assert all(f"{option} " in help_.stdout for option in words if option.startswith("--"))


def test_the_container_has_no_root_and_no_build_tools():
    last = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", last, re.M) == ["10001:10001"]
    assert last.index("USER") > last.index("COPY"), "nothing is made after the change of user"
    assert "apt-get" not in last and "pip uninstall" in last and "--without-pip" in CONTAINERFILE
    assert "HEALTHCHECK" in last and "/healthz" in last
    assert "podman build --format docker " in CONTAINERFILE, "the OCI format leaves the health check out"
    assert "--system" not in last, "a system's user has a number below 1000"


def test_what_the_container_runs_is_a_command_that_there_is():
    (words,) = re.findall(r"^CMD \[(\"serve\".*)\]$", CONTAINERFILE, re.M)
    command = [word.strip(' "') for word in words.split(",")]
    help_ = subprocess.run([sys.executable, "-m", "bridge", "serve", "--help"], capture_output=True, text=True)
    assert all(option in help_.stdout for option in command if option.startswith("--"))


def test_every_file_that_is_copied_or_mounted_is_there():
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.M):
        assert all((DEPLOY.parent / word).exists() for word in line.split())
    mounted = [
        volume for each in COMPOSE["services"].values() for volume in each["volumes"] if volume.startswith("./")
    ]
    assert mounted
    assert all((DEPLOY / volume.split(":")[0]).is_file() for volume in mounted)


@pytest.mark.parametrize("name", ["bridge", "proxy"])
def test_a_service_may_write_to_its_volumes_alone(name: str):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_no_secret_stands_in_the_compose_file():
    for service in COMPOSE["services"].values():
        named = [name for name in service.get("environment", {}) if "PASSWORD" in name]
        assert all(name.endswith("_FILE") for name in named)
    assert COMPOSE["secrets"] == {"database_password": {"file": "secrets/database_password"}}


def test_the_settings_of_the_container_fit_the_compose_file():
    settings = read(DEPLOY / "container.yaml")
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert settings.trusted_proxies == (network["subnet"],)
    assert not is_in("172.30.52.9", networks(settings.metrics_from)), "the proxy passes strangers on"
    ports = COMPOSE["services"]["proxy"]["environment"]
    assert ports["CONTACT_BRIDGE_DAV"] == f"bridge:{settings.port}"
    assert ports["CONTACT_BRIDGE_WEB"] == f"bridge:{settings.web_port}"
    assert ports["CONTACT_BRIDGE_CHANGED"].split(":")[1] == settings.notifications_listen.split(":")[1]
    assert settings.database_password_file == "/run/secrets/database_password"


def settled(folder: Path, *lines: str) -> Place:
    (folder / "contact-bridge.yaml").write_text("\n".join(lines))
    return Place(folder)


def test_the_password_of_the_database_comes_from_a_file(tmp_path: Path):
    (tmp_path / "secret").write_text("p@ss/w:rd\n")
    place = settled(tmp_path, "database: postgresql://bridge@db/contacts", "database_password_file: secret")
    assert place.database_url() == "postgresql://bridge:p%40ss%2Fw%3Ard@db/contacts"
    assert Place(tmp_path, "postgresql://u:own@db/x").database_url() == "postgresql://u:own@db/x"
    assert Place(tmp_path, "sqlite:///x.db").database_url() == "sqlite:///x.db"


def test_the_password_of_the_database_comes_from_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = settled(tmp_path, "database: postgresql://bridge@db/contacts")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert place.database_url() == "postgresql://bridge@db/contacts"
    (tmp_path / PASSWORD_CREDENTIAL).write_text("sesame")
    assert place.database_url() == "postgresql://bridge:sesame@db/contacts"


def test_a_password_file_that_is_not_there_is_told(tmp_path: Path):
    place = settled(tmp_path, "database: postgresql://bridge@db/contacts", "database_password_file: nowhere")
    with pytest.raises(WrongSettings, match=r"cannot be read from .*nowhere: No such file"):
        place.database_url()
