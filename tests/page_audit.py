"""What a page owes to everybody who opens it: contrast, names, headings, keyboard order, no sideways scrolling.

The rules are those of WCAG 2.2 that a machine can check, with no network: 1.1.1 (pictures have words), 1.3.1
(headings, labels), 1.4.3 (contrast), 1.4.10 (reflow), 2.1.2 and 2.4.3 (keyboard), 2.4.7 (focus is seen), 2.5.8 (size
of targets), 3.1.1 (language), 4.1.2 (names). ``python tests/page_audit.py FOLDER`` looks at every page of a built site.
"""

import sys
import tempfile
from pathlib import Path

from headless import Browser, binary

SCREENS = ((1400, 900), (390, 844))
MOST_TABS = 40
OF_THE_THEME = ("search.html",)
"""The theme's own page of results, which has no heading before a search."""
FAULTS = r"""
(function (width) {
  const faults = [];
  const say = (element, text) => faults.push(text + ': ' + element.outerHTML.replace(/\s+/g, ' ').slice(0, 120));
  const shown = (e) => e.checkVisibility({opacityProperty: true, visibilityProperty: true}) &&
    e.getClientRects().length;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);

  if (!document.documentElement.lang) faults.push('no language is named');
  if (!document.title.trim()) faults.push('no title');
  if (!document.querySelector('meta[name=viewport]')) faults.push('no viewport for phones');
  const levels = all('h1,h2,h3,h4,h5,h6').map((h) => [h, Number(h.tagName[1])]);
  if (levels.filter(([, n]) => n === 1).length !== 1) faults.push('not one first heading');
  levels.forEach(([h, n], i) => { if (i && n > levels[i - 1][1] + 1) say(h, 'a level of heading is left out'); });
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  new Set(ids.filter((id, i) => ids.indexOf(id) !== i)).forEach((id) => faults.push('id twice: ' + id));

  const words = (e) => (e.getAttribute('aria-label') || e.getAttribute('title') || e.textContent || '').trim() ||
    [...e.querySelectorAll('[alt],[aria-label]')]
      .map((c) => c.getAttribute('alt') || c.getAttribute('aria-label')).join('');
  const named = (e) => words(e) || (e.getAttribute('aria-labelledby') || '').trim();
  all('a[href],button,summary,[role=button]').forEach((e) => { if (!named(e)) say(e, 'no name'); });
  all('input,select,textarea').forEach((e) => {
    const label = e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.getAttribute('title');
    if (!label && !(e.labels && e.labels.length)) say(e, 'a field without a label');
  });
  all('img').forEach((e) => { if (!e.hasAttribute('alt')) say(e, 'a picture without words'); });
  all('svg').forEach((e) => {
    // a drawing that only uses another is an icon beside words; a control without any is found above
    const hidden = e.closest('[aria-hidden=true]') || e.querySelector(':scope > use:only-child');
    if (!hidden && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby') && !e.querySelector('title') &&
      !named(e.closest('a,button,label') || document.createElement('i'))) say(e, 'a drawing without words');
  });
  all('[tabindex]').forEach((e) => { if (e.tabIndex > 0) say(e, 'jumps the order of keys'); });
  all('button,select,input,summary').forEach((e) => {
    const box = e.getBoundingClientRect();
    if (width < 600 && Math.min(box.width, box.height) < 24 && !['checkbox', 'radio'].includes(e.type))
      say(e, 'too small for a finger');
  });

  const numbers = (c) => {
    const v = c.match(/[0-9.]+/g).map(Number);
    return [v[0], v[1], v[2], v.length > 3 ? v[3] : 1];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[3] * top[i] + (1 - top[3]) * below[i]).concat(1);
  const ground = (e) => {
    const stack = [];
    for (let at = e; at; at = at.parentElement) {
      const c = getComputedStyle(at).backgroundColor;
      if (!c.startsWith('rgb')) continue;
      stack.push(numbers(c));
      if (stack[stack.length - 1][3] === 1) break;
    }
    return stack.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = (c) => c.slice(0, 3).map((x) => x / 255)
    .map((x) => (x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4)))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  all('body *').forEach((e) => {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.disabled || e.closest('[aria-hidden=true],[disabled],option')) return;
    const style = getComputedStyle(e);
    const ink = e instanceof SVGElement ? style.fill : style.color;
    if (!ink.startsWith('rgb')) return;
    const below = ground(e), a = light(over(numbers(ink), below)), b = light(below);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) say(e, 'contrast ' + ratio.toFixed(2));
  });
  const wide = document.documentElement.scrollWidth;
  if (wide > width) faults.push('scrolls sideways: ' + wide + ' px');
  return [...new Set(faults)];
})
"""
REACHED = """
(function () {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  window.seen = window.seen || [];
  const again = window.seen.includes(e);
  const before = window.seen[window.seen.length - 1];
  window.seen.push(e);
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  // a page may draw itself anew between two keys; where what is gone stood cannot be asked
  const backwards = before && !again && before.isConnected && before.compareDocumentPosition(e) & 2;
  // a drawing shows its focus by a thick stroke on one of its parts
  const thick = (c) => getComputedStyle(c).stroke !== 'none' && parseFloat(getComputedStyle(c).strokeWidth) >= 4;
  const drawn = e instanceof SVGElement && [...e.querySelectorAll('*')].some(thick);
  const ring = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || drawn;
  const name = e.outerHTML.replace(/\\s+/g, ' ').slice(0, 120);
  return {again, name, backwards: Boolean(backwards), ring, seen: box.width > 0 && box.height > 0};
})()
"""


