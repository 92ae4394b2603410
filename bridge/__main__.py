"""Run the command line: ``python -m bridge`` is ``contact-bridge``."""

from bridge.cli import main

if __name__ == "__main__":
    main(prog_name="contact-bridge")
