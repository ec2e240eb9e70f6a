/* ctl/show.c - tables, JSON, lines of JSON, CSV.
 * SPDX-License-Identifier: MIT */
#include "ctl/show.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ask.h"

enum { COLUMNS_MAX = 32, CELL_MAX = 16 << 10, GAP = 2 };

/* --- cells --- */

static void add_value(struct buf *out, const struct json *j, const char *member)
{
	/* json-c keeps the printed text inside the node. */
	struct json *node = (struct json *)(uintptr_t)j;

	switch (json_type(j)) {
	case CDT_ABSENT:
	case CDT_NULL:
		break;
	case CDT_FLAG:
		buf_add_z(out, json_flag(j, 0) ? "yes" : "no");
		break;
	case CDT_TEXT:
		buf_add(out, json_text(j));
		break;
	case CDT_LIST:
		for (size_t i = 0; i < json_count(j); i++) {
			struct json *item = json_at(j, i);

			if (i)
				buf_add_c(out, ',');
			add_value(out, member ? json_get(item, member) : item, NULL);
		}
		break;
	default:
		if (json_type(j) != CDT_MAP || json_count(j))
			buf_add(out, json_print(node));
	}
}

/* What stands at path, as text.  Cells are short: what is longer is cut by the cap. */
static void cell(struct buf *out, const struct json *map, const char *path)
{
	cdt_str rest = str_z(path);
	const char *member = NULL;
	char name[64];

	buf_clear(out);
	while (rest.n && map) {
		cdt_str word = str_cut(&rest, '.');

		if (str_ends(word, "[]")) {
			word.n -= 2;
			member = rest.p;
			rest.n = 0;
		}
		(void)snprintf(name, sizeof name, "%.*s", STR_ARG(word));
		map = json_get(map, name);
	}
	add_value(out, map, member);
}

/* --- tables --- */

static size_t width_of(cdt_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;   /* begins of characters */
	return n;
}

void show_text(FILE *to, cdt_str s, bool lines)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char b = (unsigned char)s.p[i];
		bool c1 = b == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0;

		if (c1 || ((b < 0x20 || b == 0x7f) && !(lines && (b == '\n' || b == '\t'))))
			fputc('?', to);
		else
			fputc(b, to);
		i += c1;
	}
}

static bool is_colored(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && no[0]) && term && strcmp(term, "dumb") != 0;
}

static void pad(size_t n)
{
	while (n-- > 0)
		putchar(' ');
}

static void print_row(const struct column *columns, const struct json *map,
                      const size_t *widths)
{
	struct buf text;

	buf_init(&text, CELL_MAX);
	for (size_t i = 0; columns[i].title; i++) {
		cdt_str s;

		cell(&text, map, columns[i].path);
		s = text.n ? buf_str(&text) : CDT_STR("-");
		show_text(stdout, s, false);
		if (columns[i + 1].title)
			pad(widths[i] - width_of(s) + GAP);
	}
	putchar('\n');
	buf_fini(&text);
}

static void measure(const struct json *list, const struct column *columns, size_t *widths)
{
	struct buf text;

	buf_init(&text, CELL_MAX);
	for (size_t i = 0; columns[i].title; i++) {
		widths[i] = strlen(columns[i].title);
		for (size_t k = 0; k < json_count(list); k++) {
			size_t n;

			cell(&text, json_at(list, k), columns[i].path);
			n = text.n ? width_of(buf_str(&text)) : 1;
			widths[i] = n > widths[i] ? n : widths[i];
		}
	}
	buf_fini(&text);
}

static void print_table(const struct json *list, const struct column *columns)
{
	size_t widths[COLUMNS_MAX];
	bool colored = is_colored();

	measure(list, columns, widths);
	fputs(colored ? "\033[1m" : "", stdout);
	for (size_t i = 0; columns[i].title; i++) {
		fputs(columns[i].title, stdout);
		if (columns[i + 1].title)
			pad(widths[i] - strlen(columns[i].title) + GAP);
	}
	fputs(colored ? "\033[0m\n" : "\n", stdout);
	for (size_t k = 0; k < json_count(list); k++)
		print_row(columns, json_at(list, k), widths);
}

