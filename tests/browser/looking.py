"""Looks at a page at two widths: keeps pictures of it, and judges what look.md fixes."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Error, Page, expect

PICTURES = Path(__file__).resolve().parents[2] / "var" / "screenshots"
HEIGHT = 900
WIDTHS = (1280, 320)
TARGET_PX = 44

_JUDGE = """
(least) => {
  const faults = [];
  const shown = element =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const named = element =>
    `${element.tagName.toLowerCase()} « ${(element.innerText || element.id || '').trim().slice(0, 50)} »`;
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    faults.push(`scrolls sideways: ${root.scrollWidth} in ${root.clientWidth}`);
    const wide = element => element.getBoundingClientRect().right > root.clientWidth + 1;
    const first = [...document.querySelectorAll('body *')].find(wide);
    if (first) faults.push(`too wide: ${named(first)}`);
  }
  const titles = [...document.querySelectorAll('h1')].filter(shown);
  if (titles.length !== 1) faults.push(`${titles.length} h1`);
  if (!document.title.trim() || root.lang !== 'fr') faults.push('no title, or not in French');
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  if (new Set(ids).size !== ids.length) faults.push('an id twice');
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (!field.labels.length) faults.push(`no label: ${named(field)}`);
  // A link in a sentence is as high as its line; whatever stands alone is a target of its own.
  const inSentence = element => {
    if (element.tagName !== 'A' || getComputedStyle(element).display !== 'inline') return false;
    const around = element.parentElement.innerText.replace(element.innerText, '');
    return around.trim() !== '';
  };
  const area = element => (element.matches('[type=radio], [type=checkbox]') ? element.closest('label')
    : element.closest('.service')) || element;
  const targets = ':is(main, header) :is(a[href], button, input:not([type=hidden]))';
  for (const element of document.querySelectorAll(targets)) {
    if (!shown(element) || inSentence(element)) continue;
    const height = area(element).getBoundingClientRect().height;
    if (height < least) faults.push(`${height.toFixed(1)} px high: ${named(element)}`);
  }
  return faults;
}
"""


class Eyes:
    """Keeps the pictures of one story, numbered in the order of the pages met."""

    def __init__(self, page: Page, story: str) -> None:
        self._page = page
        self._story = story
        self._seen = 0

    def look(self, name: str, title: str, *, dark: bool = False, ours: bool = True) -> None:
        """Take the pictures of the page so titled and judge it; targets of pages that are not the provider's
        own are not measured.
        """
        expect(self._page.get_by_role("heading", level=1)).to_have_text(title)
        self._seen += 1
        faults = []
        for width in WIDTHS:
            self._page.set_viewport_size({"width": width, "height": HEIGHT})
            found = self._page.evaluate(_JUDGE, TARGET_PX if ours else 0)
            faults += [f"{name} at {width}: {fault}" for fault in found]
            if self._page.locator("iframe").count():
                # A frame below the fold is not painted for the picture.
                height = self._page.evaluate("document.documentElement.scrollHeight")
                self._page.set_viewport_size({"width": width, "height": height})
            self._keep(name, str(width))
            if dark:
                self._page.emulate_media(color_scheme="dark")
                self._keep(name, f"{width}-dark")
                self._page.emulate_media(color_scheme="light")
        self._page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        assert not faults, "\n".join(faults)

    def _keep(self, name: str, kind: str) -> None:
        path = PICTURES / f"{self._story}-{self._seen:02d}-{name}-{kind}.png"
        try:
            self._page.screenshot(path=path, full_page=True, animations="disabled")
        except Error as error:
            # A browser under load has sometimes no frame to give, and has one when asked again.
            if "Unable to capture screenshot" not in error.message:
                raise
            self._page.screenshot(path=path, full_page=True, animations="disabled")
