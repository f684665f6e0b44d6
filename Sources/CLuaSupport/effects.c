#include "effects.h"

#include <string.h>

// What jobs do to the world: each call yields to the host and is resumed with its answer. client, emit, later, state,
// run.checkpoint, time.now and, in runs, lookup. Rules and decisions ask for lookups at once.

cls_run *cls_calling_run(lua_State *L, const char *name) {
  cls_state *state = cls_of(L);
  if (!state->run) {
    const char *why = !state->sealed ? "it cannot be called while files are loaded"
                      : state->deciding ? "policies and grant rules decide only"
                                        : "filters and mappings decide only";
    if (strncmp(name, "client.", 7) == 0) {
      luaL_error(L, "%s is not available here: operations are called in jobs; %s", name, why);
    }
    luaL_error(L, "%s is not available here: it belongs to jobs; %s", name, why);
  }
  if (state->run->is_updating) {
    luaL_error(L, "%s cannot be called in the function given to state.update, which only says the new value and may be "
               "asked more than once; call it before or after", name);
  }
  if (state->blocked || !lua_isyieldable(L)) {
    luaL_error(L, "%s cannot wait here, inside a function that the library calls: a comparison of table.sort, a function "
               "given to string.gsub, __tostring, a handler of xpcall; call it before and use its answer", name);
  }
  return state->run;
}

bool cls_push_reply(lua_State *L, const char *name) {
  cls_state *state = cls_of(L);
  const cls_reply *reply = state->reply;
  if (!reply || !state->run || state->run->waiting != L) luaL_error(L, "%s was resumed without an answer", name);
  state->reply = NULL;
  if (reply->failed) {
    bool is_own = false;
    for (uint32_t i = 0; i < reply->fault_count && !is_own; ++i) is_own = cls_script_says(L, name, &reply->faults[i]);
    cls_push_raised(L, reply->code, reply->message, is_own);
    return false;
  }
  const cjson_node *cursor = state->reply_nodes;
  cls_answer_push(L, &cursor);
  return true;
}

int cls_yield_effect(lua_State *L, const char *name, int first, int count, bool as_list, int mode,
                     lua_KFunction then) {
  cls_state *state = cls_of(L);
  cls_run *run = cls_calling_run(L, name);
  if (run->effects >= state->options.effects_max) {
    return luaL_error(L, "%s: a run may make %d calls; split the job, or use later", name, (int)state->options.effects_max);
  }
  cls_need_stack(L, 20);
  cls_arena_reset(state, &state->event);
  cls_values values = {.what = name};
  if (as_list) cls_values_append(L, &values, CLS_NODE_ARRAY)->count = (uint32_t)count;
  for (int i = 0; i < count; ++i) cls_values_add(L, &values, first + i, "the argument");
  size_t length = strlen(name);
  char *copy = cls_event_take(L, length + 1);
  memcpy(copy, name, length + 1);
  ++run->effects;
  state->step->name = cls_text_of(copy, length);
  state->step->nodes = values.nodes;
  state->step->node_count = values.count;
  run->waiting = L;
  state->yields_to_host = true;
  lua_pushlightuserdata(L, &cls_wait_tag);
  return lua_yieldk(L, 1, mode, then);
}

const char *cls_own_name(lua_State *L) { return lua_tostring(L, lua_upvalueindex(1)); }

int cls_finish_effect(lua_State *L, int status, lua_KContext mode) {
  (void)status;
  if (cls_push_reply(L, cls_own_name(L))) return 1;
  if (mode != CLS_TRY) return lua_error(L);
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

// MARK: - emit, later, state, checkpoint, now

// Upvalues: the name, and how many arguments it takes.
static int call_effect(lua_State *L) {
  int count = (int)lua_tointeger(L, lua_upvalueindex(2));
  if (lua_gettop(L) > count) return luaL_error(L, "%s takes at most %d arguments", cls_own_name(L), count);
  lua_settop(L, count);
  return cls_yield_effect(L, cls_own_name(L), 1, count, true, CLS_PLAIN, cls_finish_effect);
}

static void push_effect(lua_State *L, const char *name, int count) {
  lua_pushstring(L, name);
  lua_pushinteger(L, count);
  lua_pushcclosure(L, call_effect, 2);
}

// later { … }: the table itself is the first argument of __call.
static int call_later(lua_State *L) {
  lua_remove(L, 1);
  if (lua_type(L, 1) != LUA_TTABLE || lua_gettop(L) > 1) {
    return luaL_error(L, "later takes one table, later { job = …, after = \"3 days\", key = … }, got %s", luaL_typename(L, 1));
  }
  return cls_yield_effect(L, cls_own_name(L), 1, 1, true, CLS_PLAIN, cls_finish_effect);
}

// get and set of state.shared(name): also called with a colon. Upvalues: the name, how many arguments, whose state.
static int call_shared(lua_State *L) {
  int count = (int)lua_tointeger(L, lua_upvalueindex(2));
  if (lua_type(L, 1) == LUA_TTABLE) lua_remove(L, 1);
  if (lua_gettop(L) > count) return luaL_error(L, "%s takes at most %d arguments", cls_own_name(L), count);
  lua_settop(L, count);
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_insert(L, 1);
  return cls_yield_effect(L, cls_own_name(L), 1, count + 1, true, CLS_PLAIN, cls_finish_effect);
}

static int open_shared(lua_State *L) {
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_settop(L, 1);
  lua_createtable(L, 0, 3);
  static const struct { const char *key, *name; int count; } functions[] = {
      {"get", "state.shared.get", 1}, {"set", "state.shared.set", 3},
  };
  for (int i = 0; i < 2; ++i) {
    lua_pushstring(L, functions[i].name);
    lua_pushinteger(L, functions[i].count);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, call_shared, 3);
    lua_setfield(L, 2, functions[i].key);
  }
  cls_push_update(L, "state.shared.update", 1);
  lua_setfield(L, 2, "update");
  cls_protect(L, "state.shared");
  return 1;
}

