// Lua's patterns, which CLuaSupport has written anew so that they can be stopped, against Lua's own.
// Input: a line with the pattern, a line with the replacement, and the text.
#include "../Sources/CLuaSupport/internal.h"
#include "harness.h"

static cls_state *state;
static lua_State *plain;

enum { MATCHES_MAX = 200, OUT_MAX = 1 << 16 };

/// What a call answered, as bytes.
typedef struct {
  bool failed;
  size_t length;
  char bytes[OUT_MAX];
} Answer;

typedef struct {
  cls_text pattern, replacement, text;
  lua_Integer start;
  bool is_own, is_stopped;
  Answer answers[6];
} Case;

static void put(Answer *answer, const char *bytes, size_t length) {
  if (length > OUT_MAX - answer->length) length = OUT_MAX - answer->length;
  memcpy(answer->bytes + answer->length, bytes, length);
  answer->length += length;
}

static void put_values(Answer *answer, lua_State *L, int from) {
  for (int i = from; i <= lua_gettop(L); ++i) {
    const char type = (char)lua_type(L, i);
    put(answer, &type, 1);
    if (lua_type(L, i) == LUA_TNUMBER || lua_type(L, i) == LUA_TSTRING) {
      size_t length;
      const char *text = lua_tolstring(L, i, &length);
      put(answer, text, length);
    }
  }
}

static void push_function(lua_State *L, const Case *one, lua_CFunction own, const char *name) {
  if (one->is_own) {
    lua_pushcfunction(L, own);
  } else {
    lua_getglobal(L, "string");
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
  }
}

static void push(lua_State *L, cls_text text) { lua_pushlstring(L, text.bytes, text.length); }

static int replace_by_function(lua_State *L) {
  if (lua_gettop(L) > 1) lua_pushnil(L);
  return 1;
}

// Calls with the arguments on top of the function; false once the time is over.
static bool call(lua_State *L, Case *one, int arguments, Answer *answer) {
  const int function = lua_gettop(L) - arguments;
  const int status = lua_pcall(L, arguments, LUA_MULTRET, 0);
  if (one->is_own && state->stop != CLS_RUNNING) {
    one->is_stopped = true;
    return false;
  }
  answer->failed = status != LUA_OK;
  if (status == LUA_OK) put_values(answer, L, function);
  return status == LUA_OK;
}

static int calls(lua_State *L) {
  Case *one = lua_touserdata(L, 1);
  if (one->is_own) cls_start_clock(state, 5000000);
  lua_settop(L, 0);
  luaL_checkstack(L, 100, NULL);
  for (int i = 0; i < 6 && !one->is_stopped; ++i) {
    Answer *answer = &one->answers[i];
    answer->length = 0;
    lua_settop(L, 0);
    static const struct {
      lua_CFunction own;
      const char *name;
    } functions[] = {{cls_string_find, "find"},   {cls_string_match, "match"}, {cls_string_gmatch, "gmatch"},
                     {cls_string_gsub, "gsub"}};
    const int which = i < 3 ? i : 3;
    push_function(L, one, functions[which].own, functions[which].name);
    push(L, one->text);
    push(L, one->pattern);
    if (i < 2) {
      lua_pushinteger(L, one->start);
      call(L, one, 3, answer);
    } else if (i == 2) {
      if (!call(L, one, 2, answer)) continue;
      lua_settop(L, 1);
      answer->length = 0;
      for (int matches = 0; matches < MATCHES_MAX; ++matches) {
        lua_settop(L, 1);
        lua_pushvalue(L, 1);
        if (!call(L, one, 0, answer) || lua_gettop(L) < 2 || lua_isnil(L, 2)) break;
      }
    } else {
      if (i == 3) push(L, one->replacement);
      if (i == 4) lua_pushcfunction(L, replace_by_function);
      if (i == 5) {
        lua_createtable(L, 0, 2);
        push(L, one->replacement);
        lua_setfield(L, -2, "a");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "b");
      }
      call(L, one, 3, answer);
    }
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!state) {
    const cls_options options = fuzz_options();
    state = cls_open(&options);
    plain = luaL_newstate();
    luaL_openlibs(plain);
  }
  static Case own, other;
  fuzz_input input = {(const char *)data, size};
  own.pattern = fuzz_until(&input, "\n");
  own.replacement = fuzz_until(&input, "\n");
  own.text = fuzz_text(input.bytes, input.left > 200 ? 200 : input.left);
  own.start = (lua_Integer)(own.text.length % 5) - 2;
  own.is_own = true;
  own.is_stopped = false;
  cls_failure failure;
  if (!cls_protected(state, calls, &own, &failure) || own.is_stopped) return 0;
  other.pattern = own.pattern;
  other.replacement = own.replacement;
  other.text = own.text;
  other.start = own.start;
  other.is_own = other.is_stopped = false;
  lua_settop(plain, 0);
  lua_pushcfunction(plain, calls);
  lua_pushlightuserdata(plain, &other);
  REQUIRE(lua_pcall(plain, 1, 0, 0) == LUA_OK);
  for (int i = 0; i < 6; ++i) {
    REQUIRE(own.answers[i].failed == other.answers[i].failed);
    REQUIRE(own.answers[i].length == other.answers[i].length);
    REQUIRE(memcmp(own.answers[i].bytes, other.answers[i].bytes, own.answers[i].length) == 0);
  }
  return 0;
}
