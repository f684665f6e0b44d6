// string.format and string.rep, which CLuaSupport has written anew so that their results are bounded, against Lua's own.
// Input: a line with the format, a line with an integer, a line with a float, and a text.
#include "../Sources/CLuaSupport/internal.h"
#include "harness.h"

static cls_state *state;
static lua_State *plain;

enum { OUT_MAX = 1 << 16 };

typedef struct {
  cls_text format, text;
  lua_Integer integer;
  lua_Number real;
  bool is_own, is_stopped, failed[2];
  size_t length[2];
  char bytes[2][OUT_MAX];
} Case;

static void call(lua_State *L, Case *one, int which, int arguments) {
  const int status = lua_pcall(L, arguments, 1, 0);
  one->is_stopped = one->is_own && state->stop != CLS_RUNNING;
  if (one->is_stopped) return;
  one->failed[which] = status != LUA_OK;
  one->length[which] = 0;
  if (status != LUA_OK) return;
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  one->length[which] = length;
  memcpy(one->bytes[which], text, length < OUT_MAX ? length : OUT_MAX);
}

static void push_function(lua_State *L, const Case *one, const char *name) {
  if (one->is_own) cls_open_string(L); else lua_getglobal(L, "string");
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

static int calls(lua_State *L) {
  Case *one = lua_touserdata(L, 1);
  if (one->is_own) cls_start_clock(state, 20000000);
  luaL_checkstack(L, 40, NULL);
  lua_settop(L, 1);
  push_function(L, one, "format");
  lua_pushlstring(L, one->format.bytes, one->format.length);
  for (int i = 0; i < 3; ++i) {
    lua_pushinteger(L, one->integer);
    lua_pushlstring(L, one->text.bytes, one->text.length);
    lua_pushnumber(L, one->real);
  }
  call(L, one, 0, 10);
  if (one->is_stopped) return 0;
  lua_settop(L, 1);
  push_function(L, one, "rep");
  lua_pushlstring(L, one->text.bytes, one->text.length);
  lua_pushinteger(L, one->integer % 50);
  lua_pushlstring(L, one->format.bytes, one->format.length);
  call(L, one, 1, 3);
  return 0;
}

// What Lua alone does: it shows addresses, and takes the same flag again and again.
static bool is_luas(cls_text format) {
  int flags = 0;
  for (uint32_t i = 0; i < format.length; ++i) {
    flags = memchr("-+ #0", format.bytes[i], 5) ? flags + 1 : 0;
    if (format.bytes[i] == 'p' || flags > 5) return true;
  }
  return false;
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
  own.format = fuzz_until(&input, "\n");
  const cls_text integer = fuzz_until(&input, "\n"), real = fuzz_until(&input, "\n");
  own.text = fuzz_text(input.bytes, input.left > 200 ? 200 : input.left);
  if (own.format.length > 200 || is_luas(own.format)) return 0;
  char digits[64] = "";
  memcpy(digits, integer.bytes, integer.length < 63 ? integer.length : 63);
  own.integer = strtoll(digits, NULL, 0);
  memset(digits, 0, sizeof digits);
  memcpy(digits, real.bytes, real.length < 63 ? real.length : 63);
  own.real = strtod(digits, NULL);
  own.is_own = true;
  own.is_stopped = false;
  cls_failure failure;
  if (!cls_protected(state, calls, &own, &failure) || own.is_stopped) return 0;
  other.format = own.format;
  other.text = own.text;
  other.integer = own.integer;
  other.real = own.real;
  other.is_own = other.is_stopped = false;
  lua_settop(plain, 0);
  lua_pushcfunction(plain, calls);
  lua_pushlightuserdata(plain, &other);
  REQUIRE(lua_pcall(plain, 1, 0, 0) == LUA_OK);
  for (int which = 0; which < 2; ++which) {
    const size_t length = own.length[which];
    REQUIRE(own.failed[which] == other.failed[which]);
    REQUIRE(length == other.length[which]);
    REQUIRE(memcmp(own.bytes[which], other.bytes[which], length < OUT_MAX ? length : OUT_MAX) == 0);
  }
  return 0;
}
