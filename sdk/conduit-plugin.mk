# sdk/conduit-plugin.mk - builds one plugin.  GNU make; three lines make a plugin:
#
#   NAME = provider_acme
#   SRCS = acme.c                  # all .c files of SRCDIR when it is not set
#   include $(shell pkg-config --variable=makefile conduit-plugin)
#
# Targets: all, install (into the gateway's plugin folder, under DESTDIR), uninstall, check,
# clean.  To be set, if need be: SRCDIR, OUT, CC, CPPFLAGS, CFLAGS, LDFLAGS, LDLIBS,
# CONDUIT_INCLUDE (the folder that holds conduit/*.h; else pkg-config is asked), PACKAGES: what
# pkg-config calls the libraries that the plugin needs, CHECKFLAGS: options of
# conduit-plugin-check, and LIBDIRS: folders whose .c files several plugins share; each gets a
# copy of its own, and includes their headers as "FOLDER/x.h".
# SPDX-License-Identifier: MIT

ifeq ($(strip $(NAME)),)
$(error NAME is not set: which plugin is this?)
endif

.DEFAULT_GOAL := all
SRCDIR ?= .
OUT ?= .
PKG_CONFIG ?= pkg-config
SRCS ?= $(notdir $(sort $(wildcard $(SRCDIR)/*.c)))
CFLAGS ?= -O2 -g -Wall -Wextra

ifeq ($(strip $(CONDUIT_INCLUDE)),)
PLUGIN_CPPFLAGS := $(shell $(PKG_CONFIG) --cflags conduit-plugin)
else
PLUGIN_CPPFLAGS := -I$(CONDUIT_INCLUDE)
endif
PLUGIN_CFLAGS := -std=c11 -fPIC -fvisibility=hidden
# What a sanitizer leaves undefined comes from the program.
PLUGIN_LDFLAGS := -shared -Wl,-z,relro,-z,now \
	$(if $(findstring -fsanitize,$(CFLAGS) $(LDFLAGS)),,-Wl,-z,defs)

PLUGIN_SO := $(OUT)/$(NAME).so
PLUGIN_OBJDIR := $(OUT)/.obj/$(NAME)
PLUGIN_OBJS := $(patsubst %.c,$(PLUGIN_OBJDIR)/%.o,$(SRCS)) $(foreach dir,$(LIBDIRS),\
	$(patsubst $(dir)/%.c,$(PLUGIN_OBJDIR)/$(notdir $(dir))/%.o,$(wildcard $(dir)/*.c)))
PLUGIN_CPPFLAGS += $(addprefix -I,$(sort $(dir $(LIBDIRS))))
ifneq ($(strip $(PACKAGES)),)
PLUGIN_CPPFLAGS += $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
PLUGIN_LDLIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES))
endif

.PHONY: all install uninstall check clean
all: $(PLUGIN_SO)

$(PLUGIN_SO): $(PLUGIN_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) $(PLUGIN_LDFLAGS) -o $@ $(PLUGIN_OBJS) $(PLUGIN_LDLIBS) $(LDLIBS)

define compile
	@mkdir -p $(@D)
	$(CC) $(PLUGIN_CPPFLAGS) $(CPPFLAGS) $(CFLAGS) $(PLUGIN_CFLAGS) -MMD -MP -MT $@ -c -o $@ $<
endef
define lib_rule
$(PLUGIN_OBJDIR)/$(notdir $(1))/%.o: $(1)/%.c
	$$(compile)
endef

$(PLUGIN_OBJDIR)/%.o: $(SRCDIR)/%.c
	$(compile)
$(foreach dir,$(LIBDIRS),$(eval $(call lib_rule,$(dir))))

plugindir = $(shell $(PKG_CONFIG) --variable=plugindir conduit-plugin)
checker = $(shell $(PKG_CONFIG) --variable=checker conduit-plugin)
cases_checker = $(shell $(PKG_CONFIG) --variable=cases_checker conduit-plugin)

install: all
	mkdir -p '$(DESTDIR)$(plugindir)'
	install -m 755 $(PLUGIN_SO) '$(DESTDIR)$(plugindir)/'

uninstall:
	rm -f '$(DESTDIR)$(plugindir)/$(NAME).so'

check: all
	$(checker) $(PLUGIN_SO)
	$(if $(wildcard $(SRCDIR)/t)$(filter cache_%,$(NAME)),$(cases_checker) \
		$(if $(wildcard $(SRCDIR)/t),--cases $(SRCDIR)/t) $(CHECKFLAGS) $(PLUGIN_SO))

clean:
	rm -rf $(PLUGIN_OBJDIR) $(PLUGIN_SO)

-include $(PLUGIN_OBJS:.o=.d)
