/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zones stand side by side, each with its segments, on a bar that is the gateway. Below it a lane
 * leads from one zone to another for each ordered pair between which something may cross: down out
 * of the one, along, up into the other. No two lanes have a line in common.
 */
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "report_svg.h"
#include "report_svg_impl.h"
#include "report_words.h"

#define COLUMNS_MOST  16 /* more are told, not drawn */
#define LANES_MOST    40
#define SEGMENTS_MOST 8
#define WIDTH_LEAST   1000.0
#define COLUMN_LEAST  165.0
#define GAP	      22.0
#define TITLE	      16.0 /* letters */
#define SMALL	      13.0
#define HEAD	      62.0 /* of a zone, above its segments */
#define INSET	      10.0 /* of segments in a zone */
#define PAD	      7.0  /* of text in a segment */
#define SEGMENT	      50.0
#define GATE	      36.0
#define LANE	      34.0
#define LABEL_MAX     512

struct column {
	size_t zone;  /* SIZE_MAX: a place that is no zone */
	size_t place; /* SIZE_MAX: not in the matrix */
	size_t ends;  /* lanes that begin or end here */
	size_t used;  /* of those, how many were drawn */
};

struct lane {
	const struct report_cell *cell;
	size_t from, to; /* columns */
	double x1, x2;
};

struct drawing {
	struct html *html;
	const struct report *report;
	struct column columns[COLUMNS_MOST];
	size_t column_count, columns_left_out;
	struct lane lanes[LANES_MOST];
	size_t lane_count, lanes_left_out;
	double width, column_width;
	double head, gate; /* where segments begin; where the bar does */
	bool external;	   /* a segment is an external connection */
	unsigned int height;
};

/* How a verdict (prove_verdict_name()) is shown. */
static const struct shown {
	const char *verdict, *class, *sign, *words;
} verdicts[] = {
	{ "exact", "ok", "✔", NULL },
	{ "separate", "ok", "✔", NULL },
	{ "observed", "ask", "▲", N_("only observed") },
	{ "less", "ask", "▲", N_("less passes than the policy permits") },
	{ "undecided", "ask", "▲", N_("could not be decided") },
	{ "budget", "ask", "▲", N_("could not be decided") },
	{ "more", "bad", "✖", N_("more passes than the policy permits") },
};

static const struct shown *shown_as(const char *verdict)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdict && strcmp(verdict, verdicts[i].verdict) == 0)
			return &verdicts[i];
	return &verdicts[4]; /* one that is not known is not fine */
}

/* By a path, or not as the policy says. What follows from it without a path (replies of the gateway
 * itself, errors of ICMP) is in the table. */
static bool crosses(const struct report_cell *cell)
{
	return cell->asked && cell->from != cell->to &&
	       (cell->path_count > 0 || strcmp(shown_as(cell->verdict)->class, "ok") != 0);
}

static size_t place_of(const struct report_matrix *matrix, const struct report_zone *zone)
{
	for (size_t i = 0; i < matrix->place_count; i++)
		if (matrix->places[i].kind[0] && strcmp(matrix->places[i].name, zone->name) == 0)
			return i;
	return SIZE_MAX;
}

static bool is_used(const struct report_matrix *matrix, size_t place)
{
	for (size_t i = 0; i < matrix->cell_count; i++)
		if (crosses(&matrix->cells[i]) &&
			(matrix->cells[i].from == place || matrix->cells[i].to == place))
			return true;
	return false;
}

static void add_column(struct drawing *drawing, size_t zone, size_t place)
{
	if (drawing->column_count == COLUMNS_MOST)
		drawing->columns_left_out++;
	else
		drawing->columns[drawing->column_count++] =
			(struct column){ .zone = zone, .place = place };
}

/* Zones, then the other places between which and a zone something may cross. */
static void find_columns(struct drawing *drawing)
{
	const struct report_site *site = &drawing->report->site;
	const struct report_matrix *matrix = &drawing->report->matrix;

	for (size_t i = 0; i < site->zone_count; i++)
		add_column(drawing, i, place_of(matrix, &site->zones[i]));
	for (size_t i = 0; i < matrix->place_count; i++)
		if (!matrix->places[i].kind[0] && is_used(matrix, i))
			add_column(drawing, SIZE_MAX, i);
}

static size_t column_of(const struct drawing *drawing, size_t place)
{
	for (size_t i = 0; i < drawing->column_count; i++)
		if (drawing->columns[i].place == place)
			return i;
	return SIZE_MAX;
}

