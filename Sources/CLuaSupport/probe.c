#include "internal.h"

// What a name of the library is, asked of a loaded state by whoever reads scripts: `client.provisonCustomer` is refused in
// the words in which a run would be told.

typedef struct {
  const cls_text *path;
  uint32_t count;
  const cjson_node *arguments;  ///< NULL: it is not called
} Probe;

static int probe_protected(lua_State *L) {
  Probe *probe = lua_touserdata(L, 1);
  cls_need_stack(L, 20);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_env);
  for (uint32_t i = 0; i < probe->count; ++i) {
    if (lua_type(L, -1) != LUA_TTABLE) return 0;  // a value of the script's or the host's: nobody knows its fields
    lua_pushlstring(L, probe->path[i].bytes, probe->path[i].length);
    lua_gettable(L, -2);
    lua_remove(L, -2);
  }
  if (!probe->arguments || lua_type(L, -1) != LUA_TFUNCTION) return 0;
  int function = lua_gettop(L);
  const cjson_node *cursor = probe->arguments;
  cls_answer_push(L, &cursor);
  int list = lua_gettop(L), count = (int)lua_rawlen(L, list);
  lua_pushvalue(L, function);
  for (int i = 1; i <= count; ++i) lua_rawgeti(L, list, i);
  lua_call(L, count, 0);
  return 0;
}

bool cls_probe(cls_state *state, const cls_text *path, uint32_t count, cls_text arguments, cls_failure *failure) {
  Probe probe = {path, count, NULL};
  cls_reply reply = {.json = arguments};
  if (arguments.length > 0 && cls_reply_parse(state, &reply, &probe.arguments)) return true;
  cls_start_clock(state, state->options.rule_time);
  return cls_protected(state, probe_protected, &probe, failure);
}
