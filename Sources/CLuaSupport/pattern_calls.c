#define _GNU_SOURCE  // memmem
#include "patterns.h"

#include <ctype.h>
#include <string.h>

// string.find, match, gmatch and gsub.

// Where a search begins: 1 is the first byte, negative counts from the end. 0: beyond the end.
static size_t start_position(lua_Integer position, size_t length) {
  if (position > 0) return (lua_Unsigned)position > length + 1 ? 0 : (size_t)position;
  if (position == 0) return 1;
  return position < -(lua_Integer)length ? 1 : (size_t)((lua_Integer)length + position + 1);
}

// MARK: - find, match

static bool is_plain(const char *pattern, size_t length) {
  for (size_t i = 0; i < length; ++i) {
    if (pattern[i] && strchr("^$*+?.([%-", pattern[i])) return false;
  }
  return true;
}

static int search(lua_State *L, bool find) {
  size_t length, pattern_length;
  const char *text = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  size_t start = start_position(luaL_optinteger(L, 3, 1), length);
  cls_tick(L, pattern_length);
  if (start == 0) {
    luaL_pushfail(L);
    return 1;
  }
  const char *s = text + start - 1;
  if (find && (lua_toboolean(L, 4) || is_plain(pattern, pattern_length))) {
    cls_tick(L, length);
    const char *found = pattern_length == 0 ? s : memmem(s, (size_t)(text + length - s), pattern, pattern_length);
    if (found) {
      lua_pushinteger(L, found - text + 1);
      lua_pushinteger(L, found - text + (lua_Integer)pattern_length);
      return 2;
    }
    luaL_pushfail(L);
    return 1;
  }
  cls_matcher m;
  cls_pattern_prepare(&m, L, text, length, pattern, pattern_length);
  bool anchored = pattern_length > 0 && *pattern == '^';
  do {
    const char *end = cls_pattern_match(&m, s, pattern + anchored);
    if (end) {
      if (!find) return cls_pattern_push_all(&m, s, end);
      lua_pushinteger(L, s - text + 1);
      lua_pushinteger(L, end - text);
      return cls_pattern_push_all(&m, NULL, NULL) + 2;
    }
  } while (s++ < m.end && !anchored);
  luaL_pushfail(L);
  return 1;
}

int cls_string_find(lua_State *L) { return search(L, true); }
int cls_string_match(lua_State *L) { return search(L, false); }

// MARK: - gmatch

// Upvalues: text, pattern, the next position, the end of the last match (an empty match there does not count again).
static int next_match(lua_State *L) {
  size_t length, pattern_length;
  const char *text = lua_tolstring(L, lua_upvalueindex(1), &length);
  const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
  lua_Integer from = lua_tointeger(L, lua_upvalueindex(3)), last = lua_tointeger(L, lua_upvalueindex(4));
  cls_matcher m;
  cls_pattern_prepare(&m, L, text, length, pattern, pattern_length);
  for (const char *s = text + from; s <= m.end; ++s) {
    const char *end = cls_pattern_match(&m, s, pattern);
    if (!end || end - text == last) continue;
    lua_pushinteger(L, end - text);
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return cls_pattern_push_all(&m, s, end);
  }
  lua_pushinteger(L, (lua_Integer)length + 1);
  lua_replace(L, lua_upvalueindex(3));
  return 0;
}

int cls_string_gmatch(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  size_t start = start_position(luaL_optinteger(L, 3, 1), length);
  lua_settop(L, 2);
  lua_pushinteger(L, start == 0 ? (lua_Integer)length + 1 : (lua_Integer)start - 1);
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

// MARK: - gsub

static void add_replacement_text(cls_matcher *m, luaL_Buffer *buffer, const char *s, const char *end) {
  size_t length;
  const char *text = lua_tolstring(m->L, 3, &length);
  cls_tick(m->L, length);
  for (size_t i = 0; i < length; ++i) {
    if (text[i] != '%') {
      luaL_addchar(buffer, text[i]);
      continue;
    }
    ++i;
    if (i < length && text[i] == '%') {
      luaL_addchar(buffer, '%');
    } else if (i < length && text[i] == '0') {
      cls_tick(m->L, (size_t)(end - s));
      luaL_addlstring(buffer, s, (size_t)(end - s));
    } else if (i < length && isdigit((unsigned char)text[i])) {
      cls_pattern_push(m, text[i] - '1', s, end);
      luaL_tolstring(m->L, -1, NULL);
      lua_remove(m->L, -2);
      luaL_addvalue(buffer);
    } else {
      luaL_error(m->L, "invalid use of '%%' in replacement string");
    }
  }
}

static void add_replacement(cls_matcher *m, luaL_Buffer *buffer, const char *s, const char *end, int kind) {
  lua_State *L = m->L;
  if (kind == LUA_TSTRING || kind == LUA_TNUMBER) {
    add_replacement_text(m, buffer, s, end);
    return;
  }
  if (kind == LUA_TTABLE) {
    cls_pattern_push(m, 0, s, end);
    lua_gettable(L, 3);
  } else {
    lua_pushvalue(L, 3);
    int count = cls_pattern_push_all(m, s, end);
    lua_call(L, count, 1);
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(buffer, s, (size_t)(end - s));
  } else if (lua_isstring(L, -1)) {
    if (lua_type(L, -1) == LUA_TSTRING) cls_tick(L, lua_rawlen(L, -1));
    luaL_addvalue(buffer);
  } else {
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  }
}

int cls_string_gsub(lua_State *L) {
  size_t length, pattern_length;
  const char *text = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  int kind = lua_type(L, 3);
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
  luaL_argexpected(L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
                   "string/function/table");
  if (kind == LUA_TNUMBER) lua_tolstring(L, 3, NULL);
  bool anchored = pattern_length > 0 && *pattern == '^';
  cls_matcher m;
  luaL_Buffer buffer;
  cls_pattern_prepare(&m, L, text, length, pattern, pattern_length);
  luaL_buffinit(L, &buffer);
  const char *s = text, *last = NULL;
  while (count < most) {
    const char *end = cls_pattern_match(&m, s, pattern + anchored);
    if (end && end != last) {
      ++count;
      add_replacement(&m, &buffer, s, end, kind);
      s = last = end;
    } else if (s < m.end) {
      luaL_addchar(&buffer, *s++);
    } else {
      break;
    }
    if (anchored) break;
  }
  cls_tick(L, (size_t)(m.end - s));
  luaL_addlstring(&buffer, s, (size_t)(m.end - s));
  luaL_pushresult(&buffer);
  lua_pushinteger(L, count);
  return 2;
}
