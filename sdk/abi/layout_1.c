/* sdk/abi/layout_1.c - where every field of ABI 1 lies, on LP64.  Compiling it is the test: a
 * released line never changes, new fields are added behind the last one of their struct.
 * SPDX-License-Identifier: MIT */
#include <conduit/cache.h>
#include <conduit/easy.h>
#include <conduit/policy.h>

#define AT(type, field, offset) \
	_Static_assert(offsetof(struct type, field) == (offset), #type "." #field " moved")
#define SIZE(type, size) \
	_Static_assert(sizeof(struct type) == (size), "the size of " #type " changed")

/* base.h */
AT(cdt_str, p, 0);
AT(cdt_str, n, 8);
SIZE(cdt_str, 16);

/* doc.h */
AT(cdt_val, api, 0);
AT(cdt_val, node, 8);
SIZE(cdt_val, 16);

AT(cdt_doc_api, size, 0);
AT(cdt_doc_api, reserved, 4);
AT(cdt_doc_api, type, 8);
AT(cdt_doc_api, count, 16);
AT(cdt_doc_api, get, 24);
AT(cdt_doc_api, at, 32);
AT(cdt_doc_api, next, 40);
AT(cdt_doc_api, text, 48);
AT(cdt_doc_api, i64, 56);
AT(cdt_doc_api, f64, 64);
AT(cdt_doc_api, flag, 72);
AT(cdt_doc_api, raw, 80);
SIZE(cdt_doc_api, 88);

AT(cdt_out, api, 0);
SIZE(cdt_out, 8);

AT(cdt_out_api, size, 0);
AT(cdt_out_api, reserved, 4);
AT(cdt_out_api, bytes, 8);
AT(cdt_out_api, open, 16);
AT(cdt_out_api, close, 24);
AT(cdt_out_api, key, 32);
AT(cdt_out_api, text, 40);
AT(cdt_out_api, i64, 48);
AT(cdt_out_api, f64, 56);
AT(cdt_out_api, flag, 64);
AT(cdt_out_api, val, 72);
AT(cdt_out_api, status, 80);
SIZE(cdt_out_api, 88);

/* event.h */
AT(cdt_usage, size, 0);
AT(cdt_usage, flags, 4);
AT(cdt_usage, input, 8);
AT(cdt_usage, output, 16);
AT(cdt_usage, cache_read, 24);
AT(cdt_usage, cache_write, 32);
AT(cdt_usage, reasoning, 40);
AT(cdt_usage, audio_in, 48);
AT(cdt_usage, audio_out, 56);
AT(cdt_usage, images, 64);
AT(cdt_usage, seconds_ms, 72);
AT(cdt_usage, characters, 80);
AT(cdt_usage, cost_nanousd, 88);
AT(cdt_usage, image_in, 96);
AT(cdt_usage, image_out, 104);
AT(cdt_usage, searches, 112);
SIZE(cdt_usage, 120);

AT(cdt_event, size, 0);
AT(cdt_event, type, 4);
AT(cdt_event, choice, 8);
AT(cdt_event, index, 12);
AT(cdt_event, kind, 16);
AT(cdt_event, flags, 20);
AT(cdt_event, id, 24);
AT(cdt_event, name, 40);
AT(cdt_event, data, 56);
AT(cdt_event, doc, 72);
AT(cdt_event, usage, 88);
SIZE(cdt_event, 96);

AT(cdt_sink, api, 0);
SIZE(cdt_sink, 8);

AT(cdt_sink_api, size, 0);
AT(cdt_sink_api, reserved, 4);
AT(cdt_sink_api, emit, 8);
SIZE(cdt_sink_api, 16);

AT(cdt_error, size, 0);
AT(cdt_error, reason, 4);
AT(cdt_error, retry_after_ms, 8);
AT(cdt_error, code, 16);
AT(cdt_error, message, 32);
AT(cdt_error, param, 48);
SIZE(cdt_error, 64);

/* host.h */
AT(cdt_host, size, 0);
AT(cdt_host, abi_major, 4);
AT(cdt_host, abi_minor, 6);
AT(cdt_host, version, 8);
AT(cdt_host, log, 16);
AT(cdt_host, now_ms, 24);
AT(cdt_host, service, 32);
AT(cdt_host, wall_ms, 40);
SIZE(cdt_host, 48);

AT(cdt_ticket, api, 0);
SIZE(cdt_ticket, 8);

AT(cdt_ticket_api, size, 0);
AT(cdt_ticket_api, reserved, 4);
AT(cdt_ticket_api, done, 8);
AT(cdt_ticket_api, lasts, 16);
AT(cdt_ticket_api, cancelled, 24);
SIZE(cdt_ticket_api, 32);

AT(cdt_io, size, 0);
AT(cdt_io, reserved, 4);
AT(cdt_io, watch, 8);
AT(cdt_io, rewatch, 16);
AT(cdt_io, unwatch, 24);
AT(cdt_io, after, 32);
AT(cdt_io, forget, 40);
AT(cdt_io, post, 48);
SIZE(cdt_io, 56);

AT(cdt_crypto, size, 0);
AT(cdt_crypto, reserved, 4);
AT(cdt_crypto, sha256, 8);
AT(cdt_crypto, hmac_sha256, 16);
AT(cdt_crypto, base64, 24);
AT(cdt_crypto, unbase64, 32);
AT(cdt_crypto, sign_rs256, 40);
AT(cdt_crypto, random, 48);
SIZE(cdt_crypto, 56);

AT(cdt_metrics, size, 0);
AT(cdt_metrics, reserved, 4);
AT(cdt_metrics, counter, 8);
AT(cdt_metrics, histogram, 16);
AT(cdt_metrics, add, 24);
SIZE(cdt_metrics, 32);

/* http.h */
AT(cdt_header, name, 0);
AT(cdt_header, value, 16);
SIZE(cdt_header, 32);

AT(cdt_http_head, size, 0);
AT(cdt_http_head, status, 4);
AT(cdt_http_head, headers, 8);
AT(cdt_http_head, count, 16);
SIZE(cdt_http_head, 24);

AT(cdt_http_out, api, 0);
SIZE(cdt_http_out, 8);

AT(cdt_http_out_api, size, 0);
AT(cdt_http_out_api, reserved, 4);
AT(cdt_http_out_api, method, 8);
AT(cdt_http_out_api, url, 16);
AT(cdt_http_out_api, header, 24);
AT(cdt_http_out_api, secret_header, 32);
AT(cdt_http_out_api, body, 40);
AT(cdt_http_out_api, patch, 48);
AT(cdt_http_out_api, part, 56);
AT(cdt_http_out_api, status, 64);
AT(cdt_http_out_api, written, 72);
SIZE(cdt_http_out_api, 80);

AT(cdt_http, size, 0);
AT(cdt_http, reserved, 4);
AT(cdt_http, fetch, 8);
SIZE(cdt_http, 16);

/* module.h */
AT(cdt_option, name, 0);
AT(cdt_option, type, 8);
AT(cdt_option, flags, 12);
AT(cdt_option, dflt, 16);
AT(cdt_option, help, 24);
AT(cdt_option, reserved, 32);
SIZE(cdt_option, 40);

AT(cdt_feature, size, 0);
AT(cdt_feature, flags, 4);
AT(cdt_feature, kind, 8);
AT(cdt_feature, name, 16);
AT(cdt_feature, summary, 24);
AT(cdt_feature, options, 32);
AT(cdt_feature, ops, 40);
SIZE(cdt_feature, 48);

AT(cdt_module, size, 0);
AT(cdt_module, abi_minor, 4);
AT(cdt_module, abi_need, 6);
AT(cdt_module, id, 8);
AT(cdt_module, version, 16);
AT(cdt_module, license, 24);
AT(cdt_module, url, 32);
AT(cdt_module, features, 40);
AT(cdt_module, load, 48);
AT(cdt_module, unload, 56);
SIZE(cdt_module, 64);

/* provider.h */
AT(cdt_caps, size, 0);
AT(cdt_caps, flags, 4);
AT(cdt_caps, ops, 8);
AT(cdt_caps, stream_ops, 16);
AT(cdt_caps, dialects, 24);
SIZE(cdt_caps, 32);

AT(cdt_blob, name, 0);
AT(cdt_blob, filename, 16);
AT(cdt_blob, type, 32);
AT(cdt_blob, data, 48);
SIZE(cdt_blob, 64);

AT(cdt_request, size, 0);
AT(cdt_request, op, 4);
AT(cdt_request, flags, 8);
AT(cdt_request, attempt, 12);
AT(cdt_request, model, 16);
AT(cdt_request, base_url, 32);
AT(cdt_request, secret, 48);
AT(cdt_request, doc, 64);
AT(cdt_request, dialect, 80);
AT(cdt_request, blobs, 96);
AT(cdt_request, blob_count, 104);
AT(cdt_request, max_output, 112);
SIZE(cdt_request, 120);

AT(cdt_frame, size, 0);
AT(cdt_frame, flags, 4);
AT(cdt_frame, event, 8);
AT(cdt_frame, data, 24);
SIZE(cdt_frame, 40);

AT(cdt_call, api, 0);
SIZE(cdt_call, 8);

AT(cdt_call_api, size, 0);
AT(cdt_call_api, reserved, 4);
AT(cdt_call_api, keep, 8);
AT(cdt_call_api, scratch, 16);
AT(cdt_call_api, parse, 24);
AT(cdt_call_api, slot, 32);
AT(cdt_call_api, log, 40);
AT(cdt_call_api, id, 48);
AT(cdt_call_api, headroom, 56);
AT(cdt_call_api, refuse, 64);
AT(cdt_call_api, unsupported, 72);
AT(cdt_call_api, follow, 80);
AT(cdt_call_api, marked, 88);
AT(cdt_call_api, client_header, 96);
AT(cdt_call_api, relay, 104);
SIZE(cdt_call_api, 112);

AT(cdt_provider_ops, size, 0);
AT(cdt_provider_ops, reserved, 4);
AT(cdt_provider_ops, open, 8);
AT(cdt_provider_ops, close, 16);
AT(cdt_provider_ops, caps, 24);
AT(cdt_provider_ops, worker_open, 32);
AT(cdt_provider_ops, worker_close, 40);
AT(cdt_provider_ops, build, 48);
AT(cdt_provider_ops, head, 56);
AT(cdt_provider_ops, frame, 64);
AT(cdt_provider_ops, finish, 72);
AT(cdt_provider_ops, error, 80);
AT(cdt_provider_ops, done, 88);
AT(cdt_provider_ops, extension, 96);
AT(cdt_provider_ops, follow, 104);
AT(cdt_provider_ops, leave, 112);
AT(cdt_provider_ops, speaks, 120);
SIZE(cdt_provider_ops, 128);

AT(cdt_provider_auth, size, 0);
AT(cdt_provider_auth, reserved, 4);
AT(cdt_provider_auth, token, 8);
SIZE(cdt_provider_auth, 16);

AT(cdt_provider_catalog, size, 0);
AT(cdt_provider_catalog, reserved, 4);
AT(cdt_provider_catalog, list, 8);
AT(cdt_provider_catalog, model, 16);
SIZE(cdt_provider_catalog, 24);

AT(cdt_wire, api, 0);
SIZE(cdt_wire, 8);

AT(cdt_wire_api, size, 0);
AT(cdt_wire_api, reserved, 4);
AT(cdt_wire_api, head, 8);
AT(cdt_wire_api, body, 16);
AT(cdt_wire_api, end, 24);
SIZE(cdt_wire_api, 32);

AT(cdt_provider_local, size, 0);
AT(cdt_provider_local, reserved, 4);
AT(cdt_provider_local, start, 8);
AT(cdt_provider_local, stop, 16);
AT(cdt_provider_local, pause, 24);
SIZE(cdt_provider_local, 32);

/* cache.h */
AT(cdt_cache_ops, size, 0);
AT(cdt_cache_ops, reserved, 4);
AT(cdt_cache_ops, open, 8);
AT(cdt_cache_ops, close, 16);
AT(cdt_cache_ops, worker_open, 24);
AT(cdt_cache_ops, worker_close, 32);
AT(cdt_cache_ops, get, 40);
AT(cdt_cache_ops, put, 48);
AT(cdt_cache_ops, drop, 56);
AT(cdt_cache_ops, extension, 64);
SIZE(cdt_cache_ops, 72);
AT(cdt_cache_stats, size, 0);
AT(cdt_cache_stats, reserved, 4);
AT(cdt_cache_stats, entries, 8);
AT(cdt_cache_stats, bytes, 16);
AT(cdt_cache_stats, bytes_max, 24);
AT(cdt_cache_stats, evictions, 32);
AT(cdt_cache_stats, refused, 40);
AT(cdt_cache_stats, failures, 48);
SIZE(cdt_cache_stats, 56);
AT(cdt_cache_care, size, 0);
AT(cdt_cache_care, reserved, 4);
AT(cdt_cache_care, stats, 8);
AT(cdt_cache_care, clear, 16);
SIZE(cdt_cache_care, 24);

/* policy.h */
AT(cdt_target, size, 0);
AT(cdt_target, flags, 4);
AT(cdt_target, name, 8);
AT(cdt_target, provider, 24);
AT(cdt_target, model, 40);
AT(cdt_target, weight, 56);
AT(cdt_target, inflight, 60);
AT(cdt_target, ttft_ms, 64);
AT(cdt_target, total_ms, 72);
AT(cdt_target, tokens_per_s, 80);
AT(cdt_target, error_rate, 88);
AT(cdt_target, cost_nanousd, 96);
AT(cdt_target, requests_left, 104);
AT(cdt_target, tokens_left, 112);
AT(cdt_target, context_tokens, 120);
AT(cdt_target, capacity, 128);
AT(cdt_target, tier, 136);
AT(cdt_target, reserved, 140);
SIZE(cdt_target, 144);

AT(cdt_route, size, 0);
AT(cdt_route, op, 4);
AT(cdt_route, flags, 8);
AT(cdt_route, attempt, 12);
AT(cdt_route, route, 16);
AT(cdt_route, key_id, 32);
AT(cdt_route, tenant, 48);
AT(cdt_route, affinity, 64);
AT(cdt_route, input_tokens, 80);
AT(cdt_route, output_tokens, 88);
AT(cdt_route, random, 96);
AT(cdt_route, tags, 104);
AT(cdt_route, targets, 120);
AT(cdt_route, count, 128);
SIZE(cdt_route, 136);

AT(cdt_outcome, size, 0);
AT(cdt_outcome, reason, 4);
AT(cdt_outcome, target, 8);
AT(cdt_outcome, ttft_ms, 24);
AT(cdt_outcome, total_ms, 32);
AT(cdt_outcome, input_tokens, 40);
AT(cdt_outcome, output_tokens, 48);
AT(cdt_outcome, cost_nanousd, 56);
SIZE(cdt_outcome, 64);

AT(cdt_policy_ops, size, 0);
AT(cdt_policy_ops, reserved, 4);
AT(cdt_policy_ops, open, 8);
AT(cdt_policy_ops, close, 16);
AT(cdt_policy_ops, worker_open, 24);
AT(cdt_policy_ops, worker_close, 32);
AT(cdt_policy_ops, rank, 40);
AT(cdt_policy_ops, outcome, 48);
AT(cdt_policy_ops, extension, 56);
SIZE(cdt_policy_ops, 64);

/* Numbers that plugins have compiled in. */
_Static_assert(CDT_ABI_MAJOR == 1, "this file is of ABI 1");
#define IS(name, value) _Static_assert(name == (value), #name " changed")
IS(CDT_OK, 0);
IS(CDT_E_NOMEM, -1);
IS(CDT_E_INVALID, -2);
IS(CDT_E_UNSUPPORTED, -3);
IS(CDT_E_UPSTREAM, -4);
IS(CDT_E_ABORTED, -5);
IS(CDT_E_LIMIT, -6);
IS(CDT_E_MISUSE, -7);
IS(CDT_E_ABSENT, -8);
IS(CDT_ABSENT, 0);
IS(CDT_MAP, 7);
IS(CDT_EV_START, 1);
IS(CDT_EV_EXTRA, 7);
IS(CDT_PART_TEXT, 1);
IS(CDT_PART_VECTOR, 8);
IS(CDT_STOP_END, 1);
IS(CDT_STOP_OTHER, 8);
IS(CDT_ERR_OTHER, 1);
IS(CDT_ERR_TOO_LARGE, 13);
IS(CDT_READ, 1);
IS(CDT_WRITE, 2);
IS(CDT_OPT_TEXT, 1);
IS(CDT_OPT_LIST, 8);
IS(CDT_OPT_SIZE, 9);
IS(CDT_OPT_REQUIRED, 1);
IS(CDT_OP_CHAT, 1);
IS(CDT_OP_MODELS, 10);
IS(CDT_REQ_STREAM, 1);
IS(CDT_REQ_NATIVE, 2);
IS(CDT_FRAMES_AUTO, 0);
IS(CDT_FRAMES_BYTES, 5);
IS(CDT_TARGET_COOLING, 1);
IS(CDT_TARGET_PROBING, 2);
IS(CDT_LOG_DEBUG, 10);
IS(CDT_LOG_ERROR, 40);