static void find_lanes(struct drawing *drawing)
{
	const struct report_matrix *matrix = &drawing->report->matrix;

	for (size_t i = 0; i < matrix->cell_count; i++) {
		const struct report_cell *cell = &matrix->cells[i];
		size_t from = column_of(drawing, cell->from), to = column_of(drawing, cell->to);

		if (!crosses(cell))
			continue;
		if (from == SIZE_MAX || to == SIZE_MAX || drawing->lane_count == LANES_MOST) {
			drawing->lanes_left_out++;
			continue;
		}
		drawing->columns[from].ends++;
		drawing->columns[to].ends++;
		drawing->lanes[drawing->lane_count++] =
			(struct lane){ .cell = cell, .from = from, .to = to };
	}
}

static size_t segments_of(const struct report_site *site, size_t zone)
{
	size_t count = 0;

	for (size_t i = 0; i < site->segment_count; i++)
		count += site->segments[i].zone == zone;
	return count;
}

/* Label or name. */
static const char *title_of(const struct drawing *drawing, size_t column)
{
	const struct column *at = &drawing->columns[column];

	if (at->zone != SIZE_MAX) {
		const struct report_zone *zone = &drawing->report->site.zones[at->zone];

		return zone->label[0] ? zone->label : zone->name;
	}

	const struct report_place *place = &drawing->report->matrix.places[at->place];

	return place->label[0] ? place->label : report_word(WORDS_PLACE, place->name);
}

static double left_of(const struct drawing *drawing, size_t column)
{
	return GAP / 2 + (double)column * (drawing->column_width + GAP);
}

/* Where the next lane of a column begins or ends. */
static double next_end(struct drawing *drawing, size_t column)
{
	struct column *at = &drawing->columns[column];

	at->used++;
	return left_of(drawing, column) +
	       drawing->column_width * (double)at->used / (double)(at->ends + 1);
}

static void lay_out(struct drawing *drawing)
{
	size_t segments = 1;

	for (size_t i = 0; i < drawing->report->site.zone_count; i++) {
		size_t count = segments_of(&drawing->report->site, i);

		segments = count > segments ? count : segments;
	}
	for (size_t i = 0; i < drawing->report->site.segment_count; i++)
		drawing->external |= drawing->report->site.segments[i].owner[0] != '\0';
	segments = segments > SEGMENTS_MOST ? SEGMENTS_MOST + 1 : segments;
	drawing->width = (double)drawing->column_count * (COLUMN_LEAST + GAP);
	drawing->width = drawing->width > WIDTH_LEAST ? drawing->width : WIDTH_LEAST;
	drawing->column_width = drawing->width / (double)drawing->column_count - GAP;
	drawing->head = HEAD;
	for (size_t i = 0; i < drawing->column_count; i++)
		if (svg_text_width(title_of(drawing, i), TITLE) > drawing->column_width - 2 * INSET)
			drawing->head = HEAD + TITLE * 1.3; /* titles of two lines */
	drawing->gate = drawing->head + (double)segments * SEGMENT + 30;
	for (size_t i = 0; i < drawing->lane_count; i++) {
		drawing->lanes[i].x1 = next_end(drawing, drawing->lanes[i].from);
		drawing->lanes[i].x2 = next_end(drawing, drawing->lanes[i].to);
	}
	size_t lines = drawing->lane_count ? drawing->lane_count : 1;
	lines += drawing->lanes_left_out + drawing->columns_left_out > 0;
	lines += drawing->external;
	drawing->height = (unsigned int)(drawing->gate + GATE + (double)lines * LANE + 22);
}

static void put_box(struct html *html, const char *classes, double x, double y, double width,
	double height, double corner)
{
	html_print(html,
		"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		"rx=\"%.0f\"/>\n",
		classes, x, y, width, height, corner);
}

static const char *link_words(enum report_link link)
{
	switch (link) {
	case REPORT_LINK_DOWN:
		return _("down");
	case REPORT_LINK_MISSING:
		return _("not there");
	case REPORT_LINK_UP:
	case REPORT_LINK_UNKNOWN:
		break;
	}
	return NULL;
}

/* Label or name, and the interface with what is to be known of it. */
static void put_segment(const struct drawing *drawing, const struct report_segment *segment,
	double x, double y, double width)
{
	const char *words = link_words(segment->link);
	char second[LABEL_MAX];

	put_box(drawing->html, segment->owner[0] ? "seg ext" : "seg", x, y, width, SEGMENT - 8, 3);
	svg_text(drawing->html, x + PAD, y + 18, "s",
		segment->label[0] ? segment->label : segment->name, width - 2 * PAD, SMALL);
	snprintf(second, sizeof(second), "%s%s%s%s", segment->owner[0] ? "⇄ " : "",
		segment->interface, words ? " ✖ " : "", words ? words : "");
	svg_text(drawing->html, x + PAD, y + 35, "s i", second, width - 2 * PAD, SMALL);
}

