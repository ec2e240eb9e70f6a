"""What is known of models: abilities, windows, prices and ends, by the admin API, the client API and conduitctl.
SPDX-License-Identifier: MIT"""
import json
import os

from scene import contains, equal

CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
models_file = "models.json";
providers = ( { name = "a"; type = "mock"; catalog = "acme"; }, { name = "b"; type = "mock"; } );
models = (
  { name = "seer"; targets = ( { provider = "a"; model = "ours"; catalog_model = "big"; }, { provider = "b"; model = "x"; } ); max_output = 7; },
  { name = "org/painter"; targets = ( { provider = "a"; model = "paint"; } ); },
  { name = "old"; targets = ( { provider = "a"; model = "old"; } ); capabilities = [ "chat", "own" ]; context_window = 5; } );
"""
CATALOGUE = """{"meta":{"currency":"USD","sources":{"generated":"2026-11-20"}},
"models":{"acme":{"big":{"mode":"chat","ctx":9000,"max_out":900,"caps":["tools","vision"],"released":"2026-01-02","price":{"in":1.25,"out":10},
"tiers":[{"above":200,"in":2.5,"out":15}]},
"paint":{"mode":"image_generation","price":{"img":0.04},"img_by":{"hd/1024x1792":0.12,"512x512":0.018}},
"old":{"mode":"chat","deprecated":"2020-02-03","price":{"in":1}}}}}"""


def known(s):
    """One gateway for all of them."""
    if not hasattr(s, "known_gateway"):
        gw = s.make(CONFIG)
        with open(os.path.join(gw.dir, "models.json"), "w") as f:
            f.write(CATALOGUE)
        s.known_gateway = gw.start()
    return s.known_gateway


def test_models_say_what_they_can_do_and_when_they_end(s):
    gw = known(s)
    contains(gw.log_text(), "model 'old': a/old was shut down on 2020-02-03")
    listed = gw.admin("GET", "/admin/v1/models")[1]["data"]
    equal([(m["id"], m["status"], m["ends"], m["capabilities"]) for m in listed],
          [("seer", "available", None, ["chat", "streaming", "function_calling", "vision"]), ("org/painter", "available", None, ["images"]),
           ("old", "unavailable", "2020-02-03", ["chat", "own"])])
    for query, ids in (("capability=tools", ["seer"]), ("capability=image_generation", ["org/painter"]), ("provider=b", ["seer"]),
                       ("capability=chat", ["seer", "old"]), ("capability=chat&provider=nobody", []), ("model=old", ["old"])):
        equal([m["id"] for m in gw.admin("GET", "/admin/v1/models?" + query)[1]["data"]], ids, query)


def test_a_model_says_where_each_figure_is_from(s):
    gw = known(s)
    seer = gw.admin("GET", "/admin/v1/models/seer")[1]
    first, second = seer["ways"]
    equal((first["target"], first["context_window"], first["context_window_from"], first["max_output"], first["price_row"]),
          ("a/ours", 9000, "acme/big 2026-11-20", 7, "acme/big 2026-11-20"))
    contains(first["max_output_from"], "conduit.cfg:7")
    equal((seer["capabilities_from"], second["context_window"], second["context_window_from"], second["price"]),
          ("acme/big 2026-11-20", None, None, None))
    painter = gw.admin("GET", "/admin/v1/models/org%2Fpainter")[1]
    equal(painter["price"], {"input": "0.00", "output": "0.00", "per_image": "0.04", "images": [
        {"size": "1024x1792", "quality": "hd", "per_image": "0.12"}, {"size": "512x512", "per_image": "0.018"}]})
    contains(gw.admin("GET", "/admin/v1/models/old")[1]["capabilities_from"], "conduit.cfg:9")
    status, got = gw.admin("GET", "/admin/v1/models/sear")
    equal((status, got["error"]["message"]), (404, "there is no model 'sear'; did you mean 'seer'?"))
    rows = gw.admin("GET", "/admin/v1/prices?model=seer")[1]["data"]
    equal([(r["model"], r["target"], r["above"], r.get("input"), r["price_row"]) for r in rows],
          [("seer", "a/ours", 0, "1.25", "acme/big 2026-11-20"), ("seer", "a/ours", 200, "2.50", "acme/big 2026-11-20"), ("seer", "b/x", 0, None, None)])
    equal([r["target"] for r in gw.admin("GET", "/admin/v1/prices?provider=b")[1]["data"]], ["b/x"])
    equal(gw.admin("GET", "/admin/v1/prices?provder=b")[0], 400)


def test_clients_see_abilities_windows_and_status(s):
    gw = known(s)
    secret = gw.admin("POST", "/admin/v1/keys", {"name": "all"})[1]["secret"]
    auth = {"Authorization": "Bearer " + secret}
    got = json.loads(gw.request("GET", "/v1/models?capability=vision", headers=auth)[2])["data"]
    equal([(m["id"], m["created"], m["context_length"], m["max_output_tokens"], m["status"]) for m in got], [("seer", 1767312000, 9000, 7, "available")])
    one = json.loads(gw.request("GET", "/v1/models/old", headers=auth)[2])
    equal((one["status"], one["capabilities"], one["shutdown_date"], one["context_length"]), ("unavailable", ["chat", "own"], "2020-02-03", 5))


def test_conduitctl_models(s):
    gw = known(s)
    contains(s.ok("models", "list", gw=gw), "STATUS", "unavailable", "2020-02-03", "function_calling")
    equal([m["id"] for m in s.json("models", "list", "--capability", "images", gw=gw)["data"]], ["org/painter"])
    text = s.ok("models", "show", "org/painter", gw=gw)
    contains(text, "capabilities", "images", "1024x1792", "hd", "0.12", "acme/paint 2026-11-20")
    contains(s.ok("models", "show", "seer", gw=gw), "they are from", "b/x", "9000", "200")
    equal(s.json("models", "show", "seer", gw=gw)["ways"][0]["target"], "a/ours")
    contains(s.ok("models", "prices", "--provider", "a", gw=gw), "ABOVE", "acme/big 2026-11-20", "0.04")
    equal(len(s.json("models", "prices", "seer", gw=gw)["data"]), 3)
    code, _, err = s.ctl("models", "show", "sear", gw=gw)
    equal(code, 4)
    contains(err, "did you mean 'seer'?")
