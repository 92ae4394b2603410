"""MIT's Kerberos between the bridge and the simulator of EWS: signing in by a ticket, and what is told without one.

Run by ``make judges``, since the library gssapi is built by a compiler against libkrb5-dev.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from bridge.simulators.graph.properties import TEXTS
from tests.judges.ews_firm import ADDRESS, Exchange
from tests.judges.firm import LOGIN
from tests.judges.kerberos_realm import NAME, Realm, at
from tests.judges.steps import Step, walk

ANNA, SECRET = f"anna@{NAME}", "a secret"


class Tickets:
    """The steps; ``realm`` gives tickets, ``firm`` is whom they are for."""

    def __init__(self, realm: Realm, firm: Exchange) -> None:
        self.realm = realm
        self.firm = firm
        realm.principal("anna", password=SECRET)
        realm.principal("bert", password=SECRET)
        firm.ews.sign_in.keytab = realm.keytab
        firm.ews.sign_in.principals = {ANNA: LOGIN}
        firm.ews.sign_in.offered = ("Negotiate",)
        firm.say("init")
        firm.say("user", "add", "anna")
        firm.say("contact", "add", "Nick Brigandi")

    def steps(self) -> list[Step]:
        return [
            self.mirrors,
            self.tells_that_there_is_no_ticket,
            self.takes_the_ticket_of_who_is_named,
            self.fetches_tickets_by_a_keytab,
            self.tells_that_the_ticket_has_expired,
            self.tells_that_the_clock_is_not_that_of_the_realm,
            self.tells_that_the_clock_is_not_that_of_exchange,
            self.tells_that_the_server_has_another_name,
            self.tells_that_exchange_takes_no_ticket_of_this_person,
            self.tells_that_exchange_offers_no_kerberos,
            self.tells_that_no_kerberos_server_answers,
        ]

    def mirrors(self) -> None:
        """mirrors both ways by a ticket that somebody has fetched."""
        env = self.realm.ticket("anna", SECRET)
        self.done(env, "mirror", "start", "anna", *self.place())
        (contact,) = self.firm.anna.items.values()
        self.firm.anna.put(contact, {TEXTS["jobTitle"]: "Chief"})
        self.done(env, "mirror", "run", "anna")
        assert "Chief" in self.firm.say("contact", "show", "1")
        assert self.done(env, "mirror", "run", "anna") == "Done: nothing to do.\n"
        assert self.firm.ews.sign_in.tickets > 3 and self.firm.ews.sign_in.handshakes == 0

    def tells_that_there_is_no_ticket(self) -> None:
        """without a ticket it says so, in a run too."""
        assert "There is no Kerberos ticket: fetch one with kinit" in self.failed(self.realm.environment)
        run = self.firm.run("mirror", "run", "anna", more=self.realm.environment)
        assert run.returncode != 0 and "There is no Kerberos ticket" in run.stdout + run.stderr

    def takes_the_ticket_of_who_is_named(self) -> None:
        """the ticket of somebody else is not taken for that of who is named."""
        mine, other = self.realm.ticket("anna", SECRET), self.realm.ticket("bert", SECRET)
        named = self.place("--login", ANNA.casefold())
        assert self.done(mine, "mirror", "check", "anna", *named).count("ok") == 3
        assert "There is no Kerberos ticket" in self.failed(other, place=named)

    def fetches_tickets_by_a_keytab(self) -> None:
        """with a keytab nobody needs to fetch a ticket."""
        self.realm.principal("service", self.realm.folder / "client.keytab")
        self.firm.ews.sign_in.principals[f"service@{NAME}"] = LOGIN
        env = {
            **self.realm.environment,
            "KRB5_CLIENT_KTNAME": f"FILE:{self.realm.folder}/client.keytab",
            "KRB5CCNAME": f"FILE:{self.realm.folder}/by-itself",
        }
        for place in (self.place(), self.place("--login", f"service@{NAME}")):
            assert self.done(env, "mirror", "check", "anna", *place).count("ok") == 3

    def tells_that_the_ticket_has_expired(self) -> None:
        """a ticket of yesterday has expired."""
        self.realm.stop()
        self.realm.start("-1d")
        env = self.realm.ticket("anna", SECRET, "-1d")
        self.realm.stop()
        self.realm.start()
        assert "The Kerberos ticket has expired" in self.failed(env)

    def tells_that_the_clock_is_not_that_of_the_realm(self) -> None:
        """a clock twenty minutes ahead of the realm's is named."""
        env = self.realm.ticket("anna", SECRET)
        assert "clocks of this machine and of the Kerberos server" in self.failed({**env, **at("+20m")})

    def tells_that_the_clock_is_not_that_of_exchange(self) -> None:
        """a clock twenty minutes ahead of Exchange's is named, where the realm is not asked any more."""
        env = self.realm.ticket("anna", SECRET)
        self.realm.ticket_for_the_service(env)
        assert "of Exchange are 20 minutes apart" in self.failed({**env, **at("+20m")})
        assert "clocks of this machine and of the Kerberos server" in self.failed({**env, **at("-20m")})

    def tells_that_the_server_has_another_name(self) -> None:
        """a server that is registered by another name is named."""
        env = self.realm.ticket("anna", SECRET)
        here = self.place(url=self.firm.ews.url.replace("127.0.0.1", "localhost"))
        assert "Kerberos does not know HTTP/localhost" in self.failed(env, place=here)

    def tells_that_exchange_takes_no_ticket_of_this_person(self) -> None:
        """a person whom Exchange does not know is refused."""
        assert "does not accept the Kerberos ticket" in self.failed(self.realm.ticket("bert", SECRET))

    def tells_that_exchange_offers_no_kerberos(self) -> None:
        """an Exchange without Kerberos is told."""
        self.firm.ews.sign_in.offered = ("NTLM",)
        assert "Exchange offers no Kerberos" in self.failed(self.realm.ticket("anna", SECRET))
        self.firm.ews.sign_in.offered = ("Negotiate", "NTLM")

    def tells_that_no_kerberos_server_answers(self) -> None:
        """a realm whose server is down is told."""
        env = self.realm.ticket("anna", SECRET)
        self.realm.stop()
        assert "No Kerberos server answers" in self.failed(env)

    def place(self, *more: str, url: str = "") -> tuple[str, ...]:
        return "--to", "ews", "--url", url or self.firm.ews.url, "--mailbox", ADDRESS, "--auth", "kerberos", *more

    def done(self, env: Mapping[str, str], *words: str) -> str:
        done = self.firm.run(*words, more=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def failed(self, env: Mapping[str, str], *, place: Sequence[str] | None = None) -> str:
        """Check a connection that fails; give what is told."""
        words = "mirror", "check", "anna", *(place or self.place())
        done = self.firm.run(*words, more=env)
        assert done.returncode == 1 and "FAILED  signed in" in done.stdout, done.stdout + done.stderr
        return " ".join((done.stdout + done.stderr).split())


def main() -> int:
    with Realm() as realm:
        os.environ.update(realm.environment)
        with Exchange() as firm:
            return walk("Kerberos", Tickets(realm, firm).steps())


if __name__ == "__main__":
    sys.exit(main())