static void put_segments(const struct drawing *drawing, size_t zone, double x, double width)
{
	const struct report_site *site = &drawing->report->site;
	double y = drawing->head;
	size_t shown = 0;

	for (size_t i = 0; i < site->segment_count; i++) {
		if (site->segments[i].zone != zone)
			continue;
		if (shown++ < SEGMENTS_MOST) {
			put_segment(drawing, &site->segments[i], x, y, width);
			y += SEGMENT;
		}
	}
	if (shown > SEGMENTS_MOST) {
		char text[LABEL_MAX];

		snprintf(text, sizeof(text), _("and %zu more"), shown - SEGMENTS_MOST);
		svg_text(drawing->html, x + PAD, y + 18, "s", text, width - 2 * PAD, SMALL);
	}
}

/* What the zone lets pass inside. */
static void put_inside(const struct drawing *drawing, size_t column, double x, double width)
{
	const struct report_matrix *matrix = &drawing->report->matrix;
	const struct column *at = &drawing->columns[column];
	const char *text = NULL;
	char paths[LABEL_MAX];

	if (drawing->report->site.zones[at->zone].open_inside) {
		text = _("inside: open");
	} else if (at->place != SIZE_MAX && matrix->cell_count > 0) {
		const struct report_cell *cell =
			&matrix->cells[at->place * matrix->place_count + at->place];

		snprintf(paths, sizeof(paths), _("inside: paths %zu"), cell->path_count);
		text = cell->path_count > 0 ? paths : _("inside: nothing");
	}
	if (text)
		svg_text(drawing->html, x, drawing->head - 12, "s", text, width, SMALL);
}

/* In one line or two. */
static void put_title(const struct drawing *drawing, size_t column, double x, double width)
{
	const char *title = title_of(drawing, column);
	size_t first = svg_text_fitting(title, width, TITLE);
	double y = drawing->head > HEAD ? 26 : 30;

	if (title[first] == '\0') {
		svg_text(drawing->html, x, y, "t", title, width, TITLE);
		return;
	}
	html_print(drawing->html, "<text x=\"%.1f\" y=\"%.1f\" class=\"t\">", x, y);
	html_text_n(drawing->html, title, first);
	html_raw(drawing->html, "</text>\n");
	svg_text(drawing->html, x, y + TITLE * 1.3, "t", title + first, width, TITLE);
}

/* A report that was loaded may name any kind: in a class only those that there are. */
static const char *zone_class(const struct drawing *drawing, size_t zone)
{
	static const struct {
		const char *kind, *class;
	} classes[] = {
		{ "mynumber", "zone mynumber" },
		{ "lgwan", "zone lgwan" },
		{ "internet", "zone internet" },
		{ "management", "zone management" },
	};

	if (zone == SIZE_MAX)
		return "zone itself";
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(drawing->report->site.zones[zone].kind, classes[i].kind) == 0)
			return classes[i].class;
	return "zone";
}

static void put_column(const struct drawing *drawing, size_t column)
{
	const struct column *at = &drawing->columns[column];
	double x = left_of(drawing, column), inner = drawing->column_width - 2 * INSET;

	put_box(drawing->html, zone_class(drawing, at->zone), x, 4, drawing->column_width,
		drawing->gate - 24, 8);
	put_title(drawing, column, x + INSET, inner);
	if (at->zone != SIZE_MAX) {
		put_inside(drawing, column, x + INSET, inner);
		put_segments(drawing, at->zone, x + INSET, inner);
	}
	html_print(drawing->html, "<path class=\"wire\" d=\"M%.1f %.1fV%.1f\"/>\n",
		x + drawing->column_width / 2, drawing->gate - 20, drawing->gate);
}

static double y_of_lane(const struct drawing *drawing, size_t lane)
{
	return drawing->gate + GATE + LANE * ((double)lane + 1);
}

static void put_line(const struct drawing *drawing, size_t index)
{
	const struct lane *lane = &drawing->lanes[index];
	double top = drawing->gate + GATE, y = y_of_lane(drawing, index);

	html_print(drawing->html,
		"<path class=\"lane %s\" d=\"M%.1f %.1fV%.1fH%.1fV%.1f\"/>\n"
		"<path class=\"head %s\" d=\"M%.1f %.1fl6 12h-12z\"/>\n"
		"<path class=\"head %s\" d=\"M%.1f %.1fm-4 4a4 4 0 1 0 8 0a4 4 0 1 0-8 0\"/>\n",
		shown_as(lane->cell->verdict)->class, lane->x1, top + 4, y, lane->x2, top + 10,
		shown_as(lane->cell->verdict)->class, lane->x2, top + 1,
		shown_as(lane->cell->verdict)->class, lane->x1, top + 1);
}

