/* notify.h - a word to the supervisor (systemd's sd_notify protocol, without its library).
 * SPDX-License-Identifier: MIT */
#ifndef NOTIFY_H
#define NOTIFY_H

/* "READY=1", "RELOADING=1", "STOPPING=1"; does nothing when nobody supervises. */
void notify_supervisor(const char *word);

#endif
