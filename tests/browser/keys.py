"""A person without a mouse: Tab, Enter, Space and the arrow keys."""

from __future__ import annotations

from playwright.sync_api import Page

FAR = 120
"""How often Tab is pressed before a thing counts as out of reach."""

_FOCUSED = """() => {
  const here = document.activeElement;
  const name = here.getAttribute("aria-label") ?? here.labels?.[0]?.innerText ?? here.innerText ?? "";
  const seen = getComputedStyle(here).outlineStyle !== "none" || here === document.body;
  return [name.trim(), seen];
}"""


def reach(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until what is called ``name`` has the focus, which must be seen on everything on the way."""
    passed: list[str] = []
    for _ in range(FAR):
        found, is_seen = page.evaluate(_FOCUSED)
        assert is_seen, f"where the focus is cannot be seen on {found!r}"
        if found == name or (passed and found.startswith(name)):
            return
        passed.append(found)
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{name!r} cannot be reached with Tab: {passed}")


def press(page: Page, name: str) -> None:
    """Reach a button or a link, and press Enter; wait for the page that it leads to."""
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, name: str, text: str) -> None:
    """Reach a field and type into it, instead of what is there."""
    reach(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