/* The names of paths behind a label that has room for so much: the first one, others as long as
 * they fit, and how many there are besides. */
static void add_paths(char label[LABEL_MAX], const struct report_matrix *matrix,
	const struct report_cell *cell, double width)
{
	size_t used = strlen(label);

	for (size_t i = 0; i < cell->path_count && used < LABEL_MAX; i++) {
		const char *name = matrix->paths[cell->first_path + i].name;
		size_t left = cell->path_count - i;
		char more[24] = "";

		if (left > 1)
			snprintf(more, sizeof(more), " +%zu", left - 1);
		snprintf(label + used, LABEL_MAX - used, "%s %s%s", i ? "," : "", name, more);
		if (i > 0 && svg_text_width(label, SMALL) > width) {
			snprintf(label + used, LABEL_MAX - used, " +%zu", left);
			break;
		}
		used += strlen(name) + (i ? 2 : 1);
	}
}

/* A sign, what is not as it should be, and the paths. */
static void lane_label(char label[LABEL_MAX], const struct report_matrix *matrix,
	const struct report_cell *cell, double width)
{
	const struct shown *shown = shown_as(cell->verdict);

	snprintf(label, LABEL_MAX, "%s%s%s", shown->sign, shown->words ? " " : "",
		shown->words ? _(shown->words) : "");
	add_paths(label, matrix, cell, width);
}

static void put_label(const struct drawing *drawing, size_t index)
{
	const struct lane *lane = &drawing->lanes[index];
	char label[LABEL_MAX];

	double width = lane->x1 < lane->x2 ? lane->x2 - lane->x1 : lane->x1 - lane->x2;

	lane_label(label, &drawing->report->matrix, lane->cell, width - 2 * PAD);
	double length = svg_text_width(label, SMALL);
	double x = (lane->x1 + lane->x2 - length) / 2;
	x = x + length > drawing->width - 8 ? drawing->width - 8 - length : x;
	x = x < 8 ? 8 : x;
	svg_text(drawing->html, x, y_of_lane(drawing, index) - 7, "s h", label,
		drawing->width - 8 - x, SMALL);
}

/* Below the lanes: that there are none, what is not drawn, what the dashed boxes are. */
static void put_legend(const struct drawing *drawing)
{
	size_t line = drawing->lane_count;
	char text[LABEL_MAX];

	if (line == 0 && drawing->lanes_left_out == 0) {
		svg_text(drawing->html, 12, y_of_lane(drawing, line++), "s",
			drawing->report->matrix.source.state == REPORT_UNREAD
				? _("What may cross was not read.")
				: _("Nothing may cross."),
			drawing->width - 24, SMALL);
	}
	if (drawing->lanes_left_out + drawing->columns_left_out > 0) {
		snprintf(text, sizeof(text), _("not drawn: zones %zu, pairs %zu; see the table"),
			drawing->columns_left_out, drawing->lanes_left_out);
		svg_text(drawing->html, 12, y_of_lane(drawing, line++), "s h", text,
			drawing->width - 24, SMALL);
	}
	if (drawing->external)
		svg_text(drawing->html, 12, y_of_lane(drawing, line), "s",
			_("⇄ dashed: an external connection"), drawing->width - 24, SMALL);
}

void report_svg_zones(struct html *html, const struct report *report)
{
	struct drawing drawing = { .html = html, .report = report };
	char description[LABEL_MAX];

	if (report->site.zone_count == 0)
		return;
	find_columns(&drawing);
	find_lanes(&drawing);
	lay_out(&drawing);
	snprintf(description, sizeof(description),
		_("Zones %zu, segments %zu; between %zu ordered pairs something may cross. The "
		  "tables "
		  "have the same."),
		report->site.zone_count, report->site.segment_count,
		drawing.lane_count + drawing.lanes_left_out);
	svg_begin(html, "zones", (unsigned int)drawing.width, drawing.height,
		_("Zones, their segments and interfaces, and what may cross"), description);
	for (size_t i = 0; i < drawing.column_count; i++)
		put_column(&drawing, i);
	put_box(html, "gate", GAP / 2, drawing.gate, drawing.width - GAP, GATE, 4);
	html_print(html, "<text x=\"%.1f\" y=\"%.1f\" class=\"g c\">", drawing.width / 2,
		drawing.gate + GATE / 2 + 6);
	html_text(html, _("gateway"));
	html_raw(html, "</text>\n");
	for (size_t i = 0; i < drawing.lane_count; i++)
		put_line(&drawing, i);
	for (size_t i = 0; i < drawing.lane_count; i++)
		put_label(&drawing, i);
	put_legend(&drawing);
	svg_end(html);
}
