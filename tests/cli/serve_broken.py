"""``contact-bridge`` with an application that cannot be imported."""

from bridge import app
from bridge.cli import main

app.APPLICATION = "tests.cli.no_such_module:application"

if __name__ == "__main__":
    main(prog_name="contact-bridge")