def audit(browser: Browser) -> list[str]:
    """Faults of the page that is open, at every screen of :data:`SCREENS`; the size of the screen is put back."""
    found = []
    for width, height in SCREENS:
        shown(browser, width, height)
        found += [f"{width} px: {fault}" for fault in browser.run(f"{FAULTS.strip()}({width})")]
    shown(browser, *SCREENS[0])
    found += keyboard(browser)
    browser.send("Emulation.clearDeviceMetricsOverride")
    return found


def shown(browser: Browser, width: int, height: int) -> None:
    """The page on a screen of this size, once it has drawn itself there."""
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.send("Emulation.setDeviceMetricsOverride", **screen)
    browser.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")


def keyboard(browser: Browser) -> list[str]:
    """What the Tab key meets that it should not: nothing, a trap, an unseen focus, an order against the page's."""
    browser.run("window.seen = []; document.activeElement.blur(); window.scrollTo(0, 0)")
    found = []
    reached = 0
    for _ in range(MOST_TABS):
        for kind in ("keyDown", "keyUp"):
            browser.send("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        at = browser.run(REACHED)
        if at is None or at["again"]:
            break
        reached += 1
        for key, text in (("ring", "focus is not seen"), ("seen", "focus on what has no size")):
            if not at[key]:
                found.append(f"{text}: {at['name']}")
        if at["backwards"]:
            found.append(f"Tab goes back up the page: {at['name']}")
    if not reached:
        found.append("Tab reaches nothing")
    return found


def site(folder: Path) -> list[str]:
    """Faults of every page below a folder."""
    found = binary()
    if found is None:
        raise SystemExit("no chromium on this machine: apt-get install chromium")
    pages = sorted(page for page in folder.resolve().rglob("*.html") if page.name not in OF_THE_THEME)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(found, Path(profile))
        faults = []
        for page in pages:
            browser.open(page.as_uri())
            faults += [f"{page.relative_to(folder.resolve())}, {fault}" for fault in audit(browser)]
        browser.close()
    sys.stdout.write(f"{len(pages)} pages, {len(faults)} faults\n")
    return faults


if __name__ == "__main__":
    if faults := site(Path(sys.argv[1])):
        sys.exit("\n".join(faults))
