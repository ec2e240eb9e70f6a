/* ctl/backup.c - conduitctl backup and restore: what conduitd can not do without, as one file.
 * Putting it back is conduitd's own work, while none is running.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/daemon.h"

enum { PATH_SIZE = 4096, RESTORE_ARGS = 10 };

static const char magic[] = "CONDUIT BACKUP ";

/* Where the bytes go. */
struct sink {
	int fd;
	uint64_t bytes;
	bool foreign;                  /* they do not begin as a backup does */
	int error;                     /* errno of writing */
};

static void on_part(void *arg, cdt_str bytes)
{
	struct sink *s = arg;

	if (!s->bytes && !str_starts(bytes, magic))
		s->foreign = true;
	s->bytes += bytes.n;
	while (bytes.n && !s->error && !s->foreign) {
		ssize_t n = write(s->fd, bytes.p, bytes.n);

		if (n <= 0)
			s->error = n ? errno : EIO;
		else
			bytes = str_skip(bytes, (size_t)n);
	}
}

static int fetch(struct sink *s)
{
	const struct ask_order o = { .method = "POST", .path = "/admin/v1/backup",
	                             .total_ms = ASK_LONG_MS, .part = on_part, .arg = s };
	struct ask_answer a;
	int code = ask_order(&o, &a);

	if (code == CTL_OK && (s->foreign || !s->bytes))
		code = ctl_fail(CTL_UNREACHABLE, "whoever answers there is not conduitd's "
		                "admin API; CONDUIT_ADMIN_URL says where");
	if (code == CTL_OK && s->error)
		code = ctl_fail(CTL_FAILED, "the backup could not be written: %s",
		                strerror(s->error));
	ask_fini(&a);
	return code;
}

/* The folder in which path is. */
static void sync_folder(const char *path)
{
	char dir[PATH_SIZE];
	char *slash;

	(void)snprintf(dir, sizeof dir, "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	(void)dir_sync(slash ? dir : ".");             /* the file itself is on disk */
}

static int fetch_to(const char *path)
{
	char fresh[PATH_SIZE];
	struct sink s = { .fd = -1 };
	int code;

	if (snprintf(fresh, sizeof fresh, "%s.new", path) >= PATH_SIZE)
		return ctl_fail(CTL_USAGE, "the path is too long");
	(void)unlink(fresh);                           /* of one that was cut short */
	s.fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (s.fd < 0)
		return ctl_fail(CTL_FAILED, "%s: %s", fresh, strerror(errno));
	code = fetch(&s);
	if (code == CTL_OK && fsync(s.fd))
		code = ctl_fail(CTL_FAILED, "%s: %s", fresh, strerror(errno));
	if (close(s.fd) && code == CTL_OK)
		code = ctl_fail(CTL_FAILED, "%s: %s", fresh, strerror(errno));
	if (code == CTL_OK && rename(fresh, path))
		code = ctl_fail(CTL_FAILED, "%s: %s", path, strerror(errno));
	if (code != CTL_OK) {
		(void)unlink(fresh);                   /* half a backup is none */
		return code;
	}
	sync_folder(path);
	fprintf(stderr, "%s: %llu bytes; it holds secrets, keep it as safe as the keys\n", path,
	        (unsigned long long)s.bytes);
	return CTL_OK;
}

static int backup(struct ctl *c)
{
	struct sink out = { .fd = STDOUT_FILENO };
	const char *path = c->args[0];

	if (!strcmp(path, "-") && isatty(STDOUT_FILENO))
		return ctl_fail(CTL_USAGE, "a backup is not for a terminal: name a file");
	if (!strcmp(path, "-"))
		return fetch(&out);
	if (!access(path, F_OK) && !args_value(c, "force"))
		return ctl_fail(CTL_CONFLICT, "%s is there already: --force overwrites it",
		                path);
	return fetch_to(path);
}

static int restore(struct ctl *c)
{
	char restore_flag[] = "--restore", config_flag[] = "-c", value_flag[] = "-g";
	char force_flag[] = "--force", file[PATH_SIZE], config[PATH_SIZE], state[PATH_SIZE];
	const char *config_file = args_value(c, "config"), *dir = args_value(c, "state");
	char *argv[RESTORE_ARGS] = { NULL, restore_flag, file };
	size_t n = 3;

	if (strlen(c->args[0]) >= sizeof file || (dir && strlen(dir) + 32 > sizeof state) ||
	    (config_file && strlen(config_file) >= sizeof config))
		return ctl_fail(CTL_USAGE, "the path is too long");
	(void)snprintf(file, sizeof file, "%s", c->args[0]);
	(void)snprintf(config, sizeof config, "%s", config_file ? config_file : "");
	(void)snprintf(state, sizeof state, "storage.path=%s", dir ? dir : "");
	if (config_file) {
		argv[n++] = config_flag;
		argv[n++] = config;
	}
	if (dir) {
		argv[n++] = value_flag;
		argv[n++] = state;
	}
	if (args_value(c, "force"))
		argv[n] = force_flag;
	return daemon_run(argv);
}

static const struct flag backup_flags[] = {
	{ "force", 0, NULL, "although FILE is there" }, { NULL, 0, NULL, NULL },
};
static const struct verb backup_verbs[] = {
	{ "", "FILE|-", "keys, budgets and the ledger of a running gateway, as one file",
	  { "conduitctl backup /var/backups/conduit.backup --force",
	    "conduitctl backup - | gpg -e -r ops > conduit.backup.gpg" }, 1, 1, backup_flags,
	  backup },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_backup = { "backup", "saves keys, budgets and the ledger", backup_verbs,
                                 false };

static const struct flag restore_flags[] = {
	{ "config", 'c', "FILE", "the configuration that says where the state folder is" },
	{ "state", 0, "DIR", "the state folder itself" },
	{ "force", 0, NULL, "what is there is moved aside" },
	{ NULL, 0, NULL, NULL },
};
static const struct verb restore_verbs[] = {
	{ "", "FILE|-", "puts a backup into a state folder that no conduitd uses",
	  { "conduitctl restore /var/backups/conduit.backup",
	    "conduitctl restore conduit.backup --state /var/lib/conduit --force" }, 1, 1,
	  restore_flags, restore },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_restore = { "restore", "puts a backup back (conduitd --restore)",
                                  restore_verbs, false };
