// lib/types.ts - what the admin API answers (docs/admin.md).
// SPDX-License-Identifier: MIT

/** Times are RFC 3339, money is decimal USD. */
export interface List<T> {
	data: T[];
	next: string | null;
}

export interface Sums {
	requests: number;
	errors: number;
	estimated: number;
	input_tokens: number;
	cached_tokens: number;
	cache_write_tokens: number;
	output_tokens: number;
	reasoning_tokens: number;
	total_us: number;
	total_count: number;
	first_us: number;
	first_count: number;
	mean_total_us: number | null;
	mean_first_us: number | null;
	cost_usd: string;
	hits: number;
	saved_usd: string;
}

export interface UsageRow extends Sums {
	time?: string;
	key?: string | null;
	group?: string | null;
	model?: string | null;
	provider?: string | null;
}

export interface Usage extends List<UsageRow> {
	from: string;
	to: string;
	total: Sums;
}

/** Sums of one moment: the biggest over time, each name, and each in the time before. */
export interface UsageReport {
	series: Usage;
	names: Usage;
	before: Usage;
}

export interface Attempt {
	/** Old records may lack one of these five. */
	target: string | null;
	provider: string | null;
	model: string | null;
	outcome: string | null;
	charge: string | null;
	http_status: number | null;
	cost_usd: string;
	/** These four are null of an interrupted one: nobody knows. */
	start_us: number | null;
	head_us: number | null;
	first_us: number | null;
	end_us: number | null;
}

export interface Decision {
	policy?: string;
	order?: string[];
	skipped?: string[];
	fallback?: string;
}

export interface RequestRecord {
	time: string;
	id: string;
	key: string | null;
	group: string | null;
	/** null of one that asked for provider/model and failed: clients could make up many names. */
	model: string | null;
	provider: string | null;
	operation: string | null;
	stream: boolean;
	status: number;
	outcome: string;
	input_tokens: number | null;
	cached_tokens: number | null;
	cache_write_tokens: number | null;
	output_tokens: number | null;
	reasoning_tokens: number | null;
	estimated: boolean;
	cost_usd: string;
	held_usd: string;
	price: string | null;
	first_us: number | null;
	/** null of an interrupted one, and so are its bytes. */
	total_us: number | null;
	overhead_us: number | null;
	bytes_in: number | null;
	bytes_out: number | null;
	client: string | null;
	agent: string | null;
	metadata: Record<string, unknown> | null;
	attempts: Attempt[];
	shortened: boolean;
	decision: Decision | null;
	cache: string | null;
	saved_usd: string;
	answered_by: { target: string; provider: string; model: string } | null;
}

export interface Status {
	status: 'ok' | 'draining';
	version: string;
	started_at: string;
	uptime_s: number;
	workers: number;
	generation: number;
	last_reload: string;
	active_requests: number;
	connections: number;
	keys: number;
	providers: number;
	models: number;
	listen: { address: string; port: number; tls: boolean }[];
	plugins: { loaded: number; refused: number };
	store: {
		commits: number;
		operations: number;
		failed: number;
		bytes_used: number;
		bytes_max: number;
	};
}

export interface Credential {
	id: string;
	state: string;
	until: string | null;
	why: string | null;
	share_percent: number;
	inflight: number;
	concurrency: number | null;
}

export interface Target {
	name: string;
	provider: string;
	model: string;
	status: string;
	state: 'ready' | 'probing' | 'cooling' | 'drained';
	inflight: number;
	ttft_ms: number | null;
	total_ms: number | null;
	tokens_per_second: number | null;
	error_rate: number | null;
	cached_rate: number | null;
	requests_left: number | null;
	tokens_left: number | null;
	credentials: Credential[];
	context_window: number | null;
	max_output: number | null;
	price: Record<string, string | null> | null;
	price_row: string | null;
}

export interface Budget {
	usd: string;
	period: string;
	timezone?: string;
	models?: string[];
	hard?: boolean;
	spent?: string;
	held?: string;
	resets_at?: string | null;
}

export interface Key {
	id: string;
	name: string;
	group?: string | null;
	models: string[];
	operations: string[];
	allowed_ips: string[];
	policy: string | null;
	budgets: Budget[];
	clamp: boolean;
	on_disconnect: 'cancel' | 'drain';
	expires_at: string | null;
	metadata: Record<string, unknown>;
	disabled: boolean;
	version: number;
	created_at: string;
	updated_at: string;
	[limit: string]: unknown;
}

export interface Model {
	id: string;
	aliases: string[];
	targets: string[];
	capabilities: string[];
	context_window: number | null;
	max_output: number | null;
	dimensions: number | null;
	price: Record<string, string | null> | null;
	price_row: string | null;
	unpriced: string;
	status: string;
	ends: string | null;
	defined_at: string;
}

/** One second of the stream's topic stats. */
export interface Stats {
	time: string;
	requests: number;
	errors: Record<string, number>;
	input_tokens: number;
	output_tokens: number;
	cached_tokens: number;
	cost_usd: string;
	latency_us: Quantiles;
	ttft_us: Quantiles;
	overhead_p99_us: number | null;
	streams: number;
	inflight: Record<string, number>;
	cache_hits: number;
}

export interface Quantiles {
	p50: number | null;
	p95: number | null;
	p99: number | null;
}
