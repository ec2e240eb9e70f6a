/* upstream/media.c - see media.h.
 * SPDX-License-Identifier: MIT */
#include "upstream/media.h"

#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"

enum { REQUEST_ARENA_BYTES = 64 << 10, TYPE_MAX = 64 };

struct item {
	struct media *media;
	cdt_str wanted;                        /* the client's URL */
	const char *why;                       /* it can not be had */
	struct arena arena;                    /* of the request under way */
	struct outreq request;
	struct fetch_call *call;               /* NULL: none is under way */
	struct buf body;
	char type[TYPE_MAX];
	cdt_str next;                          /* where a redirect leads; in arena */
	uint32_t status, hops;
	char *url;                             /* the data: URL */
	size_t url_n;
};

struct media {
	struct media_order order;
	struct item item[MEDIA_MAX];
	size_t count, open;                    /* open: those not here yet */
	const char *why;                       /* of the whole */
	cdt_str why_url;
	size_t bytes;
	bool ended;
};

struct media *media_new(const struct media_order *o)
{
	struct media *m = mem_new(sizeof *m);

	m->order = *o;
	return m;
}

static void item_stop(struct item *i)
{
	if (i->call)
		fetch_cancel(i->call);
	i->call = NULL;
	outreq_fini(&i->request);
	arena_fini(&i->arena);
	buf_fini(&i->body);
}

void media_free(struct media *m)
{
	if (!m)
		return;
	for (size_t k = 0; k < m->count; k++) {
		item_stop(&m->item[k]);
		mem_free(m->item[k].url);
	}
	mem_free(m);
}

static const struct item *find(const struct media *m, cdt_str url)
{
	for (size_t k = 0; k < m->count; k++)
		if (str_eq(m->item[k].wanted, url))
			return &m->item[k];
	return NULL;
}

void media_want(struct media *m, cdt_str url)
{
	struct item *i;

	if (find(m, url))
		return;
	if (m->count == MEDIA_MAX) {
		m->why = "there are more than 16 of them";
		m->why_url = url;
		return;
	}
	i = &m->item[m->count++];
	i->media = m;
	i->wanted = url;
	i->call = NULL;
	arena_init(&i->arena, 0, REQUEST_ARENA_BYTES);
	outreq_init(&i->request, &i->arena, 0);
	buf_init(&i->body, MEDIA_BYTES_MAX);
}

bool media_is_empty(const struct media *m) { return !m->count; }

/* --- what came --- */

struct magic { const char *bytes; size_t n, at; const char *type; };
static const struct magic magics[] = {
	{ "\x89PNG\r\n\x1a\n", 8, 0, "image/png" },
	{ "\xff\xd8\xff", 3, 0, "image/jpeg" },
	{ "GIF8", 4, 0, "image/gif" },
	{ "WEBP", 4, 8, "image/webp" },
	{ "%PDF-", 5, 0, "application/pdf" },
};

/* The bytes know better than their sender. */
static const char *type_of(cdt_str bytes, const char *said)
{
	for (size_t k = 0; k < sizeof magics / sizeof *magics; k++) {
		const struct magic *g = &magics[k];

		if (bytes.n >= g->at + g->n && !memcmp(bytes.p + g->at, g->bytes, g->n))
			return g->type;
	}
	return said;
}

static bool is_taken(const char *type)
{
	static const char *const begins[] = { "image/", "audio/", "video/", "application/pdf",
	                                      "text/plain", NULL };

	for (size_t k = 0; begins[k]; k++)
		if (str_starts(str_z(type), begins[k]))
			return true;
	return false;
}

static const char *inline_url(struct item *i)
{
	cdt_str bytes = buf_str(&i->body);
	const char *type = type_of(bytes, i->type);
	size_t room = 4 * (bytes.n / 3 + 1);
	struct buf head;

	if (!bytes.n)
		return "it is empty";
	if (!is_taken(type))
		return "it is neither a picture, sound, film, PDF nor plain text";
	if ((i->media->bytes += bytes.n) > MEDIA_ALL_BYTES_MAX)
		return "all together are more than 32 MiB";
	buf_init(&head, 2 * TYPE_MAX);
	buf_print(&head, "data:%s;base64,", type);
	i->url = mem_new(head.n + room);
	memcpy(i->url, head.p, head.n);
	i->url_n = head.n + base64_encode(bytes, false, i->url + head.n, room);
	buf_fini(&head);
	return NULL;
}

/* --- calls --- */

static void begin(struct item *i, cdt_str url);

static void end(struct item *i, const char *why)
{
	struct media *m = i->media;

	item_stop(i);
	i->why = why;
	m->open--;
	if (m->ended || (!why && m->open))
		return;
	m->ended = true;
	m->why = why;
	m->why_url = i->wanted;
	m->order.done(m->order.arg);           /* m may be gone */
}

