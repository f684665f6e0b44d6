#include "internal.h"

#include <string.h>

// What jobs do to the world: each call yields to the host and is resumed with its answer. client, emit, later, state,
// run.checkpoint, time.now and, in runs, lookup. Rules and decisions ask for lookups at once.

typedef enum { PLAIN, TRY } Mode;

// The run that calls `name`, or an error that says where it may be called.
static cls_run *calling_run(lua_State *L, const char *name) {
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

// Pushes the answer to the effect, or the error it failed with: false.
static bool push_reply(lua_State *L, const char *name) {
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

// Copies `count` arguments from stack index `first` on, as a list or alone, and yields. Does not return.
static int yield_effect(lua_State *L, const char *name, int first, int count, bool as_list, int mode, lua_KFunction then) {
  cls_state *state = cls_of(L);
  cls_run *run = calling_run(L, name);
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

static const char *own_name(lua_State *L) { return lua_tostring(L, lua_upvalueindex(1)); }

static int finish_effect(lua_State *L, int status, lua_KContext mode) {
  (void)status;
  if (push_reply(L, own_name(L))) return 1;
  if (mode != TRY) return lua_error(L);
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

// MARK: - client

static void check_table(lua_State *L, const char *name) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  if (lua_type(L, 1) != LUA_TTABLE || lua_gettop(L) > 1) {
    luaL_error(L, "%s takes one table, %s { … }, got %s", name, name,
               lua_gettop(L) > 1 ? "several values" : luaL_typename(L, 1));
  }
}

// Upvalues: the effect's name, "client.grantCredits", and the mode.
static int call_operation(lua_State *L) {
  check_table(L, own_name(L));
  return yield_effect(L, own_name(L), 1, 1, false, (int)lua_tointeger(L, lua_upvalueindex(2)), finish_effect);
}

enum { EACH_NAME = 1, EACH_FIELD, EACH_INPUT, EACH_PAGE, EACH_AT, EACH_NEXT };

static int each_take(lua_State *L);

static int each_page(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  const char *name = own_name(L);
  if (!push_reply(L, name)) return lua_error(L);
  int answer = lua_gettop(L);
  if (lua_type(L, answer) != LUA_TTABLE) return luaL_error(L, "%s: the answer is no page", name);
  lua_pushvalue(L, lua_upvalueindex(EACH_FIELD));
  if (lua_rawget(L, answer) != LUA_TTABLE) {
    return luaL_error(L, "%s: the answer has no '%s'", name, lua_tostring(L, lua_upvalueindex(EACH_FIELD)));
  }
  lua_replace(L, lua_upvalueindex(EACH_PAGE));
  lua_pushinteger(L, 0);
  lua_replace(L, lua_upvalueindex(EACH_AT));
  lua_pushnil(L);
  lua_pushliteral(L, "pagination");
  if (lua_rawget(L, answer) == LUA_TTABLE) {
    lua_pushliteral(L, "next");
    if (lua_rawget(L, -2) == LUA_TSTRING) {
      if (lua_rawequal(L, -1, lua_upvalueindex(EACH_NEXT))) {
        return luaL_error(L, "%s: the answer leads back to the same page", name);
      }
      lua_replace(L, answer + 1);
    }
  }
  lua_settop(L, answer + 1);
  lua_replace(L, lua_upvalueindex(EACH_NEXT));
  lua_settop(L, 0);
  return each_take(L);
}

// The next item of the page, or of the next page.
static int each_take(lua_State *L) {
  cls_tick(L, 1);
  bool begun = lua_type(L, lua_upvalueindex(EACH_PAGE)) == LUA_TTABLE;
  if (begun) {
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(EACH_AT)) + 1;
    if (lua_rawgeti(L, lua_upvalueindex(EACH_PAGE), at) != LUA_TNIL) {
      lua_pushinteger(L, at);
      lua_replace(L, lua_upvalueindex(EACH_AT));
      return 1;
    }
    if (lua_isnil(L, lua_upvalueindex(EACH_NEXT))) return 1;  // nil: the end
  }
  lua_settop(L, 0);
  if (begun) {
    lua_pushvalue(L, lua_upvalueindex(EACH_NEXT));
    lua_setfield(L, lua_upvalueindex(EACH_INPUT), "after");
  }
  // What is called is the list itself.
  const char *name = own_name(L);
  lua_pushfstring(L, "client.%s", name + strlen("client.each."));
  lua_pushvalue(L, lua_upvalueindex(EACH_INPUT));
  return yield_effect(L, lua_tostring(L, 1), 2, 1, false, PLAIN, each_page);
}

static int each_next(lua_State *L) {
  lua_settop(L, 0);
  return each_take(L);
}

static int each_operation(lua_State *L) {
  const char *name = own_name(L);
  check_table(L, name);
  calling_run(L, name);
  lua_newtable(L);  // a copy: it gets the cursor
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    cls_tick(L, 1);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, 2);
  }
  lua_pushvalue(L, lua_upvalueindex(EACH_NAME));
  lua_insert(L, 2);
  lua_pushvalue(L, lua_upvalueindex(EACH_FIELD));
  lua_insert(L, 3);
  lua_pushnil(L);
  lua_pushinteger(L, 0);
  lua_pushnil(L);
  lua_pushcclosure(L, each_next, 6);
  return 1;
}

