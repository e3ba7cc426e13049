"""The audit of pages sees what it is there to see, and nothing on a page that is in order."""

import sys

import pytest

GOOD = """<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>t</title>
<style>input, button { min-height: 30px; min-width: 30px }</style></head>
<body><h1>Title</h1><p>Words.</p><label for="a">Name</label><input id="a"><button>Go</button>%s</body></html>"""

if sys.platform != "win32":
    from headless import Browser
    from page_audit import audit

    @pytest.mark.parametrize(
        ("part", "faults"),
        [
            ("", ()),
            ('<p style="color: #999">faint</p>', ("contrast 2.85",)),
            ('<p style="color: #777; font-size: 30px">faint and large</p>', ()),
            ('<div style="background: #333"><p style="color: rgba(0, 0, 0, .9)">dark</p></div>', ("contrast",)),
            ("<h4>deep</h4>", ("a level of heading is left out",)),
            ("<h1>second</h1>", ("not one first heading",)),
            ('<input placeholder="no label">', ("a field without a label",)),
            ('<img src="data:,">', ("a picture without words",)),
            ("<button></button>", ("no name",)),
            ("<svg><text>5</text></svg>", ("a drawing without words",)),
            ('<i id="a"></i>', ("id twice: a",)),
            ('<button tabindex="2">first</button>', ("jumps the order of keys", "Tab goes back up the page")),
            ('<button style="outline: none">unseen</button>', ("focus is not seen",)),
            ('<button style="min-height: 0">s</button>', ("too small for a finger",)),
            ('<div style="width: 600px">wide</div>', ("390 px: scrolls sideways: 608 px",)),
        ],
    )
    def test_a_fault_is_found_and_no_other(browser: Browser, tmp_path, part: str, faults: tuple[str, ...]) -> None:
        page = tmp_path / "page.html"
        page.write_text(GOOD % part)
        browser.open(page.as_uri())
        found = audit(browser)
        assert all(any(fault in line for line in found) for fault in faults), found
        assert all(any(fault in line for fault in faults) for line in found), found
