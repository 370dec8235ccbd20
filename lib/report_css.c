/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_css.h"

#include <stdint.h>
#include <string.h>

#include "width.h"

#define HEAD_CELLS 60 /* of the head of a page */

/* clang-format off */
static const char sheet[] =
	":root {\n"
	"  --ink: #1b2433; --soft: #4d5768; --line: #c9d0da; --faint: #f3f5f8; --accent: #1f3a68;\n"
	"  --ok: #14532d; --ok-back: #e7f4ec; --bad: #8f1d1d; --bad-back: #fdecea;\n"
	"  --ask: #6d4300; --ask-back: #fff4d8; --na: #465061; --na-back: #edf0f4;\n"
	"}\n"
	"* { box-sizing: border-box }\n"
	"html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }\n"
	"body {\n"
	"  margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 62rem; color: var(--ink); background: #fff;\n"
	"  font-family: \"Noto Sans CJK JP\", \"Noto Sans JP\", \"Hiragino Sans\", \"Yu Gothic\", Meiryo, sans-serif;\n"
	"  font-size: .9375rem; line-height: 1.7; line-break: strict; overflow-wrap: anywhere;\n"
	"  font-variant-numeric: tabular-nums; text-spacing-trim: trim-start;\n"
	"}\n"
	"h1, h2, h3 { line-height: 1.35; word-break: auto-phrase; color: var(--accent); break-after: avoid }\n"
	"h1 { font-size: 1.9rem; margin: .2rem 0 .6rem; letter-spacing: .02em }\n"
	"h2 {\n"
	"  font-size: 1.3rem; margin: 0 0 1rem; padding: 0 0 .35rem; border-bottom: 2px solid var(--accent)\n"
	"}\n"
	"h3 { font-size: 1.05rem; margin: 1.8rem 0 .5rem }\n"
	"section { margin-top: 3rem }\n"
	"p { margin: .5rem 0 }\n"
	"a { color: var(--accent); text-underline-offset: .2em }\n"
	"a:focus-visible, .scroll:focus-visible { outline: 3px solid #b45f06; outline-offset: 2px }\n"
	"code, .m {\n"
	"  font-family: \"Noto Sans Mono CJK JP\", \"DejaVu Sans Mono\", Consolas, monospace; font-size: .86em;\n"
	"  unicode-bidi: isolate; overflow-wrap: anywhere; word-break: break-all\n"
	"}\n"
	"pre {\n"
	"  font-family: \"Noto Sans Mono CJK JP\", \"DejaVu Sans Mono\", Consolas, monospace; font-size: .86em;\n"
	"  margin: .8rem 0; padding: .8rem 1rem; border: 1px solid var(--line); border-left-width: 4px;\n"
	"  background: var(--faint); white-space: pre-wrap; line-height: 1.5; break-inside: avoid\n"
	"}\n"
	".cover { border-top: 6px solid var(--accent); padding-top: 1.2rem }\n"
	".cover .site { font-size: 1.1rem; color: var(--soft); margin: 0 }\n"
	".verdict {\n"
	"  margin: 1.4rem 0; padding: .9rem 1.2rem; border: 2px solid; border-left-width: 12px;\n"
	"  font-size: 1.35rem; font-weight: 700; line-height: 1.5; border-radius: 4px; break-inside: avoid\n"
	"}\n"
	".verdict.ok { color: var(--ok); background: var(--ok-back) }\n"
	".verdict.bad { color: var(--bad); background: var(--bad-back); border-style: double; border-width: 5px 5px 5px 14px }\n"
	".verdict.ask { color: var(--ask); background: var(--ask-back); border-style: dashed; border-left-style: solid }\n"
	".verdict small { display: block; font-size: .95rem; font-weight: 400; color: var(--ink) }\n"
	".points { padding: 0; list-style: none; border-top: 1px solid var(--line) }\n"
	".points li {\n"
	"  display: grid; grid-template-columns: 6.2em 1fr; align-items: start; padding: .42rem 0;\n"
	"  border-bottom: 1px solid var(--line); break-inside: avoid\n"
	"}\n"
	".points .r { justify-self: start }\n"
	"dl.facts {\n"
	"  display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));\n"
	"  margin: 1rem 0; padding: 1px 0 0 1px; break-inside: avoid\n"
	"}\n"
	"dl.facts div { margin: -1px 0 0 -1px; padding: .5rem .8rem; border: 1px solid var(--line) }\n"
	"dl.facts dt { font-size: .82rem; color: var(--soft); line-height: 1.4 }\n"
	"dl.facts dd { margin: 0; font-size: 1.05rem; font-weight: 700; line-height: 1.5 }\n"
	"dl.about { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 1rem 0 }\n"
	"dl.about dt { color: var(--soft) }\n"
	"dl.about dd { margin: 0; min-width: 0 }\n"
	".toc { break-inside: avoid }\n"
	".toc ol { columns: 3 13rem; column-gap: 2rem; margin: .6rem 0; padding-left: 1.8em }\n"
	".toc li { break-inside: avoid; padding: .08rem 0 }\n"
	".toc a { text-decoration: none }\n"
	".toc a:hover { text-decoration: underline }\n"
	".scroll { overflow-x: auto; margin: 1rem 0 }\n"
	"table { border-collapse: collapse; width: 100%; font-size: .87rem; line-height: 1.5 }\n"
	"caption { break-after: avoid; text-align: left; font-weight: 700; padding: 0 0 .4rem; caption-side: top }\n"
	"th, td { padding: .32rem .55rem; border: solid var(--line); border-width: 1px 0; text-align: left; vertical-align: top; min-width: 4em }\n"
	"td.m { min-width: 7em }\n"
	"td.whole { min-width: 9.5em }\n"
	"thead th { background: var(--faint); color: var(--accent); border-bottom: 2px solid var(--accent); white-space: nowrap; vertical-align: bottom }\n"
	"tbody th { font-weight: 700 }\n"
	"tr { break-inside: avoid }\n"
	"td.n, th.n { text-align: right; white-space: nowrap }\n"
	"td.none { color: var(--soft) }\n"
	".r { display: inline-block; line-height: 1.45; font-weight: 700; white-space: nowrap; padding: 0 .5em; border: 1px solid; border-radius: 3px }\n"
	".r.ok { color: var(--ok); background: var(--ok-back) }\n"
	".r.bad { color: var(--bad); background: var(--bad-back); border-width: 2px }\n"
	".r.ask { color: var(--ask); background: var(--ask-back); border-style: dashed }\n"
	".r.na { color: var(--na); background: var(--na-back); border-style: dotted }\n"
	"time { white-space: nowrap }\n"
	"td .era, tbody th .era, .facts .era { display: block }\n"
	".era { font-size: .86em; color: var(--soft); white-space: nowrap }\n"
	"table.clauses th[scope=rowgroup] { min-width: 6.5em; width: 6.5em }\n"
	"table.clauses td[rowspan] { width: 32% }\n"
	"table.clauses tbody { border-bottom: 1px solid #8892a2 }\n"
	"table.clauses td, table.clauses th { border-width: 0 0 1px }\n"
	".equation { font-size: 1.25rem; font-weight: 700 }\n"
	"ul.names { columns: 4 9rem; padding-left: 1.4em }\n"
	"small { font-size: .88em; color: var(--soft) }\n"
	"table.matrix { table-layout: fixed; min-width: 44rem }\n"
	".matrix td { border: 1px solid var(--line); text-align: center; padding: .32rem .2rem }\n"
	".matrix thead th { white-space: normal; text-align: center }\n"
	".matrix .r { white-space: normal }\n"
	".note { color: var(--soft); font-size: .87rem }\n"
	".unread { padding: .6rem .9rem; border: 2px dashed var(--ask); background: var(--ask-back); color: var(--ask); font-weight: 700 }\n"
	"figure { margin: 1.2rem 0; break-inside: avoid }\n"
	"figcaption { font-size: .87rem; color: var(--soft); margin-top: .3rem }\n"
	"svg { display: block; width: 100%; height: auto }\n"
	"svg.bar { display: inline-block; width: 6rem; height: .7em }\n"
	"svg text { fill: var(--ink); font-size: 13px }\n"
	"svg text.t { font-size: 16px; font-weight: 700 }\n"
	"svg text.g { font-size: 16px; font-weight: 700; fill: #fff; letter-spacing: .3em }\n"
	"svg text.i { fill: var(--soft) }\n"
	"svg text.c { text-anchor: middle }\n"
	"svg text.e { text-anchor: end }\n"
	"svg text.h { paint-order: stroke; stroke: #fff; stroke-width: 5px; stroke-linejoin: round }\n"
	".zone { fill: #f0f2f5; stroke: #5a6577; stroke-width: 2 }\n"
	".zone.mynumber { fill: #fbeeee; stroke: #9b2c2c }\n"
	".zone.lgwan { fill: #ebf5ee; stroke: #2b6b45 }\n"
	".zone.internet { fill: #eaf1fa; stroke: #2c5a96 }\n"
	".seg { fill: #fff; stroke: #8892a2 }\n"
	".seg.ext { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 5 3 }\n"
	".gate { fill: var(--accent) }\n"
	".wire { fill: none; stroke: var(--accent); stroke-width: 5 }\n"
	".lane { fill: none; stroke: var(--ok); stroke-width: 2 }\n"
	".lane.ask { stroke: var(--ask); stroke-dasharray: 7 4 }\n"
	".lane.bad { stroke: var(--bad); stroke-width: 4 }\n"
	".head { fill: var(--ok) }\n"
	".head.ask { fill: var(--ask) }\n"
	".head.bad { fill: var(--bad) }\n"
	".axis { fill: none; stroke: var(--soft) }\n"
	".grid { fill: none; stroke: #dde2e9 }\n"
	".col { fill: #2c5a96 }\n"
	".col.part { fill: #fff; stroke: #2c5a96; stroke-dasharray: 2 1 }\n"
	".lost { fill: var(--bad); stroke: var(--bad); stroke-dasharray: 3 2 }\n"
	".sign table { table-layout: fixed }\n"
	".sign td, .sign th { border: 1px solid var(--ink); height: 4.2rem; vertical-align: middle }\n"
	".sign thead th { height: auto }\n"
	".improve table { table-layout: fixed; min-width: 44rem }\n"
	".improve td, .improve th { border: 1px solid var(--line) }\n"
	".improve td { height: 2.6rem }\n"
	".improve thead th { white-space: normal }\n"
	".improve th:first-child { width: 15% }\n"
	".improve th:nth-child(2) { width: 33% }\n"
	".improve th:last-child { width: 9% }\n"
	".l { padding-left: 1.3em; text-indent: -1.3em }\n"
	".sign { break-inside: avoid }\n"
	"footer { margin-top: 3rem; padding-top: .6rem; border-top: 1px solid var(--line); font-size: .82rem; color: var(--soft) }\n"
	"@media (forced-colors: active) {\n"
	"  svg text, svg text.g, svg text.i { fill: CanvasText }\n"
	"  svg text.h { stroke: Canvas }\n"
	"  .zone, .seg, .gate, .zone.mynumber, .zone.lgwan, .zone.internet { fill: Canvas; stroke: CanvasText }\n"
	"  .wire, .lane, .lane.ask, .lane.bad, .axis, .grid, .lost { stroke: CanvasText }\n"
	"  .head, .head.ask, .head.bad, .col, .lost { fill: CanvasText }\n"
	"}\n"
	"@media (max-width: 40rem) {\n"
	"  body { padding: 1rem .9rem 3rem }\n"
	"  h1 { font-size: 1.5rem }\n"
	"  .verdict { font-size: 1.12rem }\n"
	"  dl.about { display: block }\n"
	"  td { min-width: 6em }\n"
	"  td.effects { min-width: 18em }\n"
	"  dl.about dd { margin-bottom: .4rem }\n"
	"}\n"
	"@page {\n"
	"  size: A4; margin: 17mm 14mm 18mm;\n"
	"  @bottom-right { content: counter(page) \" / \" counter(pages); font-size: 8pt; color: #4d5768 }\n"
	"}\n"
	"@media print {\n"
	"  html { font-size: 10.5pt }\n"
	"  body { padding: 0; max-width: none; font-size: 9pt; line-height: 1.6 }\n"
	"  a { color: inherit; text-decoration: none }\n"
	"  .scroll { overflow: visible }\n"
	"  table { font-size: 8pt }\n"
	"  thead { display: table-header-group; break-before: avoid; break-after: avoid }\n"
	"  tbody:first-of-type > tr:first-child { break-before: avoid }\n"
	"  thead th { white-space: normal }\n"
	"  table.matrix, .improve table { min-width: 0 }\n"
	"  h1 { font-size: 20pt }\n"
	"  h2 { font-size: 13pt; margin-bottom: .6rem }\n"
	"  h3 { margin-top: 1.1rem }\n"
	"  section { margin-top: 2rem }\n"
	"  section.page, .sign { break-before: auto }\n"
	"  .r, .verdict, thead th, dl.facts, pre, .unread { print-color-adjust: exact; -webkit-print-color-adjust: exact }\n"
	"}\n";
/* clang-format on */

/* A text as CSS has it: each character by its number. */
static void put_string(struct html *html, const char *text)
{
	size_t length = strlen(text);

	unsigned int cells = 0;

	html_raw(html, "\"");
	while (length > 0) {
		uint32_t character;
		size_t took = width_decode(text, length, &character);

		cells += width_of_character(character);
		if (cells > HEAD_CELLS) {
			html_raw(html, "…");
			break;
		}
		if (!width_printable(character))
			character = WIDTH_REPLACEMENT;
		html_print(html, "\\%06X", (unsigned int)character);
		text += took;
		length -= took;
	}
	html_raw(html, "\"");
}

void report_css_write(struct html *html, const struct report *report)
{
	const struct report_site *site = &report->site;

	html_raw(html, sheet);
	html_raw(html, "@page { @top-right { content: ");
	put_string(html, site->label && site->label[0] ? site->label
			 : site->name		       ? site->name
						       : "");
	html_raw(html, "; font-size: 8pt; color: #4d5768; "
		       "vertical-align: bottom; padding-bottom: 4mm } }\n"
		       "@page :first { @top-right { content: none } }\n");
}
