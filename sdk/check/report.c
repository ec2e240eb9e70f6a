/* check/report.c - prints what was found; a trial's process is watched.
 * SPDX-License-Identifier: MIT */
#include "check/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void comment(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("#   %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

void report_line(struct report *r, bool ok, const char *name, const char *what,
                 const char *why)
{
	*(ok ? &r->ok : &r->failed) += 1;
	printf("%sok %u - %s%s%s\n", ok ? "" : "not ", r->ok + r->failed + r->skipped, name,
	       *what ? ": " : "", what);
	if (!ok)
		comment(why);
	(void)fflush(stdout);                  /* a child must not inherit it */
}

void report_skip(struct report *r, const char *name, const char *why)
{
	r->skipped++;
	printf("ok %u - %s # SKIP %s\n", r->ok + r->failed + r->skipped, name, why);
	(void)fflush(stdout);
}

int report_end(const struct report *r)
{
	printf("1..%u\n%u passed, %u failed, %u skipped\n", r->ok + r->failed + r->skipped,
	       r->ok, r->failed, r->skipped);
	return r->failed || !r->ok;
}

void verdict_begin(struct verdicts *v, const char *what)
{
	(void)snprintf(v->running, sizeof v->running, "%s", what);
	v->at = 0;
}

void verdict_end(struct verdicts *v, const char *why)
{
	if (v->count == VERDICTS_MAX)
		abort();
	memcpy(v->one[v->count].what, v->running, sizeof v->running);
	v->one[v->count].ok = !*why;
	(void)snprintf(v->one[v->count].why, sizeof v->one[v->count].why, "%s", why);
	v->running[0] = '\0';
	v->count++;
}

static void print_all(struct report *r, const char *name, const struct verdicts *v, int status)
{
	char why[200];

	for (size_t i = 0; i < v->count; i++)
		report_line(r, v->one[i].ok, name, v->one[i].what, v->one[i].why);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	if (WIFSIGNALED(status))
		(void)snprintf(why, sizeof why, "ended by signal %d (%s) at %" PRIu64,
		               WTERMSIG(status), strsignal(WTERMSIG(status)), v->at);
	else
		(void)snprintf(why, sizeof why, "exit status %d at %" PRIu64
		               " (a sanitizer says more above)", WEXITSTATUS(status), v->at);
	report_line(r, false, name, *v->running ? v->running : "end", why);
}

void report_trial(struct report *r, const char *name, unsigned seconds,
                  void (*fn)(struct verdicts *v, void *arg), void *arg)
{
	struct verdicts *v = mmap(NULL, sizeof *v, PROT_READ | PROT_WRITE,
	                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;
	int status = 0;

	if (v == MAP_FAILED) {
		report_line(r, false, name, "", "no memory to share");
		return;
	}
	child = fork();
	if (child == 0) {
		(void)alarm(seconds);              /* who hangs is ended, and that is told */
		fn(v, arg);
		exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		report_line(r, false, name, "", "no process to run it in");
	else
		print_all(r, name, v, status);
	(void)munmap(v, sizeof *v);
}