/* The type without its parameters, if it is one. */
static void keep_type(struct item *i, cdt_str value)
{
	size_t n = str_find(value, ';');

	value = str_trim(str_from(value.p, n < value.n ? n : value.n));
	i->type[0] = 0;
	if (value.n >= TYPE_MAX)
		return;
	for (size_t k = 0; k < value.n; k++) {
		char c = value.p[k];

		i->type[k] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
		if (c <= ' ' || c > '~' || c == ',' || c == '"')
			value.n = 0;
	}
	i->type[value.n] = 0;
}

static bool is_redirect(uint32_t status)
{
	return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

/* Where a Location leads, seen from url; "" when it is of a form that is not followed. */
static cdt_str resolve(struct item *i, cdt_str to)
{
	cdt_str url = i->request.url;
	size_t n = str_search(url, CDT_STR("://")) + 3;
	struct arena *keep = i->media->order.arena;

	while (n < url.n && url.p[n] != '/' && url.p[n] != '?')
		n++;
	if (str_starts(to, "//"))
		return arena_print(keep, "https:%.*s", STR_ARG(to));
	if (to.n && *to.p == '/')
		return arena_print(keep, "%.*s%.*s", (int)n, url.p, STR_ARG(to));
	return str_search(to, CDT_STR("://")) < to.n ? arena_str(keep, to) : CDT_STR("");
}

static void on_head(void *arg, const struct cdt_http_head *head)
{
	struct item *i = arg;

	i->status = head->status;
	keep_type(i, fetch_header(head, "content-type"));
	if (is_redirect(head->status))
		i->next = resolve(i, fetch_header(head, "location"));
}

static bool on_body(void *arg, cdt_str bytes)
{
	struct item *i = arg;

	if (i->status == 200)
		buf_add(&i->body, bytes);      /* past the cap: its status says so */
	return true;
}

static void on_end(void *arg, enum fetch_end how)
{
	struct item *i = arg;

	i->call = NULL;
	if (how == FETCH_BLOCKED)
		end(i, "its address may not be called");
	else if (how != FETCH_OK)
		end(i, fetch_end_is_late(how) ? "its server is too slow"
		                              : "its server can not be reached");
	else if (is_redirect(i->status) && i->next.n && i->hops++ < MEDIA_HOPS_MAX)
		begin(i, i->next);
	else if (i->status != 200)
		end(i, is_redirect(i->status) ? "it is redirected too often, or elsewhere"
		                              : "its server does not have it");
	else if (i->body.status != CDT_OK)
		end(i, "it is larger than 10 MiB");
	else
		end(i, inline_url(i));
}

/* The origin of url is on the list: exactly that beginning. */
static bool is_listed(const struct media *m, cdt_str url)
{
	for (const char *const *o = m->order.origins; *o; o++) {
		cdt_str rest = str_skip(url, strlen(*o));

		if (str_starts(url, *o) && (!rest.n || *rest.p == '/' || *rest.p == '?'))
			return true;
	}
	return false;
}

static void begin(struct item *i, cdt_str url)
{
	static const struct fetch_ops ops = { on_head, on_body, on_end };
	static const struct fetch_timeouts times = { MEDIA_MS / 2, MEDIA_MS, MEDIA_MS,
	                                             MEDIA_MS };
	const struct media *m = i->media;
	bool listed = is_listed(m, url);

	item_stop(i);
	buf_init(&i->body, MEDIA_BYTES_MAX);
	arena_init(&i->arena, 1024, REQUEST_ARENA_BYTES);
	outreq_init(&i->request, &i->arena, 0);
	i->next = (cdt_str){ "", 0 };
	if (!listed && !fetch_url_is_public(url)) {
		end(i, "only public addresses over https are fetched");
		return;
	}
	outreq_set_method(&i->request, "GET");
	outreq_set_url(&i->request, url, CDT_STR(""));
	outreq_add_header(&i->request, CDT_STR("accept"),
	                  CDT_STR("image/*, audio/*, video/*, application/pdf, text/plain"),
	                  false);
	outreq_seal(&i->request);
	if (i->request.status != CDT_OK)
		end(i, "it is not an address that can be fetched");
	else
		i->call = fetch_start(listed ? m->order.near : m->order.far, &i->request,
		                      &times, &ops, i);
}

bool media_start(struct media *m)
{
	if (m->why || !m->count)
		return false;
	m->open = m->count;
	/* Those that fail at once are not told through done. */
	m->ended = true;
	for (size_t k = 0; k < m->count; k++) {
		begin(&m->item[k], m->item[k].wanted);
		if (m->item[k].why) {
			m->why = m->item[k].why;
			m->why_url = m->item[k].wanted;
			return false;
		}
	}
	m->ended = false;
	return true;
}

const char *media_fault(const struct media *m, cdt_str *url)
{
	*url = m->why_url;
	return m->why;
}

cdt_str media_find(const struct media *m, cdt_str url)
{
	const struct item *i = find(m, url);

	return i && i->url ? (cdt_str){ i->url, i->url_n } : CDT_STR("");
}
