/* config/cross_listen.c - no two listeners at one place, TLS files that can be read, nothing
 * private in the open.  Whether certificate and key fit is seen when they are loaded.
 * SPDX-License-Identifier: MIT */
#include "config/cross_listen.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "config/file.h"

static void check_tls_file(struct tree *t, const struct node *n, bool is_private)
{
	struct stat st;
	char *path;

	if (!n || n->type != NODE_TEXT || !n->text[0])
		return;
	path = tree_path(t, n);
	if (!file_readable(path))
		config_report_error(t->report, n->at, "can not read %s: %s", path,
		                    strerror(errno));
	else if (is_private && stat(path, &st) == 0 && st.st_mode & 0777 & ~(mode_t)0640)
		config_report_warning(t->report, n->at,
		                      "%s can be read by everybody or changed by others (mode "
		                      "%04o): chmod 0640",
		                      path, (unsigned)st.st_mode & 0777);
}

static bool same_place(const struct node *a, const struct node *b)
{
	if (strcmp(node_text(a, "address"), node_text(b, "address")) != 0)
		return false;
	if (str_starts(str_z(node_text(a, "address")), "unix:"))
		return true;
	/* 0 is another free port each time. */
	return node_value(a, "port", 0) == node_value(b, "port", 0) &&
	       node_value(a, "port", 0) != 0;
}

static const char *port_text(struct tree *t, const struct node *n)
{
	if (str_starts(str_z(node_text(n, "address")), "unix:"))
		return "";
	return tree_print(t, " port %u", (unsigned)node_value(n, "port", 0));
}

static void check_against(struct tree *t, const struct node *n, const struct node *list)
{
	for (const struct node *other = list ? list->first : NULL; other && other != n;
	     other = other->next)
		if (same_place(n, other))
			config_report_error(t->report, n->at,
			                    "another listener is already at %s%s (%s)",
			                    node_text(n, "address"), port_text(t, n),
			                    tree_place(t, other->at));
}

static void check_one(struct tree *t, const struct node *n)
{
	const struct node *port = node_get(n, "port"), *tls = node_get(n, "tls");

	if (port && port->at.line && str_starts(str_z(node_text(n, "address")), "unix:"))
		config_report_error(t->report, port->at, "a unix: listener has no port");
	check_tls_file(t, node_get(tls, "cert"), false);
	check_tls_file(t, node_get(tls, "key"), true);
}

static bool is_open(const char *address)
{
	return address[0] && !str_starts(str_z(address), "unix:") &&
	       !str_starts(str_z(address), "127.") && strcmp(address, "::1") != 0;
}

void cross_check_listeners(struct tree *t)
{
	const struct node *server = node_get(node_get(t->root, "server"), "listen");
	const struct node *admin = node_get(node_get(t->root, "admin"), "listen");

	for (const struct node *n = server ? server->first : NULL; n; n = n->next) {
		check_one(t, n);
		check_against(t, n, server);
	}
	for (const struct node *n = admin ? admin->first : NULL; n; n = n->next) {
		check_one(t, n);
		check_against(t, n, server);
		check_against(t, n, admin);
		if (is_open(node_text(n, "address")) && !node_get(n, "tls"))
			config_report_warning(t->report, n->at,
			                      "the admin API is open to the network without "
			                      "TLS");
	}
}
