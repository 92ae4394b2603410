# make run     try it: a throw-away address book of 200 fictional contacts, served on this machine
# make test    everything: style, types, all tests
# make quick   the part of it that takes two minutes, for every commit
# make fuzz    200,000 random requests (COUNT=…); no 5xx, no changed row, flat memory
# make bench   Contact Bridge and other servers measured side by side (N=10000 cards; OPTIONS=--help)
# make bench-mirror  a mirror into the Graph simulator with its throttle on (N=10000 contacts; OPTIONS=--help)
# make bench-pages   each page of the web page in an installation of 10,000 contacts (N=10000; OPTIONS=--help)
# make system-packages  install what the tests need beside Python, with apt-get as root; else say what is missing
# make screenshots     take the pictures for the README anew (tests/browser/screenshots)
# make translations    bring the page's catalogues (bridge/web/locale) in step with the texts in code and templates
# make manual  write the table of fields into the README from what the targets hold
# make judges  other people's clients against the simulators (installs 700 MB in an environment of its own, and DavMail)
# make clean   remove what these made

VENV := .venv
JUDGES := .venv-judges
BIN := $(VENV)/bin
COUNT ?= 200000
# Debian packages that the tests need: chromium shows the page to them, caddy and nginx stand before it; Evolution's
# data server, with D-Bus and its bindings for Debian's Python, is a client.
SYSTEM_PACKAGES := chromium caddy nginx evolution-data-server gir1.2-ebook-1.2 python3-gi dbus
JUDGES_ALL := graph_sdk ews_exchangelib ews_davmail ews_kerberos sharepoint_office365
# What Kerberos needs: a server of tickets, its tools, other clocks, and what Python's gssapi is built from (a minute).
KERBEROS_PACKAGES := krb5-kdc krb5-admin-server krb5-user faketime libkrb5-dev python3-dev gcc libc6-dev
N ?= 10000
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
# A file is one process's: its fixtures (Thunderbird, a server) are made once. What is quick is shared evenly instead.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# The tests start hundreds of processes, each of which would compile everything anew, as pytest would the asserts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test quick lint system-packages translations screenshots fuzz bench bench-mirror bench-pages manual judges clean

run: $(VENV)/.installed
	@exec $(BIN)/contact-bridge demo

test: lint system-packages
	$(PYTEST)

quick: lint
	QUICK=1 $(PYTEST) -q -m "not slow" --dist worksteal

fuzz: $(VENV)/.installed-for-tests
	$(BIN)/python -m tests.fuzz_dav --count $(COUNT)

bench: $(VENV)/.installed-for-tests
	@$(BIN)/python -m tests.benchmarks --cards $(N) $(OPTIONS)

bench-mirror: $(VENV)/.installed-for-tests
	@$(BIN)/python -m tests.benchmarks.mirror --cards $(N) $(OPTIONS)

bench-pages: $(VENV)/.installed-for-tests
	@$(BIN)/python -m tests.benchmarks.pages --cards $(N) $(OPTIONS)

translations: $(VENV)/.installed
	$(BIN)/python -m bridge.web.cataloguing

screenshots: $(VENV)/.installed-for-tests system-packages
	SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/browser/test_screenshots.py

manual: $(VENV)/.installed-for-tests
	$(BIN)/python -m bridge.mirroring.manual README.md

# Each judge runs, whatever those before it say.
judges: $(JUDGES)/.installed
	@$(MAKE) --no-print-directory system-packages SYSTEM_PACKAGES=davmail-server || true
	@$(MAKE) --no-print-directory system-packages SYSTEM_PACKAGES="$(KERBEROS_PACKAGES)" && \
		$(JUDGES)/bin/python -m pip --quiet --disable-pip-version-check install -e '.[kerberos]' || true
	@failed=; for judge in $(JUDGES_ALL); do \
		$(JUDGES)/bin/python -m tests.judges.$$judge || failed="$$failed $$judge"; done; \
	test -z "$$failed" || { echo "FAILED:$$failed"; exit 1; }

# Nothing is installed where nothing is missing; sudo is never tried; no web server is started (policy-rc.d).
system-packages:
	@missing=$$(for each in $(SYSTEM_PACKAGES); do dpkg -s $$each >/dev/null 2>&1 || printf '%s ' $$each; done); \
	test -z "$$missing" && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		policy=/usr/sbin/policy-rc.d; \
		test -e $$policy || { trap 'rm -f '$$policy EXIT; printf '#!/bin/sh\nexit 101\n' >$$policy; chmod +x $$policy; }; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing; \
	else echo "The tests need these packages: apt-get install $$missing"; exit 1; fi

lint: $(VENV)/.installed-for-tests
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

# The stamps make the second run fast; a changed pyproject.toml installs anew.
$(VENV)/.installed: pyproject.toml $(BIN)/python
	$(PIP) install -e .
	@touch $@

$(VENV)/.installed-for-tests: pyproject.toml $(BIN)/python
	$(PIP) install -e '.[test]'
	@touch $@ $(VENV)/.installed

$(JUDGES)/.installed: pyproject.toml $(BIN)/python
	$(BIN)/python -m venv $(JUDGES)
	$(JUDGES)/bin/python -m pip --quiet --disable-pip-version-check install -e '.[ews,sharepoint]' \
		jsonschema rfc3339-validator lxml msal msgraph-sdk Office365-REST-Python-Client requests_ntlm
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (Debian, Ubuntu: apt install python3 python3-venv)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv is needed (Debian, Ubuntu: apt install python3-venv)."; exit 1; }

clean:
	rm -rf $(VENV) $(JUDGES) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .bench
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