// Operators ask it elsewhere.
static int refuse_operation(lua_State *L) {
  const char *name = own_name(L), *last = strrchr(name, '.') + 1;
  char from[64];
  size_t length = (size_t)(last - 1 - name);
  if (length >= sizeof from) length = sizeof from - 1;
  memcpy(from, name, length);
  from[length] = 0;
  lua_pushfstring(L, "%s is not available in scripts: operators ask it, with `tidemill call %s`", name, last);
  return cls_raise_about(L, from, last, strlen(last));
}

// Sets a function of the operation's name in the table below the top. Its upvalues: the effect's name, and the value on
// top, which goes: the mode, or the field of a page.
static void set_operation(lua_State *L, const char *prefix, const cls_operation *operation, lua_CFunction function) {
  lua_pushlstring(L, operation->name.bytes, operation->name.length);
  lua_insert(L, -2);
  lua_pushfstring(L, "%s%s", prefix, lua_tostring(L, -2));
  lua_insert(L, -2);
  lua_pushcclosure(L, operation->refused ? refuse_operation : function, 2);
  lua_rawset(L, -3);
}

static void set_calls(lua_State *L, const char *prefix, int mode) {
  const cls_options *options = &cls_of(L)->options;
  for (uint32_t i = 0; i < options->operation_count; ++i) {
    lua_pushinteger(L, mode);
    set_operation(L, prefix, &options->operations[i], call_operation);
  }
}

static void open_client(lua_State *L) {
  const cls_options *options = &cls_of(L)->options;
  lua_newtable(L);
  set_calls(L, "client.", PLAIN);
  lua_newtable(L);
  set_calls(L, "client.", TRY);
  cls_protect(L, "client.try");
  lua_setfield(L, -2, "try");
  lua_newtable(L);
  for (uint32_t i = 0; i < options->operation_count; ++i) {
    const cls_operation *operation = &options->operations[i];
    if (operation->page.length == 0) continue;
    lua_pushlstring(L, operation->page.bytes, operation->page.length);
    set_operation(L, "client.each.", operation, each_operation);
  }
  cls_protect(L, "client.each");
  lua_setfield(L, -2, "each");
  cls_protect(L, "client");
}

// MARK: - emit, later, state, checkpoint, now

// Upvalues: the name, and how many arguments it takes.
static int call_effect(lua_State *L) {
  int count = (int)lua_tointeger(L, lua_upvalueindex(2));
  if (lua_gettop(L) > count) return luaL_error(L, "%s takes at most %d arguments", own_name(L), count);
  lua_settop(L, count);
  return yield_effect(L, own_name(L), 1, count, true, PLAIN, finish_effect);
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
  return yield_effect(L, own_name(L), 1, 1, true, PLAIN, finish_effect);
}

// get and set of state.shared(name): also called with a colon. Upvalues: the name, how many arguments, whose state.
static int call_shared(lua_State *L) {
  int count = (int)lua_tointeger(L, lua_upvalueindex(2));
  if (lua_type(L, 1) == LUA_TTABLE) lua_remove(L, 1);
  if (lua_gettop(L) > count) return luaL_error(L, "%s takes at most %d arguments", own_name(L), count);
  lua_settop(L, count);
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_insert(L, 1);
  return yield_effect(L, own_name(L), 1, count + 1, true, PLAIN, finish_effect);
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
  return push_reply(L, "run.checkpoint") ? 1 : lua_error(L);
}

int cls_checkpoint(lua_State *L) {
  if (lua_gettop(L) > 1) return luaL_error(L, "run.checkpoint takes one value");
  lua_settop(L, 1);
  return yield_effect(L, "checkpoint", 1, 1, true, PLAIN, finish_checkpoint);
}

static int finish_now(lua_State *L, int status, lua_KContext mode) {
  (void)status;
  (void)mode;
  return push_reply(L, "time.now") ? 1 : lua_error(L);
}

int cls_time_now(lua_State *L) { return cls_push_update_now(L) ? 1 : yield_effect(L, "time.now", 1, 0, true, PLAIN, finish_now); }

// MARK: - Tests

int cls_effect_yield(lua_State *L, const char *name, int first, int count, lua_KFunction then) {
  return yield_effect(L, name, first, count, true, PLAIN, then);
}

bool cls_effect_finish(lua_State *L, const char *name) { return push_reply(L, name); }

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
    return luaL_error(L, "%s takes %s", own_name(L), count == 1 ? "a customer's id" : "a customer's id and a feature's");
  }
  for (int i = 1; i <= count; ++i) {
    if (lua_type(L, i) != LUA_TSTRING) return luaL_error(L, "%s takes ids, which are strings, got a %s", own_name(L), luaL_typename(L, i));
  }
  if (state->run) return yield_effect(L, own_name(L), 1, count, true, PLAIN, finish_effect);
  if (!state->in_rule && !state->deciding) return luaL_error(L, "%s cannot be called while files are loaded", own_name(L));
  cls_ask(L, own_name(L), 1, count);
  return 1;
}

void cls_open_effects(lua_State *L, int globals) {
  open_client(L);
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
