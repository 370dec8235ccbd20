# SPDX-License-Identifier: GPL-2.0-or-later
"""Open pages in Chromium and say of each whether it is what an office can use.

    check.py DIRECTORY NAME=FILE...
    check.py --faulty DIRECTORY NAME=FILE...

Pictures and PDFs stay in DIRECTORY. One line for each check; the last one is "N passed, N failed".
With --faulty the pages are ones in which each check must find something: that is what passes then.
"""
import os
import sys

import axe
import look
import markup
import paper
from chromium import Browser

PAGES_MOST = int(os.environ.get("PAGES_MOST", "90"))


class Tally:
    """What passed and what did not, as it is said."""

    def __init__(self, faulty):
        self.faulty, self.passed, self.failed, self.skipped = faulty, 0, 0, 0

    def tell(self, name, what, found):
        """One check: what it found wrong."""
        good = bool(found) == self.faulty
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        print(f"{'ok   ' if good else 'FAIL '} {name}: {what}", flush=True)
        if not good:
            for line in found or ["nothing was found wrong, and all is"]:
                print(f"      | {line}")

    def skip(self, name, what, why):
        """One that could not be made."""
        self.skipped += 1
        print(f"skip  {name}: {what}: {why}", flush=True)


def readers_text(page):
    """The same page where scripts are not run at all."""
    page.ask("Emulation.setScriptExecutionDisabled", value=True)
    page.ask("Page.reload")
    page.browser.events.clear()
    page.browser.wait_for("Page.loadEventFired", page.session)
    text = look.structure(page)["text"]
    page.ask("Emulation.setScriptExecutionDisabled", value=False)
    return text


def check_page(browser, tally, name, file, directory, script):
    """All checks of one page."""
    out = os.path.join(directory, name)
    tally.tell(name, "its markup is of a short list, and it refers to nothing else",
               markup.complaints(file))
    page = browser.page(file)
    tally.tell(name, "no request but for the file itself", look.requests(page))
    tally.tell(name, "the browser has nothing to complain about", look.silence(page))
    known = look.structure(page)
    if not isinstance(script, str):
        tally.skip(name, "axe-core", script)
    else:
        tally.tell(name, "axe-core finds no violation", look.axe(page, script))
    tally.tell(name, "the accessibility tree has its tables, headings and drawings",
               look.spoken(page))
    tally.tell(name, "fits windows of 1280, 768, 375 and 320 pixels", look.reflow(page))
    tally.tell(name, "results are words with a sign, not colours", look.results(page))
    tally.tell(name, "fits the width of A4", look.paper(page))
    tally.tell(name, "texts of drawings have the contrast of WCAG 2 AA", look.contrast(page))
    look.pictures(page, out)
    wanted = [*known["headings"], *known["tables"]]
    for suffix, background in (("", True), ("-plain", False)):
        look.pdf(page, f"{out}{suffix}.pdf", background)
        tally.tell(name, f"as PDF{'' if background else ', without backgrounds'}: A4, whole",
                   paper.complaints(f"{out}{suffix}.pdf", wanted, PAGES_MOST))
    if not tally.faulty:
        tally.tell(name, "says the same where no script is run",
                   [] if readers_text(page) == known["text"] else ["the text is another one"])
    page.close()


def main(arguments):
    """Returns the exit status."""
    faulty = arguments[:1] == ["--faulty"]
    directory, *pages = arguments[faulty:]
    tally = Tally(faulty)
    try:
        script = axe.source(directory)
    except axe.Missing as error:
        script = error
    with Browser(os.path.join(directory, "chromium.log")) as browser:
        print(f"# {browser.ask('Browser.getVersion')['product']}", flush=True)
        for page in pages:
            name, file = page.split("=", 1)
            check_page(browser, tally, name, file, directory, script)
    print(f"{tally.passed} passed, {tally.failed} failed"
          + (f", {tally.skipped} skipped" if tally.skipped else ""))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
