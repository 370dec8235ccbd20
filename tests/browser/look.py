# SPDX-License-Identifier: GPL-2.0-or-later
"""What a browser makes of a page: each function returns what is wrong, as a list of sentences."""
import base64
import json

WIDTHS = (1280, 768, 375, 320)
DESK = (1280, 1000)
A4_WIDTH = 688  # CSS pixels between margins of 14 mm

# Of emoji, and of lines into which letters with many marks reach, a contrast cannot be told.
UNDECIDED = ("nonBmp", "elmPartiallyObscured", "elmPartiallyObscuring")

# What of the document sticks out to the right of a window of so many pixels, and what is cut off by
# an ancestor that hides or scrolls. Boxes that hold a table may scroll by themselves, but only on
# a screen.
OVERFLOWING = """(width, mayScroll) => {
    const found = [], root = document.documentElement;
    const name = e => '<' + e.tagName.toLowerCase() + (e.id ? ' id=' + e.id : '')
        + (e.getAttribute('class') ? ' class=' + e.getAttribute('class') : '')
        + '> "' + (e.textContent || '').trim().slice(0, 40) + '"';
    if (root.scrollWidth > width)
        found.push(`the page is ${root.scrollWidth} wide in a window of ${width}`);
    for (const e of document.body.querySelectorAll('*')) {
        if (e.closest('svg') && e.tagName !== 'svg')
            continue;
        const box = e.getBoundingClientRect(), style = getComputedStyle(e);
        const scrolls = e.parentElement.closest('.scroll');
        if (box.width && box.right > width + 1 && !(scrolls && mayScroll))
            found.push(`${name(e)} ends at ${Math.round(box.right)} of ${width}`);
        if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth
                && !(mayScroll && e.matches('.scroll')) && style.overflowX !== 'visible')
            found.push(`${name(e)} cuts off ${e.scrollWidth - e.clientWidth} of its contents`);
    }
    return found.slice(0, 8);
}"""

# Texts of drawings: outside of the drawing, or over one another.
DRAWN = """() => {
    const found = [];
    for (const svg of document.querySelectorAll('svg')) {
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t =>
            ({ text: t.textContent.trim(), box: t.getBoundingClientRect() }));
        for (const { text, box } of texts)
            if (box.left < frame.left - 1 || box.right > frame.right + 1
                || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
                found.push(`"${text.slice(0, 40)}" is drawn outside of the drawing`);
        for (let i = 0; i < texts.length; i++)
            for (let j = i + 1; j < texts.length; j++) {
                const a = texts[i].box, b = texts[j].box;
                if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
                    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
                    found.push(`"${texts[i].text.slice(0, 30)}" is drawn over "${
                        texts[j].text.slice(0, 30)}"`);
            }
    }
    return found.slice(0, 8);
}"""

# Texts of drawings, which axe-core does not look at, against what is painted behind them: at points
# of each text, from the one below it down to the first that lets nothing shine through. A text with
# a rim (paint-order: stroke) stands on that. WCAG 2: 4.5 to 1, of large letters 3 to 1.
CONTRAST = """() => {
    const found = [];
    const rgba = text => {
        const n = (text.match(/[\\d.]+/g) ?? []).map(Number);
        return text === 'none' || n.length < 3 ? [0, 0, 0, 0] : [n[0], n[1], n[2], n[3] ?? 1];
    };
    const over = (front, back) =>
        front.slice(0, 3).map((c, i) => c * front[3] + back[i] * (1 - front[3]));
    const light = colour => {
        const [r, g, b] = colour.map(
            c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (a, b) => {
        const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
        return (bright + 0.05) / (dark + 0.05);
    };
    const paintOf = (e, x, y) => {
        const style = getComputedStyle(e);
        if (!(e instanceof SVGGeometryElement))
            return rgba(e instanceof SVGElement ? 'none' : style.backgroundColor);
        const at = new DOMPoint(x, y).matrixTransform(e.getScreenCTM().inverse());
        return rgba(e.isPointInStroke(at) && style.stroke !== 'none' ? style.stroke : style.fill);
    };
    const behind = (text, x, y) => {
        const style = getComputedStyle(text), layers = [];
        if (style.paintOrder.startsWith('stroke') && style.stroke !== 'none'
                && parseFloat(style.strokeWidth) >= 3)
            layers.push(rgba(style.stroke));
        for (const e of document.elementsFromPoint(x, y))
            if (!e.closest('text'))
                layers.push(paintOf(e, x, y));
        return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255]);
    };
    for (const text of document.querySelectorAll('svg text')) {
        if (!text.textContent.trim())
            continue;
        text.scrollIntoView({ block: 'center' });
        const box = text.getBoundingClientRect(), style = getComputedStyle(text);
        const size = parseFloat(style.fontSize) * text.getScreenCTM().a;
        const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
        for (const part of [0.02, 0.25, 0.5, 0.75, 0.98]) {
            const back = behind(text, box.left + box.width * part, box.top + box.height / 2);
            const front = over(rgba(style.fill), back), is = ratio(front, back);
            if (is < least) {
                found.push(`"${text.textContent.trim().slice(0, 30)}" has a contrast of ${
                    is.toFixed(2)}, not ${least}: ${front} on ${back}`);
                break;
            }
        }
    }
    return found.slice(0, 8);
}"""

