# sdk/conduit.m4 - for plugins that are built with autoconf.                       serial 1
# SPDX-License-Identifier: MIT

# CONDUIT_PLUGIN_INIT
# -------------------
# Finds the SDK and sets, for Makefile.am:
#   CONDUIT_PLUGIN_CFLAGS   for CFLAGS of the plugin
#   CONDUIT_PLUGIN_LDFLAGS  for LDFLAGS of a libtool module
#   conduit_plugindir       where plugins are installed
#   conduit_checker         a command that looks at a plugin file
#
#   plugin_LTLIBRARIES = provider_acme.la
#   plugindir = $(conduit_plugindir)
#   provider_acme_la_SOURCES = acme.c
#   provider_acme_la_CFLAGS = $(CONDUIT_PLUGIN_CFLAGS)
#   provider_acme_la_LDFLAGS = $(CONDUIT_PLUGIN_LDFLAGS)
#   check-local:
#   	$(conduit_checker) .libs/provider_acme.so
AC_DEFUN([CONDUIT_PLUGIN_INIT], [
  AC_REQUIRE([PKG_PROG_PKG_CONFIG])
  PKG_CHECK_MODULES([CONDUIT_SDK], [conduit-plugin])
  PKG_CHECK_VAR([conduit_plugindir], [conduit-plugin], [plugindir])
  PKG_CHECK_VAR([conduit_checker], [conduit-plugin], [checker])
  AC_SUBST([CONDUIT_PLUGIN_CFLAGS], ["-std=c11 -fvisibility=hidden $CONDUIT_SDK_CFLAGS"])
  AC_SUBST([CONDUIT_PLUGIN_LDFLAGS],
           ["-module -avoid-version -shared -Wl,-z,defs,-z,relro,-z,now"])
])