/* --- CSV (RFC 4180, with plain line ends) --- */

static void print_csv_row(const struct json *map, const struct column *columns)
{
	struct buf text, quoted;

	buf_init(&text, CELL_MAX);
	buf_init(&quoted, 2 * CELL_MAX + 3);
	for (size_t i = 0; columns[i].title; i++) {
		cell(&text, map, columns[i].path);
		buf_clear(&quoted);
		csv_cell(&quoted, buf_str(&text));
		(void)fwrite(quoted.p, 1, quoted.n, stdout);   /* main looks at ferror */
		putchar(columns[i + 1].title ? ',' : '\n');
	}
	buf_fini(&quoted);
	buf_fini(&text);
}

static void print_csv_head(const struct column *columns)
{
	for (size_t i = 0; columns[i].title; i++) {
		for (const char *p = columns[i].title; *p; p++)
			putchar(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p == ' ' ? '_' : *p);
		putchar(columns[i + 1].title ? ',' : '\n');
	}
}

/* --- JSON --- */

static void print_json(const struct json *j)
{
	cdt_str s = json_print((struct json *)(uintptr_t)j);   /* keeps the text in the node */

	(void)fwrite(s.p, 1, s.n, stdout);             /* main looks at ferror */
}

static void print_json_list(const struct json *list)
{
	fputs("{\"data\":[", stdout);
	for (size_t i = 0; i < json_count(list); i++) {
		if (i)
			putchar(',');
		print_json(json_at(list, i));
	}
	fputs("],\"next\":null}\n", stdout);
}

/* --- all of them --- */

static void print_ids(const struct json *list, const char *path)
{
	struct buf text;

	buf_init(&text, CELL_MAX);
	for (size_t i = 0; i < json_count(list); i++) {
		cell(&text, json_at(list, i), path);
		if (text.n)
			printf("%.*s\n", STR_ARG(buf_str(&text)));
	}
	buf_fini(&text);
}

void show_list(const struct ctl *c, const struct json *list, const struct column *columns)
{
	if (c->quiet) {
		print_ids(list, columns[0].path);
	} else if (c->style == STYLE_JSON) {
		print_json_list(list);
	} else if (c->style == STYLE_TABLE) {
		print_table(list, columns);
	} else if (c->style == STYLE_CSV) {
		print_csv_head(columns);
		for (size_t i = 0; i < json_count(list); i++)
			print_csv_row(json_at(list, i), columns);
	} else {
		for (size_t i = 0; i < json_count(list); i++) {
			print_json(json_at(list, i));
			putchar('\n');
		}
	}
}

static void print_card(const struct json *map, const struct column *columns)
{
	size_t width = 0;
	struct buf text;

	buf_init(&text, CELL_MAX);
	for (size_t i = 0; columns[i].title; i++)
		width = strlen(columns[i].title) > width ? strlen(columns[i].title) : width;
	for (size_t i = 0; columns[i].title; i++) {
		cell(&text, map, columns[i].path);
		fputs(columns[i].title, stdout);
		pad(width - strlen(columns[i].title) + GAP);
		show_text(stdout, text.n ? buf_str(&text) : CDT_STR("-"), false);
		putchar('\n');
	}
	buf_fini(&text);
}

void show_one(const struct ctl *c, const struct json *map, const struct column *columns)
{
	if (c->quiet) {
		struct buf text;

		buf_init(&text, CELL_MAX);
		cell(&text, map, columns[0].path);
		printf("%.*s\n", STR_ARG(buf_str(&text)));
		buf_fini(&text);
	} else if (c->style == STYLE_TABLE) {
		print_card(map, columns);
	} else if (c->style == STYLE_CSV) {
		print_csv_head(columns);
		print_csv_row(map, columns);
	} else {
		print_json(map);
		putchar('\n');
	}
}

int show_resource(const struct ctl *c, const char *path, const struct column *columns)
{
	struct ask_answer a;
	int code = ask_json("GET", path, (cdt_str){ NULL, 0 }, &a);

	if (code == CTL_OK)
		show_list(c, json_get(a.json, "data"), columns);
	ask_fini(&a);
	return code;
}
