/* unit/suites.h - every suite that tests/unit/main.c runs; one line each, sorted.
 * SPDX-License-Identifier: MIT */
#define UNIT_SUITES(X) \
	X(auth_fields_suite) \
	X(auth_key_suite) \
	X(auth_keyring_suite) \
	X(auth_net_suite) \
	X(auth_token_suite) \
	X(base_arena_suite) \
	X(base_buf_suite) \
	X(base_clock_suite) \
	X(base_digest_suite) \
	X(base_json_suite) \
	X(base_jsonescape_suite) \
	X(base_jsonkeys_suite) \
	X(base_jsonlazy_suite) \
	X(base_jsonrun_suite) \
	X(base_jsonscan_suite) \
	X(base_jsonw_suite) \
	X(base_list_suite) \
	X(base_log_suite) \
	X(base_map_suite) \
	X(base_mem_suite) \
	X(base_problem_suite) \
	X(base_rand_suite) \
	X(base_secret_suite) \
	X(base_str_suite) \
	X(metrics_expose_suite) \
	X(metrics_metrics_suite) \
	X(plugin_call_error_suite) \
	X(plugin_elf_suite) \
	X(plugin_host_suite) \
	X(plugin_host_ticket_suite) \
	X(plugin_instance_suite) \
	X(plugin_kind_cache_suite) \
	X(plugin_kind_policy_suite) \
	X(plugin_kind_provider_suite) \
	X(plugin_registry_suite) \
	X(plugin_splice_suite) \
	X(store_env_suite) \
	X(store_store_suite) \
	X(store_txn_suite) \
	X(store_writer_suite) \
	X(usage_journal_suite) \
	X(usage_line_suite)
