"""What is wrong with a page that a person looks at: axe-core's findings, errors in the console, a page that scrolls
sideways; in light and dark, at a desk and on a phone.

One page is loaded once and looked at four times: themes and widths are media queries, which change without loading.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from bridge.web.handling import COOKIE
from storage_plugin.database.sessions import Sessions
from tests.web.site import Site

CHROMIUM = Path("/usr/bin/chromium")
DESK, PHONE = (1280, 900), (360, 740)
Theme = Literal["light", "dark"]
LOOKS: tuple[tuple[Theme, tuple[int, int]], ...] = (
    ("light", DESK),
    ("dark", DESK),
    ("dark", PHONE),
    ("light", PHONE),
)

(_AXE,) = (Path(__file__).parent / "axe").glob("axe-*.min.js")
_WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
_RUN = """(rules) => axe.run(document, rules).then((found) => found.violations.map((each) =>
  `${each.id} (${each.help}): ` + each.nodes.map((node) => `${node.html} ${node.any.map((why) => why.message)}`)
    .join(" | ")))"""
_TOO_WIDE = """() => {
  const wide = document.scrollingElement;
  if (wide.scrollWidth <= window.innerWidth) return "";
  const reaches = (each) => each.getBoundingClientRect().right > window.innerWidth + 0.5;
  const deepest = [...document.querySelectorAll("body *")].filter((each) => reaches(each)
    && !each.closest(".scrolls") && ![...each.children].some(reaches));
  return `${wide.scrollWidth} px: ` + deepest.map((each) => each.outerHTML.slice(0, 160)).join(" | ");
}"""


@dataclass
class Watched:
    """A page of the browser, and what it complained of since it was last asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Look at what is shown now, in each theme and at each width."""
        found: list[str] = []
        self.page.evaluate(_AXE.read_text())
        for number, (theme, (width, height)) in enumerate(LOOKS):
            self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            self.page.set_viewport_size({"width": width, "height": height})
            rules: dict[str, Any] = {"resultTypes": ["violations"]}
            if 0 < number < 3:  # the rest does not depend on colours
                rules["runOnly"] = ["color-contrast"]
            found += [f"{theme}, {width} px: axe: {each}" for each in self.page.evaluate(_RUN, rules)]
            if too_wide := self.too_wide():
                found.append(f"{theme}, {width} px: scrolls sideways, {too_wide}")
        found += [f"console: {each}" for each in self.complaints]
        self.complaints.clear()
        return found

    def too_wide(self) -> str:
        """Say what makes the page scroll sideways; "" when it does not."""
        found: str = self.page.evaluate(_TOO_WIDE)
        return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; it is gone at the end of the block."""
    assert CHROMIUM.exists(), "install Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def watched(browser: Browser, address: str, **wishes: Any) -> Watched:
    """Open a page in a context of its own; what it complains of is kept."""
    wishes = {"reduced_motion": "reduce", "locale": "en-GB", **wishes}
    context: BrowserContext = browser.new_context(base_url=address, **wishes)
    context.set_default_timeout(15_000)
    context.add_init_script(_WATCH)
    found = Watched(context.new_page())

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.complaints.append(message.text)

    found.page.on("console", note)
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    return found


def entered(site: Site, browser: Browser, user: str, **wishes: Any) -> Watched:
    """Open a page in which a user has signed in."""
    found = watched(browser, site.address, **wishes)
    token = Sessions(site.house.database).start(user, "127.0.0.1", "test")
    found.page.context.add_cookies([{"name": COOKIE, "value": token, "url": site.address}])
    return found
