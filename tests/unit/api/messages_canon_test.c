/* unit/api/messages_canon_test.c - Messages bodies in the one shape of sdk/canon.  Rows are
 * written with ' for ".
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/api/rig.h"

enum { ROW_MAX = 4096 };

static const char *quoted(const char *text, char out[ROW_MAX])
{
	(void)snprintf(out, ROW_MAX, "%s", text);
	for (char *at = out; (at = strchr(at, '\'')) != NULL; at++)
		*at = '"';
	return out;
}

static void check(const char *body, const char *want)
{
	char in[ROW_MAX], out[ROW_MAX];
	struct json *doc = NULL;
	struct apirig r;
	cdt_str got;

	apirig_init(&r, &messages_surface, quoted(body, in));
	CU_ASSERT_EQUAL(r.x.surface->decode(&r.x), CDT_OK);
	CU_ASSERT_EQUAL(r.x.surface->canonical(&r.x, &doc), CDT_OK);
	got = doc ? json_print(doc) : r.x.problem.error.message;
	if (!str_is(got, quoted(want, out)))
		fprintf(stderr, "\nbody %s\ngot  %.*s\nwant %s\n", in, STR_ARG(got), out);
	CU_ASSERT(str_is(got, out));
	json_free(doc);
	apirig_fini(&r);
}

/* Rows in the middle of two bodies. */
static void check_rows(const char *const (*rows)[2], size_t count, const char *const body[2],
                       const char *const want[2])
{
	for (size_t i = 0; i < count; i++) {
		char in[ROW_MAX], out[ROW_MAX];

		(void)snprintf(in, sizeof in, "%s%s%s", body[0], rows[i][0], body[1]);
		(void)snprintf(out, sizeof out, "%s%s%s", want[0], rows[i][1], want[1]);
		check(in, out);
	}
}

#define COUNT(rows) (sizeof (rows) / sizeof *(rows))

#define CALL(id) "{'type':'tool_use','id':'" id "','name':'f','input':{}}"
#define CALLED(id) "{'id':'" id "','type':'function','function':{'name':'f','arguments':'{}'}}"

static void messages_have_one_shape(void)
{
	static const char *const rows[][2] = {
		{ "{'role':'user','content':'hi'}",
		  "{'role':'user','content':[{'type':'text','text':'hi'}]}" },
		{ "{'role':'system','content':'now'}",
		  "{'role':'system','content':[{'type':'text','text':'now'}]}" },
		{ "{'role':'user','content':[{'type':'text','text':'a','cache_control':{'type':'ephemeral'}},"
		  "{'type':'text','text':''}]}",
		  "{'role':'user','content':[{'type':'text','text':'a','cache_control':{'type':'ephemeral'}}]}" },
		{ "{'role':'user','content':[{'type':'image','source':{'type':'base64','media_type':'image/png',"
		  "'data':'QUJD'}},{'type':'image','source':{'type':'url','url':'https:\\/\\/x'}},"
		  "{'type':'image','source':{'type':'file','file_id':'f1'}}]}",
		  "{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/png;base64,QUJD'}},"
		  "{'type':'image_url','image_url':{'url':'https://x'}},"
		  "{'type':'file','file':{'file_id':'f1','filename':'image.png'}}]}" },
		{ "{'role':'user','content':[{'type':'document','title':'t','source':{'type':'base64',"
		  "'media_type':'application/pdf','data':'QUJD'}},"
		  "{'type':'document','title':'t','source':{'type':'text','media_type':'text/plain','data':'x'}},"
		  "{'type':'document','source':{'type':'content','content':[{'type':'text','text':'in'}]}}]}",
		  "{'role':'user','content':[{'type':'file','file':{'filename':'t',"
		  "'file_data':'data:application/pdf;base64,QUJD'}},"
		  "{'type':'text','text':'t\\n\\nx'},{'type':'text','text':'in'}]}" },
		{ "{'role':'assistant','content':[" CALL("t1") "," CALL("t2") "]},"
		  "{'role':'user','content':[{'type':'text','text':'and'},{'type':'tool_result','tool_use_id':'t1',"
		  "'content':'5'},{'type':'tool_result','tool_use_id':'t2','is_error':true,'content':["
		  "{'type':'text','text':'no'},{'type':'image','source':{'type':'url','url':'u'}}],"
		  "'cache_control':{'type':'ephemeral'}}]}",
		  "{'role':'assistant','content':[],'tool_calls':[" CALLED("t1") "," CALLED("t2") "]},"
		  "{'role':'tool','tool_call_id':'t1','content':[{'type':'text','text':'5'}]},"
		  "{'role':'tool','tool_call_id':'t2','content':[{'type':'text','text':'no'},"
		  "{'type':'image_url','image_url':{'url':'u'}}],'is_error':true,"
		  "'cache_control':{'type':'ephemeral'}},"
		  "{'role':'user','content':[{'type':'text','text':'and'}]}" },
		{ "{'role':'assistant','content':[{'type':'thinking','thinking':'hm','signature':'S+/='},"
		  "{'type':'redacted_thinking','data':'R'},{'type':'text','text':'ok','citations':null},"
		  "{'type':'tool_use','id':'t1','name':'f','input':{ 'a':1.50 }},"
		  "{'type':'tool_use','id':'t2','name':'g','input':{}}]}",
		  "{'role':'assistant','content':[{'type':'reasoning','text':'hm','signature':'S+/='},"
		  "{'type':'reasoning','redacted':'R'},{'type':'text','text':'ok'}],'tool_calls':["
		  "{'id':'t1','type':'function','function':{'name':'f','arguments':'{ \\'a\\':1.50 }'}},"
		  "{'id':'t2','type':'function','function':{'name':'g','arguments':'{}'}}]}" },
	};
	static const char *const body[] = { "{'model':'m','max_tokens':0,'messages':[", "]}" };
	static const char *const want[] = { "{'messages':[", "],'schema':'chat/1'}" };

	check_rows(rows, COUNT(rows), body, want);
}