# Results are words with a sign before them, not colours.
RESULTS = """() => {
    const found = [], words = {};
    for (const e of document.querySelectorAll('.r')) {
        const kind = [...e.classList].filter(c => c !== 'r').join(' ');
        const text = e.textContent.trim();
        if (!/\\p{L}/u.test(text) || !/^[^\\p{L}]/u.test(text))
            found.push(`"${text}" of class ${kind} is not a sign and a word`);
        (words[kind[0]] ??= new Set()).add(text[0]);
    }
    const signs = Object.values(words).flatMap(set => [...set]);
    if (new Set(signs).size !== signs.length)
        found.push(`two results have the same sign: ${signs.join(' ')}`);
    return found;
}"""

STRUCTURE = """() => ({
    tables: [...document.querySelectorAll('table')].map(t => t.caption?.textContent.trim() ?? ''),
    headings: [...document.querySelectorAll('h1, h2, h3, h4')].map(h => h.textContent.trim()),
    pictures: document.querySelectorAll('svg:not([aria-hidden=true])').length,
    text: document.body.innerText,
    lang: document.documentElement.lang,
})"""


def structure(page):
    """Headings, captions and the text, as the document has them."""
    return page.evaluate(f"({STRUCTURE})()")


def requests(page):
    """Everything that it asked for, besides itself."""
    asked = [event["params"]["request"]["url"] for event in
             page.events("Network.requestWillBeSent", "Network.webSocketCreated")]
    if asked.count(page.url) != 1:
        return [f"it asked for {asked}"]
    return [f"it asked for {url}" for url in asked if url != page.url]


def silence(page):
    """Messages of the console, of its policy's violation, exceptions, and issues."""
    found = []
    for event in page.events("Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                             "Log.entryAdded", "Audits.issueAdded",
                             "Page.javascriptDialogOpening"):
        found.append(f"{event['method']}: {json.dumps(event['params'], ensure_ascii=False)[:300]}")
    return found


def axe(page, source):
    """Violations that axe-core finds, and what it could not decide of the contrast."""
    context = page.isolated()
    page.evaluate(source + "\n;0", context)
    result = page.evaluate("axe.run(document, { preload: false, resultTypes: ['violations'] })",
                           context)
    found = []
    for violation in result["violations"]:
        for node in violation["nodes"][:4]:
            found.append(f"{violation['id']}: {violation['help']}: {node['html'][:160]} "
                         f"{node['failureSummary'].splitlines()[-1].strip()[:200]}")
    found += [f"{rule['id']} was not decided: {node['html'][:160]}"
              for rule in result["incomplete"] if rule["id"] == "color-contrast"
              for node in rule["nodes"][:4] if not node["html"].startswith(("<text", "<tspan"))
              and not any((check.get("data") or {}).get("messageKey") in UNDECIDED
                          for check in node["any"])]
    return found