// Functions that are made without upvalues say their names themselves.
static int finish_checkpoint(lua_State *L, int status, lua_KContext mode) {
  (void)status;
  (void)mode;
  return cls_push_reply(L, "run.checkpoint") ? 1 : lua_error(L);
}

int cls_checkpoint(lua_State *L) {
  if (lua_gettop(L) > 1) return luaL_error(L, "run.checkpoint takes one value");
  lua_settop(L, 1);
  return cls_yield_effect(L, "checkpoint", 1, 1, true, CLS_PLAIN, finish_checkpoint);
}

static int finish_now(lua_State *L, int status, lua_KContext mode) {
  (void)status;
  (void)mode;
  return cls_push_reply(L, "time.now") ? 1 : lua_error(L);
}

int cls_time_now(lua_State *L) { return cls_push_update_now(L) ? 1 : cls_yield_effect(L, "time.now", 1, 0, true, CLS_PLAIN, finish_now); }

// MARK: - lookup

void cls_ask(lua_State *L, const char *name, int first, int count) {
  cls_state *state = cls_of(L);
  if (!state->options.ask) luaL_error(L, "%s is not available here: nobody answers it", name);
  cls_need_stack(L, 20);
  cls_values values = {.what = name};
  cls_values_append(L, &values, CLS_NODE_ARRAY)->count = (uint32_t)count;
  for (int i = 0; i < count; ++i) cls_values_add(L, &values, first + i, "the argument");
  cls_reply reply = {0};
  state->options.ask(state->options.context, cls_text_of(name, strlen(name)), values.nodes, values.count, &reply);
  cls_tick(L, 4096 + reply.json.length);
  if (reply.failed) {
    cls_push_raised(L, reply.code, reply.message, false);
    lua_error(L);
  }
  const cjson_node *nodes;
  const char *problem = cls_reply_parse(state, &reply, &nodes);
  if (problem) luaL_error(L, "%s: %s", name, problem);
  cls_answer_push(L, &nodes);
}

static int call_lookup(lua_State *L) {
  cls_state *state = cls_of(L);
  int count = (int)lua_tointeger(L, lua_upvalueindex(2));
  if (lua_gettop(L) != count) {
    return luaL_error(L, "%s takes %s", cls_own_name(L), count == 1 ? "a customer's id" : "a customer's id and a feature's");
  }
  for (int i = 1; i <= count; ++i) {
    if (lua_type(L, i) != LUA_TSTRING) return luaL_error(L, "%s takes ids, which are strings, got a %s", cls_own_name(L), luaL_typename(L, i));
  }
  if (state->run) return cls_yield_effect(L, cls_own_name(L), 1, count, true, CLS_PLAIN, cls_finish_effect);
  if (!state->in_rule && !state->deciding) return luaL_error(L, "%s cannot be called while files are loaded", cls_own_name(L));
  cls_ask(L, cls_own_name(L), 1, count);
  return 1;
}

void cls_open_effects(lua_State *L, int globals) {
  cls_open_client(L);
  lua_setfield(L, globals, "client");
  push_effect(L, "emit", 3);
  lua_setfield(L, globals, "emit");

  lua_newtable(L);
  push_effect(L, "later.cancel", 1);
  lua_setfield(L, -2, "cancel");
  cls_protect(L, "later");
  lua_getmetatable(L, -1);
  lua_pushliteral(L, "later");
  lua_pushcclosure(L, call_later, 1);
  lua_setfield(L, -2, "__call");
  lua_pop(L, 1);
  lua_setfield(L, globals, "later");

  lua_newtable(L);
  push_effect(L, "state.get", 1);
  lua_setfield(L, -2, "get");
  push_effect(L, "state.set", 3);
  lua_setfield(L, -2, "set");
  cls_push_update(L, "state.update", 0);
  lua_setfield(L, -2, "update");
  lua_pushcfunction(L, open_shared);
  lua_setfield(L, -2, "shared");
  cls_protect(L, "state");
  lua_setfield(L, globals, "state");

  lua_newtable(L);
  static const struct { const char *key, *name; int count; } lookups[] = {
      {"customer", "lookup.customer", 1}, {"subscriptions", "lookup.subscriptions", 1}, {"entitlement", "lookup.entitlement", 2},
  };
  for (int i = 0; i < 3; ++i) {
    lua_pushstring(L, lookups[i].name);
    lua_pushinteger(L, lookups[i].count);
    lua_pushcclosure(L, call_lookup, 2);
    lua_setfield(L, -2, lookups[i].key);
  }
  cls_protect(L, "lookup");
  lua_setfield(L, globals, "lookup");
}