#define ONE "'messages':[{'role':'user','content':[{'type':'text','text':'a'%s}]}]"

static void other_members_have_one_name(void)
{
	static const char *const rows[][2] = {
		{ "'max_tokens':9,'stream':true,'routing':{}", "'max_completion_tokens':9" },
		{ "'stop_sequences':['a'],'top_k':3,'temperature':0.70,'own':[1.50]",
		  "'stop':['a'],'top_k':3,'temperature':0.70,'own':[1.50]" },
		{ "'metadata':{'user_id':'u','team':'x'},'service_tier':'standard_only'",
		  "'metadata':{'team':'x'},'user':'u','service_tier':'default'" },
		{ "'thinking':{'type':'enabled','budget_tokens':10000}",
		  "'thinking':{'type':'enabled','budget_tokens':10000},'reasoning_effort':'medium'" },
		{ "'thinking':{'type':'disabled'},'output_config':{'effort':'high'}",
		  "'thinking':{'type':'disabled'},'reasoning_effort':'none'" },
		{ "'thinking':{'type':'adaptive'},'output_config':{'effort':'xhigh'}",
		  "'thinking':{'type':'adaptive'},'reasoning_effort':'xhigh'" },
		{ "'output_config':{'format':{'type':'json_schema','schema':{'type':'object'}}}",
		  "'response_format':{'type':'json_schema','json_schema':{'name':'output',"
		  "'schema':{'type':'object'},'strict':true}}" },
		{ "'tools':[{'name':'f','description':'d','input_schema':{'type':'object'},'strict':true,"
		  "'cache_control':{'type':'ephemeral'}},{'type':'custom','name':'g','input_schema':{}}],"
		  "'tool_choice':{'type':'any','disable_parallel_tool_use':true}",
		  "'tools':[{'type':'function','function':{'name':'f','description':'d','parameters':"
		  "{'type':'object'},'strict':true},'cache_control':{'type':'ephemeral'}},"
		  "{'type':'function','function':{'name':'g','parameters':{}}}],"
		  "'parallel_tool_calls':false,'tool_choice':'required'" },
		{ "'tools':[{'name':'f'}],'tool_choice':{'type':'tool','name':'f'}",
		  "'tools':[{'type':'function','function':{'name':'f'}}],"
		  "'tool_choice':{'type':'function','function':{'name':'f'}}" },
		{ "'tools':[{'type':'web_search_20250305','name':'web_search','user_location':"
		  "{'type':'approximate','city':'Paris'}}],'tool_choice':{'type':'auto'}",
		  "'web_search_options':{'user_location':{'type':'approximate','approximate':{'city':'Paris'}}}" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *max = strstr(rows[i][0], "max_tokens") ? "" : "'max_tokens':0,";
		char in[ROW_MAX], out[ROW_MAX];

		(void)snprintf(in, sizeof in, "{'model':'m',%s%s," ONE "}", max, rows[i][0], "");
		(void)snprintf(out, sizeof out, "{" ONE ",%s,'schema':'chat/1'}", "", rows[i][1]);
		check(in, out);
	}
}

static void systems_stand_in_front(void)
{
	static const char *const rows[][2] = {
		{ "'Be brief.'", "{'role':'system','content':[{'type':'text','text':'Be brief.'}]}" },
		{ "[{'type':'text','text':'x-anthropic-billing-header: cc=1'},{'type':'text','text':'B',"
		  "'cache_control':{'type':'ephemeral','ttl':'1h'}}]",
		  "{'role':'system','content':[{'type':'text','text':'B',"
		  "'cache_control':{'type':'ephemeral','ttl':'1h'}}]}" },
	};
	static const char *const body[] = { "{'model':'m','max_tokens':0,'system':",
		",'messages':[{'role':'user','content':'a'}]}" };
	static const char *const want[] = { "{'messages':[",
		",{'role':'user','content':[{'type':'text','text':'a'}]}],'schema':'chat/1'}" };

	check_rows(rows, COUNT(rows), body, want);
}

/* Without a type it is ours, and is not passed on. */
static void the_bodys_mark_is_the_last_blocks(void)
{
	char out[ROW_MAX];

	(void)snprintf(out, sizeof out, "{" ONE ",'schema':'chat/1'}",
	               ",'cache_control':{'type':'ephemeral'}");
	check("{'model':'m','max_tokens':0,'cache_control':{'type':'ephemeral'},'messages':["
	      "{'role':'user','content':'a'}]}", out);
	check("{'model':'m','max_tokens':0,'cache_control':{'type':'ephemeral'},'messages':["
	      "{'role':'user','content':[{'type':'text','text':'a'}]}]}", out);
	(void)snprintf(out, sizeof out, "{" ONE ",'schema':'chat/1'}", "");
	check("{'model':'m','max_tokens':0,'cache_control':{'no_store':true},'messages':["
	      "{'role':'user','content':'a'}]}", out);
}

static void long_users_are_known_by_their_digest(void)
{
	char body[ROW_MAX], in[ROW_MAX];
	struct json *doc = NULL;
	struct apirig r;

	(void)snprintf(body, sizeof body, "{'model':'m','max_tokens':0," ONE
	               ",'metadata':{'user_id':'%065d'}}", "", 0);
	apirig_init(&r, &messages_surface, quoted(body, in));
	CU_ASSERT_EQUAL(r.x.surface->decode(&r.x), CDT_OK);
	CU_ASSERT_EQUAL(r.x.surface->canonical(&r.x, &doc), CDT_OK);
	CU_ASSERT_EQUAL(json_text(json_get(doc, "user")).n, 64);
	CU_ASSERT(!str_starts(json_text(json_get(doc, "user")), "0000"));
	json_free(doc);
	apirig_fini(&r);
}

static void what_nobody_knows_is_told(void)
{
	static const char body[] = "{'model':'m','max_tokens':0,'container':'c','messages':["
		"{'role':'user','content':[{'type':'text','text':'a'},{'type':'hologram','x':1}]},"
		"{'role':'assistant','content':[{'type':'server_tool_use','id':'s','name':'w','input':{}},"
		"{'type':'web_search_tool_result','tool_use_id':'s','content':[]}]},"
		"{'role':'user','content':'b'}],"
		"'tools':[{'type':'bash_20250124','name':'bash'},{'name':'f','defer_loading':true}]}";
	static const char *const told[] = { "messages.hologram", "messages.server_tool_use",
		"messages.web_search_tool_result", "container", "tools.bash_20250124",
		"tools.defer_loading" };
	struct json *doc = NULL;
	struct apirig r;
	char in[ROW_MAX];

	apirig_init(&r, &messages_surface, quoted(body, in));
	CU_ASSERT_EQUAL(r.x.surface->decode(&r.x), CDT_OK);
	CU_ASSERT_EQUAL(r.x.surface->canonical(&r.x, &doc), CDT_OK);
	CU_ASSERT_EQUAL(json_count(json_get(doc, "messages")), 2);
	CU_ASSERT_EQUAL(json_count(json_get(doc, "tools")), 1);
	CU_ASSERT_EQUAL(r.x.left_out_count, COUNT(told));
	for (size_t i = 0; i < COUNT(told); i++)
		CU_ASSERT(str_is(r.x.left_out[i], told[i]));
	json_free(doc);
	doc = NULL;
	r.x.strict = true;
	CU_ASSERT_EQUAL(r.x.surface->canonical(&r.x, &doc), CDT_E_INVALID);
	CU_ASSERT_EQUAL(r.x.problem.cause, PROBLEM_UNSUPPORTED_PARAMETER);
	apirig_fini(&r);
}

static void bad_bodies_are_refused_by_name(void)
{
	static const char *const bodies[] = {
		"{'role':'robot','content':'a'}", "{'content':'a'}", "7", "{'role':'user'}",
		"{'role':'user','content':7}", "{'role':'user','content':['a']}",
		"{'role':'user','content':[{'text':'a'}]}", "{'role':'user','content':[{'type':'text'}]}",
		"{'role':'user','content':[{'type':'image','source':{'type':'odd'}}]}",
		"{'role':'user','content':[{'type':'image'}]}",
		"{'role':'user','content':[{'type':'tool_result','content':'a'}]}",
		"{'role':'assistant','content':[{'type':'tool_use','name':'f','input':{}}]}",
		"{'role':'assistant','content':[{'type':'thinking','signature':'s'}]}",
	};

	for (size_t i = 0; i < COUNT(bodies); i++) {
		char body[ROW_MAX], in[ROW_MAX];
		struct json *doc = NULL;
		struct apirig r;

		(void)snprintf(body, sizeof body, "{'model':'m','max_tokens':1,'messages':[%s]}", bodies[i]);
		apirig_init(&r, &messages_surface, quoted(body, in));
		CU_ASSERT_EQUAL(r.x.surface->decode(&r.x), CDT_OK);
		CU_ASSERT_EQUAL(r.x.surface->canonical(&r.x, &doc), CDT_E_INVALID);
		CU_ASSERT_EQUAL(r.x.problem.cause, PROBLEM_INVALID_VALUE);
		CU_ASSERT(str_is(r.x.problem.error.param, "messages"));
		json_free(doc);
		apirig_fini(&r);
	}
}

static void decoding_names_what_is_missing(void)
{
	static const char *const rows[][2] = {
		{ "{'max_tokens':1,'messages':[{}]}", "model" },
		{ "{'model':'m','messages':[{}]}", "max_tokens" },
		{ "{'model':'m','max_tokens':-1,'messages':[{}]}", "max_tokens" },
		{ "{'model':'m','max_tokens':'1','messages':[{}]}", "max_tokens" },
		{ "{'model':'m','max_tokens':1}", "messages" },
		{ "{'model':'m','max_tokens':1,'messages':[]}", "messages" },
		{ "{'model':'m','max_tokens':1,'messages':[{}],'cache_control':{'nope':1}}", "cache_control" },
		{ "{'model':'m','max_tokens':1,'messages':[{}],'stream':'yes'}", "stream" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct apirig r;
		char in[ROW_MAX];

		apirig_init(&r, &messages_surface, quoted(rows[i][0], in));
		CU_ASSERT_EQUAL(r.x.surface->decode(&r.x), CDT_E_INVALID);
		CU_ASSERT(str_is(r.x.problem.error.param, rows[i][1]));
		apirig_fini(&r);
	}
}

static const struct unit_test tests[] = {
	{ "messages have one shape", messages_have_one_shape },
	{ "other members have one name", other_members_have_one_name },
	{ "systems stand in front", systems_stand_in_front },
	{ "the body's mark is the last block's", the_bodys_mark_is_the_last_blocks },
	{ "long users are known by their digest", long_users_are_known_by_their_digest },
	{ "what nobody knows is told", what_nobody_knows_is_told },
	{ "bad bodies are refused by name", bad_bodies_are_refused_by_name },
	{ "decoding names what is missing", decoding_names_what_is_missing },
	{ NULL, NULL }
};
const struct unit_suite api_messages_canon_suite = { "api/messages_canon", tests };