def spoken(page):
    """Does the accessibility tree have each table by its caption, each heading and each picture?"""
    known = structure(page)
    nodes = [node for node in page.ask("Accessibility.getFullAXTree")["nodes"]
             if not node.get("ignored")]
    names = {}
    for node in nodes:
        role = node.get("role", {}).get("value")
        names.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    found = []
    tables = [squeeze(name) for name in names.get("table", [])]
    for caption in known["tables"]:
        if squeeze(caption) not in tables or not caption:
            found.append(f'no table "{caption}" in the accessibility tree')
    if len(tables) != len(known["tables"]):
        found.append(f"{len(known['tables'])} tables, {len(tables)} in the accessibility tree")
    headings = [squeeze(name) for name in names.get("heading", [])]
    for heading in known["headings"]:
        if squeeze(heading) not in headings:
            found.append(f'no heading "{heading}" in the accessibility tree')
    pictures = names.get("image", []) + names.get("img", []) + names.get("graphics-document", [])
    if len([name for name in pictures if name]) < known["pictures"]:
        found.append(f"{known['pictures']} drawings, of which the accessibility tree names "
                     f"{pictures}")
    if known["tables"] and not names.get("columnheader"):
        found.append("no table has a column's heading")
    return found


def squeeze(text):
    """Without white space."""
    return "".join(text.split())


def reflow(page):
    """In windows of any width nothing is to be scrolled sideways but tables in their boxes."""
    found = []
    for width in WIDTHS:
        page.size(width, DESK[1])
        found += [f"at {width}: {what}"
                  for what in page.evaluate(f"({OVERFLOWING})({width}, true)")]
    page.size(*DESK)
    return found + [f"{what} (screen)" for what in page.evaluate(f"({DRAWN})()")]


def results(page):
    """Results stand in words."""
    return page.evaluate(f"({RESULTS})()")


def paper(page):
    """As it is laid out for A4: nothing sticks out, nothing is cut off."""
    page.medium("print")
    page.size(A4_WIDTH, 1000)
    found = page.evaluate(f"({OVERFLOWING})({A4_WIDTH}, false)")
    found += [f"{what} (paper)" for what in page.evaluate(f"({DRAWN})()")]
    page.medium("")
    page.size(*DESK)
    return found


# Media, and features: as it is shown, printed, and by a reader's own colours.
SURROUNDINGS = (("screen", {}), ("screen", {"prefers_color_scheme": "dark"}),
                ("screen", {"prefers_contrast": "more"}), ("print", {}),
                ("screen", {"forced_colors": "active", "prefers_color_scheme": "light"}),
                ("screen", {"forced_colors": "active", "prefers_color_scheme": "dark"}))


def contrast(page):
    """Texts of drawings stand out from what is behind them, wherever they are shown."""
    found = []
    for medium, features in SURROUNDINGS:
        page.medium(medium, **features)
        found += [f"{what} ({medium} {features})" for what in page.evaluate(f"({CONTRAST})()")]
    page.medium("")
    return found


def picture(page, file, width, height, scale=1):
    """A screenshot of the page's first so many pixels."""
    page.size(width, height, scale)
    data = page.ask("Page.captureScreenshot", format="png")["data"]
    with open(file, "wb") as opened:
        opened.write(base64.b64decode(data))
    page.size(*DESK)


def pictures(page, name):
    """How it looks: on a desk, on a telephone, without colours, with the reader's own colours."""
    picture(page, f"{name}-desk.png", 1280, 2400)
    picture(page, f"{name}-narrow.png", 375, 1600)
    page.ask("Emulation.setEmulatedVisionDeficiency", type="achromatopsia")
    picture(page, f"{name}-grey.png", 1280, 2400)
    page.ask("Emulation.setEmulatedVisionDeficiency", type="none")
    page.medium("screen", forced_colors="active", prefers_color_scheme="dark")
    picture(page, f"{name}-forced.png", 1280, 2400)
    page.medium("")


def pdf(page, file, background=True):
    """Print it."""
    data = page.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=background,
                    generateTaggedPDF=True, generateDocumentOutline=True)["data"]
    with open(file, "wb") as opened:
        opened.write(base64.b64decode(data))
