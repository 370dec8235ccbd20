# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be seen of a page without a browser: its elements and attributes are of a short list, it
refers to nothing but itself, and its content security policy allows its own style sheet only."""
import base64
import hashlib
import html.parser
import re

ELEMENTS = set("""html head meta title style body header main footer nav section article h1 h2 h3 h4
    p div span ol ul li dl dt dd table caption colgroup col thead tbody tfoot tr th td code pre
    strong em b small abbr time a br hr figure figcaption details summary wbr bdi ruby rt rp sup sub
    svg g path rect line polyline polygon circle ellipse text tspan title desc defs pattern marker
    use symbol clippath""".split())
ATTRIBUTES = set("""lang charset name content http-equiv id class scope colspan rowspan href
    datetime role title dir start type span headers abbr tabindex open
    viewbox preserveaspectratio focusable x y x1 y1 x2 y2 cx cy r rx ry width height d points
    transform text-anchor dominant-baseline marker-start marker-end markerwidth markerheight
    refx refy orient
    patternunits patterntransform clip-path fill stroke stroke-width stroke-dasharray font-size
    textlength lengthadjust xmlns dx dy""".split())
VOID = {"meta", "br", "hr", "col", "wbr"}
FORBIDDEN = re.compile(r"url\((?!#)|@import|expression\(|src\s*:|javascript:", re.IGNORECASE)


class Markup(html.parser.HTMLParser):
    """Reads a page and keeps what is wrong with it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.wrong, self.open, self.ids, self.targets = [], [], [], []
        self.policy, self.styles, self.lang, self.title = None, [], None, ""
        self.declaration = None
        self.feed(text)
        self.close()
        self.finish()

    def complain(self, what):
        """At this line."""
        self.wrong.append(f"line {self.getpos()[0]}: {what}")

    def handle_decl(self, decl):
        self.declaration = decl

    def handle_starttag(self, tag, attrs):
        if tag not in ELEMENTS:
            self.complain(f"<{tag}>")
        for name, value in attrs:
            self.attribute(tag, name, value or "")
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.complain(f"<{tag}> has an attribute twice")
        if tag == "html":
            self.lang = dict(attrs).get("lang")
        if tag == "meta" and dict(attrs).get("http-equiv", "").lower() == "content-security-policy":
            self.policy = dict(attrs).get("content", "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.complain(f"</{tag}> does not close <{self.open[-1] if self.open else 'nothing'}>")
        elif self.open:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
        if self.open == ["html", "head", "title"]:
            self.title += data
        for character in data:
            if ord(character) < 32 and character not in "\t\n" or 0x7f <= ord(character) < 0xa0:
                self.complain(f"the character U+{ord(character):04X}")

    def attribute(self, tag, name, value):
        """One attribute of an element."""
        if name not in ATTRIBUTES and not name.startswith("aria-"):
            self.complain(f'<{tag} {name}="{value[:40]}">')
        if name in ("href", "aria-labelledby", "aria-describedby", "headers"):
            if name == "href" and not value.startswith("#"):
                self.complain(f'<{tag} href="{value[:60]}">')
            self.targets += [word.lstrip("#") for word in value.split()]
        if name == "id":
            self.ids.append(value)
        if tag == "meta" and value.lower() == "refresh":
            self.complain("<meta> that leads elsewhere")

    def finish(self):
        """What can be said at the end."""
        if (self.declaration or "").lower() != "doctype html":
            self.wrong.append("does not begin with <!DOCTYPE html>")
        if self.open:
            self.wrong.append(f"not closed: {self.open}")
        for name in sorted({name for name in self.ids if self.ids.count(name) > 1}):
            self.wrong.append(f"the id {name} more than once")
        for name in sorted(set(self.targets) - set(self.ids)):
            self.wrong.append(f"refers to the id {name}, which nothing has")
        if not self.lang:
            self.wrong.append("<html> has no lang")
        if not self.title.strip():
            self.wrong.append("no title")
        self.wrong += [f"the style sheet has {found.group(0)}"
                       for style in self.styles for found in FORBIDDEN.finditer(style)]
        self.check_policy()

    def check_policy(self):
        """Nothing but this page's own style sheets, by their digests."""
        if self.policy is None:
            self.wrong.append("no content security policy")
            return
        directives = {}
        for directive in self.policy.split(";"):
            name, *values = directive.split()
            directives[name] = values
        if directives.get("default-src") != ["'none'"]:
            self.wrong.append(f"the policy's default-src is {directives.get('default-src')}")
        digests = [hashlib.sha256(style.encode()).digest() for style in self.styles]
        hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
        if sorted(directives.get("style-src", [])) != sorted(hashes):
            self.wrong.append(f"the policy's style-src is {directives.get('style-src')}, "
                              f"and that of the style sheets {hashes}")
        for name in sorted(set(directives) - {"default-src", "style-src", "base-uri", "form-action",
                                              "frame-ancestors"}):
            self.wrong.append(f"the policy has {name}")


def complaints(file):
    """All that is wrong with this page."""
    with open(file, encoding="utf-8") as opened:  # UnicodeDecodeError: also wrong
        try:
            text = opened.read()
        except UnicodeDecodeError as error:
            return [str(error)]
    return Markup(text).wrong
