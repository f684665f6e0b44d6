#include "internal.h"

#include <string.h>
#include <time.h>

// log.debug/info/warn/error and print. Lines are bounded in size and in number a second; what would steer a terminal is
// escaped.

enum { LINES_A_SECOND = 200, MESSAGE_MAX = 8192 };

static void add_escaped(luaL_Buffer *buffer, const char *text, size_t length) {
  static const char hex[] = "0123456789abcdef";
  bool cut = length > MESSAGE_MAX;
  if (cut) {
    length = MESSAGE_MAX;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) --length;
  }
  for (size_t i = 0; i < length;) {
    unsigned char c = (unsigned char)text[i];
    size_t size = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : 4;
    if (size > length - i || !cls_is_utf8(text + i, size)) {
      luaL_addstring(buffer, "\\x");
      luaL_addchar(buffer, hex[c >> 4]);
      luaL_addchar(buffer, hex[c & 15]);
      size = 1;
    } else if (c == '\n' || c == '\t') {
      luaL_addchar(buffer, (char)c);  // whoever shows it to a person escapes it; JSON has its own way
    } else if (c < 0x20 || c == 0x7f) {
      luaL_addstring(buffer, "\\x");
      luaL_addchar(buffer, hex[c >> 4]);
      luaL_addchar(buffer, hex[c & 15]);
    } else if (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0) {
      luaL_addstring(buffer, "\\u00");
      luaL_addchar(buffer, hex[(unsigned char)text[i + 1] >> 4]);
      luaL_addchar(buffer, hex[(unsigned char)text[i + 1] & 15]);
    } else {
      luaL_addlstring(buffer, text + i, size);
    }
    i += size;
  }
  if (cut) luaL_addstring(buffer, "…");
}

// Hands over the escaped message at stack index `message` and the JSON at `fields` (0: none).
static void deliver(lua_State *L, int level, int message, int fields) {
  cls_state *state = cls_of(L);
  if (!state->options.log) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (state->log_second != now.tv_sec) {
    state->log_second = now.tv_sec;
    state->log_lines = 0;
  }
  if (++state->log_lines > LINES_A_SECOND) {
    if (state->log_lines == LINES_A_SECOND + 1) {
      static const char text[] = "scripts log more than 200 lines a second; the rest of this second is left out";
      state->options.log(state->options.context, CLS_LOG_WARN, cls_text_of(text, sizeof text - 1), cls_text_of("", 0), cls_text_of("", 0), 0);
    }
    return;
  }
  cls_text file = cls_text_of("", 0);
  uint32_t line = 0;
  lua_Debug ar;
  if (lua_getstack(L, 1, &ar)) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0 && ar.source[0] == '@') {
      file = cls_text_of(ar.source + 1, strlen(ar.source + 1));
      line = (uint32_t)ar.currentline;
    }
  }
  size_t length, fields_length = 0;
  const char *text = lua_tolstring(L, message, &length);
  const char *json = fields ? lua_tolstring(L, fields, &fields_length) : "";
  state->options.log(state->options.context, level, cls_text_of(text, length), cls_text_of(json, fields_length), file, line);
}

static int log_line(lua_State *L) {
  size_t length;
  lua_settop(L, 2);
  const char *text = cls_push_text(L, 1, &length);  // 3
  cls_tick(L, 256 + (length > MESSAGE_MAX ? MESSAGE_MAX : length));
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  add_escaped(&buffer, text, length);
  luaL_pushresult(&buffer);  // 4
  if (!lua_isnil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_buffinit(L, &buffer);
    cls_json_encode(L, 2, &buffer);
    luaL_pushresult(&buffer);  // 5
    if (lua_rawlen(L, 5) > MESSAGE_MAX) {
      lua_pop(L, 1);
      lua_pushliteral(L, "{\"fields\":\"left out: longer than 8192 bytes\"}");
    }
  }
  deliver(L, (int)lua_tointeger(L, lua_upvalueindex(1)), 4, lua_isnil(L, 2) ? 0 : 5);
  return 0;
}

static int print_line(lua_State *L) {
  int count = lua_gettop(L);
  luaL_Buffer buffer;
  lua_pushnil(L);  // the joined text goes to count + 1
  luaL_buffinit(L, &buffer);
  for (int i = 1; i <= count; ++i) {
    size_t length;
    if (i > 1) luaL_addchar(&buffer, '\t');
    const char *text = cls_push_text(L, i, &length);
    cls_tick(L, 16 + length);
    if (length > MESSAGE_MAX) {
      lua_pushlstring(L, text, MESSAGE_MAX);
      lua_remove(L, -2);
    }
    luaL_addvalue(&buffer);
  }
  luaL_pushresult(&buffer);
  lua_replace(L, count + 1);
  size_t length;
  const char *text = lua_tolstring(L, count + 1, &length);
  luaL_buffinit(L, &buffer);
  add_escaped(&buffer, text, length);
  luaL_pushresult(&buffer);
  deliver(L, CLS_LOG_INFO, lua_gettop(L), 0);
  return 0;
}

void cls_open_log(lua_State *L) {
  static const char *const names[] = {"debug", "info", "warn", "error"};
  int globals = lua_gettop(L);
  lua_pushcfunction(L, print_line);
  lua_setfield(L, globals, "print");
  lua_newtable(L);
  for (int level = 0; level < 4; ++level) {
    lua_pushinteger(L, level);
    lua_pushcclosure(L, log_line, 1);
    lua_setfield(L, -2, names[level]);
  }
  cls_protect(L, "log");
}
