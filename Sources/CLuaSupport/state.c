#include "internal.h"

#include <stdlib.h>
#include <string.h>

char cls_key_env, cls_key_loaded, cls_key_build, cls_key_make, cls_key_array, cls_key_decimal, cls_key_functions, cls_key_strings;
char cls_key_runs, cls_key_raised, cls_key_raised_own, cls_null_tag, cls_wait_tag;

// MARK: - Opening

// Builds the event's table in Lua's own code: one constructor instead of seven calls through the C API. The tail call
// leaves no frame of the host between the event and the rule.
static const char build_source[] =
    "local rule, customerId, resourceId, eventName, idempotencyKey, timestamp, receivedAt, dimensions = ...\n"
    "return rule {customerId = customerId, resourceId = resourceId, eventName = eventName,\n"
    "  idempotencyKey = idempotencyKey, timestamp = timestamp, receivedAt = receivedAt, dimensions = dimensions}\n";

// The same table by itself, where several rules get it one after the other.
static const char make_source[] =
    "local customerId, resourceId, eventName, idempotencyKey, timestamp, receivedAt, dimensions = ...\n"
    "return {customerId = customerId, resourceId = resourceId, eventName = eventName,\n"
    "  idempotencyKey = idempotencyKey, timestamp = timestamp, receivedAt = receivedAt, dimensions = dimensions}\n";

static int open_protected(lua_State *L) {
  cls_need_stack(L, 100);
  // A large buffer makes Lua create the metatable of its buffers now: were it interrupted by a lack of memory later, it
  // would stay half made and every large buffer after it would fail.
  luaL_Buffer buffer;
  luaL_buffinitsize(L, &buffer, 2 * LUAL_BUFFERSIZE);
  luaL_pushresultsize(&buffer, 0);
  // Lua makes these texts outside of any protected call, when a coroutine cannot be resumed or fails while it fails: with
  // no memory left that would end the process. Once made and kept, they are found and not made again.
  static const char *const texts[] = {
      "C stack overflow", "cannot resume dead coroutine", "cannot resume non-suspended coroutine", "error in error handling",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
    lua_pushstring(L, texts[i]);
    luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_loaded);
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_functions);
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_runs);
  lua_createtable(L, CLS_CACHED_COUNT, 0);
  for (int i = 1; i <= CLS_CACHED_COUNT; ++i) {
    lua_pushliteral(L, "");
    lua_rawseti(L, -2, i);
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_strings);
  if (luaL_loadbufferx(L, build_source, sizeof build_source - 1, "=tidemill", "t") != LUA_OK) return lua_error(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_build);
  if (luaL_loadbufferx(L, make_source, sizeof make_source - 1, "=tidemill", "t") != LUA_OK) return lua_error(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_make);

  lua_newtable(L);  // what every file sees
  int globals = lua_gettop(L);
  cls_open_base(L, globals);
  cls_open_coroutine(L, globals);
  cls_open_string(L);
  lua_setfield(L, globals, "string");
  cls_open_table(L);
  lua_setfield(L, globals, "table");
  cls_open_json(L);
  lua_setfield(L, globals, "json");
  cls_open_decimal(L);
  lua_setfield(L, globals, "decimal");
  cls_open_time(L);
  lua_setfield(L, globals, "time");
  cls_open_log(L);
  lua_setfield(L, globals, "log");
  cls_open_declarations(L, globals);
  cls_open_effects(L, globals);
  if (cls_of(L)->options.runs_tests) cls_open_tests(L, globals);
  lua_newtable(L);
  cls_protect(L, "vars");
  lua_setfield(L, globals, "vars");
  cls_refuse_unknown(L, NULL);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_env);
  return 0;
}

cls_state *cls_open(const cls_options *options) {
  cls_state *state = calloc(1, sizeof *state);
  if (!state) return NULL;
  state->options = *options;
#ifndef CLS_NO_POOL  // under sanitizers every block comes from malloc, where a byte too far is noticed
  state->pool = malloc(CLS_POOL_SIZE);
#endif
  cls_fail_allocations(state, options->fail_after, options->fail_count);
  state->L = lua_newstate(cls_allocate, state);
  cls_failure failure;
  if (!state->L || !lua_checkstack(state->L, 40)) {
    cls_close(state);
    return NULL;
  }
  *(cls_state **)lua_getextraspace(state->L) = state;
  lua_sethook(state->L, cls_hook, LUA_MASKCOUNT, CLS_HOOK_COUNT);
  if (!cls_protected(state, open_protected, NULL, &failure)) {
    cls_close(state);
    return NULL;
  }
  state->options.operations = NULL;  // the host's memory, read just now
  return state;
}

void cls_close(cls_state *state) {
  if (!state) return;
  state->timed = false;
  if (state->L) lua_close(state->L);  // nothing has a finalizer: no script runs here
  if (state->parser) cjson_close(state->parser);
  cls_arena_free(state, &state->kept);
  cls_arena_free(state, &state->event);
  if (state->sources) cls_allocate(state, state->sources, state->source_room * sizeof(cls_source), 0);
  if (state->declarations) {
    cls_allocate(state, state->declarations, state->declaration_room * sizeof(cls_declaration), 0);
  }
  if (state->rules) cls_allocate(state, state->rules, state->rule_room * sizeof(cls_rule), 0);
  if (state->parts) cls_allocate(state, state->parts, state->part_room * sizeof(cls_part), 0);
  free(state->pool);
  free(state);
}

size_t cls_memory_used(const cls_state *state) { return state->used; }
uint64_t cls_allocations(const cls_state *state) { return state->allocations; }

void cls_fail_allocations(cls_state *state, uint64_t after, uint64_t count) {
  state->fail_from = count ? state->allocations + after : UINT64_MAX;
  state->fail_until = count ? state->fail_from + count : UINT64_MAX;
  if (state->fail_until < state->fail_from) state->fail_until = UINT64_MAX;
}

// MARK: - Vars

static int vars_protected(lua_State *L) {
  const cls_text *json = lua_touserdata(L, 1);
  cls_state *state = cls_of(L);
  cls_need_stack(L, 40);
  const cjson_node *nodes;
  size_t count;
  if (!state->parser) state->parser = cjson_open(CLS_DEPTH_MAX);
  if (!state->parser) return cls_out_of_memory(L);
  const char *problem = cjson_parse(state->parser, json->bytes, json->length, &nodes, &count);
  if (problem) return luaL_error(L, "vars are no JSON: %s", problem);
  if (nodes->type != CJSON_OBJECT) return luaL_error(L, "vars must be an object");
  cls_json_push(L, &nodes);
  cls_protect(L, "vars");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_env);
  lua_insert(L, -2);
  lua_setfield(L, -2, "vars");
  return 0;
}

bool cls_set_vars(cls_state *state, cls_text json, cls_failure *failure) {
  return cls_protected(state, vars_protected, &json, failure);
}

