"""``contact-bridge`` with the echo application in place of the DAV part, for the tests of the supervisor."""

from bridge import app
from bridge.cli import main

app.APPLICATION = "tests.cli.echo_app:application"

if __name__ == "__main__":
    main(prog_name="contact-bridge")
