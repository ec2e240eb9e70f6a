"""A gateway with the providers of all recordings that take part, and one upstream.
SPDX-License-Identifier: MIT"""
import importlib
import os

import gateway
import made
from formats import FORMATS
from recording import fixtures_of
from upstream import Upstream

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
routing = { retry_wait = "0"; };
providers = ( %s );
models = ( %s );
"""
# Where the requests of around.py go: a host that takes all that chats can say, and Anthropic.
AROUND_PROVIDERS = (
    """{ name = "chat"; type = "compatible"; base_url = "http://127.0.0.1:%d/v1"; options = { reasoning_back =
    "reasoning_content"; reasoning_back_always = true; cache_marks = true; responses = false; };
    keys = ( { secret = "env:TRIANGLE_KEY"; } ); }""",
    """{ name = "messages"; type = "anthropic"; base_url = "http://127.0.0.1:%d";
    keys = ( { secret = "env:TRIANGLE_KEY"; } ); }""",
)
AROUND_MODELS = (
    """{ name = "to-chat"; targets = ( { provider = "chat"; model = "m"; } ); unpriced = "free"; }""",
    """{ name = "to-messages"; targets = ( { provider = "messages"; model = "claude-sonnet-4-6"; } );
    unpriced = "free"; }""",
)


class Stage:
    def __init__(self, args):
        self.formats, self.args = FORMATS, args
        self.upstream = Upstream()
        self.models, self.fixtures, self.made = {}, {}, {}
        for format in FORMATS:
            self.fixtures[format.name] = [f for host in format.hosts for f in self.recordings(format, host)]
            if format.name in made.MAKERS:
                self.made[format.name] = list(self.make(format))
                self.fixtures[format.name] += self.made[format.name]
                format.plainest = next(f for f in self.made[format.name] if not f.streamed)

    def recordings(self, format, host):
        module = importlib.import_module("hosts." + host)
        module.type = host
        for f in fixtures_of(module, os.path.join(TOP, f"plugins/provider_{host}/t")):
            if format.takes(f):
                f.model = self.place(format, module, f)
                yield f

    def make(self, format):
        module = importlib.import_module("hosts." + format.hosts[0])
        for f in made.answers(format.name, self.args.seed, max(1, self.args.count // 16)):
            f.model = self.place(format, module, f)
            yield f

    def place(self, format, module, fixture):
        """The name that clients ask for: of a model at a provider with the recording's options."""
        type, options = module.TYPE, ""
        host = fixture.case.get("options", {}).get("host")
        if format.name == "chat":
            type, options = "compatible", f'options = {{ host = "{host}"; responses = false; }};' if host else ""
        elif format.name == "responses" and type == "openai":
            options = "options = { responses = true; };"
        path = "/v1" if type in ("openai", "compatible") and not host else ""
        model = fixture.case.get("model", getattr(module, "MODEL", "a-model"))
        return self.models.setdefault((type, path, options, model), f"m{len(self.models)}")

    def fixtures_of(self, format):
        return self.fixtures[format.name]

    def config(self):
        providers, models = list(AROUND_PROVIDERS), list(AROUND_MODELS)
        providers = [p % self.upstream.port for p in providers]
        for (type, path, options, model), name in self.models.items():
            providers.append(f'{{ name = "p-{name}"; type = "{type}"; '
                             f'base_url = "http://127.0.0.1:{self.upstream.port}{path}"; {options} '
                             f'keys = ( {{ secret = "env:TRIANGLE_KEY"; }} ); }}')
            models.append(f'{{ name = "{name}"; targets = ( {{ provider = "p-{name}"; model = "{model}"; }} ); '
                          'unpriced = "free"; }')
        return CONFIG % (",\n  ".join(providers), ",\n  ".join(models))

    def __enter__(self):
        self.gateway = gateway.Gateway(self.args, self.config(), self.args.slow, {"TRIANGLE_KEY": "sk-triangle"})
        try:
            self.gateway.start()
        except Exception:
            self.gateway.remove()
            raise
        self.key = self.gateway.key()
        return self

    def finish(self):
        """A sentence when the gateway did not end well."""
        return self.gateway.stop()

    def __exit__(self, *error):
        self.gateway.remove()
        self.upstream.close()
