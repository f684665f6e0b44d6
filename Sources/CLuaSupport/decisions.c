#include "internal.h"

#include <string.h>

// Recharge policies and grant rules: one call of `decide`, under the limits of a rule.

typedef struct {
  int64_t function;
  bool is_wallet;
  const cjson_node *nodes;
} Question;

// wallet.consumed(window). Upvalue: the decision that the wallet belongs to.
static int consumed(lua_State *L) {
  cls_state *state = cls_of(L);
  if (!state->deciding || (lua_Integer)state->decision != lua_tointeger(L, lua_upvalueindex(1))) {
    return luaL_error(L, "wallet.consumed belongs to a decision that is over");
  }
  if (lua_type(L, 1) == LUA_TTABLE) lua_remove(L, 1);  // wallet:consumed("6h")
  if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING) {
    return luaL_error(L, "wallet.consumed takes a window such as \"6h\" or \"7 days\", got %s", luaL_typename(L, 1));
  }
  cls_ask(L, "wallet.consumed", 1, 1);
  return 1;
}

static int decide_protected(lua_State *L) {
  const Question *question = lua_touserdata(L, 1);
  cls_state *state = cls_of(L);
  cls_need_stack(L, 40);
  cls_start_clock(state, state->options.rule_time);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_functions);
  lua_rawgeti(L, -1, question->function);
  const cjson_node *cursor = question->nodes;
  cls_answer_push(L, &cursor);
  if (question->is_wallet && lua_type(L, -1) == LUA_TTABLE) {
    lua_pushinteger(L, (lua_Integer)state->decision);
    lua_pushcclosure(L, consumed, 1);
    lua_setfield(L, -2, "consumed");
  }
  lua_call(L, 1, 1);
  state->answer_failed = true;  // what is raised from here on is about the answer
  cls_values values = {.what = "decide"};
  cls_values_add(L, &values, -1, "the answer");
  state->decided->nodes = values.nodes;
  state->decided->node_count = values.count;
  return 0;
}

void cls_decide(cls_state *state, int64_t function, cls_text json, bool is_wallet, int64_t now, cls_decision *decision) {
  memset(decision, 0, sizeof *decision);
  Question question = {function, is_wallet, NULL};
  cls_reply value = {.json = json};
  const char *problem = cls_reply_parse(state, &value, &question.nodes);
  if (problem) {
    decision->failure.message = cls_text_of(problem, strlen(problem));
    return;
  }
  cls_arena_reset(state, &state->event);
  state->deciding = true;
  state->decision_now = now;
  ++state->decision;
  state->decided = decision;
  decision->done = cls_protected(state, decide_protected, &question, &decision->failure);
}
