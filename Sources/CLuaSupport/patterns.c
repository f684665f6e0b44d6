#define _GNU_SOURCE  // memmem
#include "internal.h"

#include <ctype.h>
#include <string.h>

// Lua's patterns, written anew so that every step counts as work: a pattern that backtracks for ever ends with the time
// limit instead of holding the thread.

enum { CAPTURES_MAX = 32, DEPTH_MAX = 200, OPEN = -1, POSITION = -2 };

typedef struct {
  lua_State *L;
  const char *begin, *end, *pattern_end;
  int depth, count;
  struct {
    const char *start;
    ptrdiff_t length;
  } captures[CAPTURES_MAX];
} Matcher;

static const char *match_here(Matcher *m, const char *s, const char *p);

// The end of the single-character class that begins at p.
static const char *class_end(Matcher *m, const char *p) {
  char first = *p++;
  if (first == '%') {
    if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 1;
  }
  if (first != '[') return p;
  if (p < m->pattern_end && *p == '^') ++p;
  for (bool is_first = true; is_first || p >= m->pattern_end || *p != ']'; is_first = false) {
    if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    if (*p++ == '%') {
      if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
      ++p;
    }
  }
  return p + 1;
}

static bool in_named_class(unsigned char c, unsigned char name) {
  bool is;
  switch (tolower(name)) {
    case 'a': is = isalpha(c); break;
    case 'c': is = iscntrl(c); break;
    case 'd': is = isdigit(c); break;
    case 'g': is = isgraph(c); break;
    case 'l': is = islower(c); break;
    case 'p': is = ispunct(c); break;
    case 's': is = isspace(c); break;
    case 'u': is = isupper(c); break;
    case 'w': is = isalnum(c); break;
    case 'x': is = isxdigit(c); break;
    case 'z': is = c == 0; break;
    default: return name == c;
  }
  return isupper(name) ? !is : is;
}

// Whether c is in the set [first … last], last pointing at its ']'.
static bool in_set(unsigned char c, const char *p, const char *last) {
  bool found = true;
  if (p[1] == '^') {
    found = false;
    ++p;
  }
  while (++p < last) {
    if (*p == '%') {
      ++p;
      if (in_named_class(c, (unsigned char)*p)) return found;
    } else if (p[1] == '-' && p + 2 < last) {
      if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2]) return found;
      p += 2;
    } else if ((unsigned char)*p == c) {
      return found;
    }
  }
  return !found;
}

static bool matches_one(Matcher *m, const char *s, const char *p, const char *next) {
  if (s >= m->end) return false;
  unsigned char c = (unsigned char)*s;
  switch (*p) {
    case '.': return true;
    case '%': return in_named_class(c, (unsigned char)p[1]);
    case '[':
      cls_tick(m->L, (size_t)(next - p) / 4);
      return in_set(c, p, next - 1);
    default: return (unsigned char)*p == c;
  }
}

static const char *match_balanced(Matcher *m, const char *s, const char *p) {
  if (m->pattern_end - p < 2) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  if (s >= m->end || *s != p[0]) return NULL;
  size_t nesting = 1;
  for (const char *at = s + 1; at < m->end; ++at) {
    cls_tick(m->L, 1);
    if (*at == p[1]) {
      if (--nesting == 0) return at + 1;
    } else if (*at == p[0]) {
      ++nesting;
    }
  }
  return NULL;
}

static int capture_to_close(Matcher *m) {
  for (int i = m->count - 1; i >= 0; --i) {
    if (m->captures[i].length == OPEN) return i;
  }
  return luaL_error(m->L, "invalid pattern capture");
}

static const char *match_repeated(Matcher *m, const char *s, const char *p, const char *next, char suffix) {
  if (suffix == '-') {
    for (;;) {
      const char *end = match_here(m, s, next + 1);
      if (end) return end;
      cls_tick(m->L, 1);
      if (!matches_one(m, s, p, next)) return NULL;
      ++s;
    }
  }
  ptrdiff_t count = 0, least = suffix == '+' ? 1 : 0;
  while (matches_one(m, s + count, p, next)) {
    cls_tick(m->L, 1);
    ++count;
  }
  for (; count >= least; --count) {
    cls_tick(m->L, 1);
    const char *end = match_here(m, s + count, next + 1);
    if (end) return end;
  }
  return NULL;
}

// Matches the pattern from p on at s; the end of the match, or NULL.
static const char *match_here(Matcher *m, const char *s, const char *p) {
  if (m->depth >= DEPTH_MAX) luaL_error(m->L, "pattern too complex");
  ++m->depth;
  const char *result = NULL;
  for (;;) {
    cls_tick(m->L, 1);
    if (p == m->pattern_end) {
      result = s;
      break;
    }
    if (*p == '(') {
      bool is_position = p + 1 < m->pattern_end && p[1] == ')';
      if (m->count >= CAPTURES_MAX) luaL_error(m->L, "too many captures");
      m->captures[m->count].start = s;
      m->captures[m->count].length = is_position ? POSITION : OPEN;
      ++m->count;
      result = match_here(m, s, p + (is_position ? 2 : 1));
      if (!result) --m->count;
      break;
    }
    if (*p == ')') {
      int index = capture_to_close(m);
      m->captures[index].length = s - m->captures[index].start;
      result = match_here(m, s, p + 1);
      if (!result) m->captures[index].length = OPEN;
      break;
    }
    if (*p == '$' && p + 1 == m->pattern_end) {
      result = s == m->end ? s : NULL;
      break;
    }
    if (*p == '%' && p + 1 < m->pattern_end) {
      if (p[1] == 'b') {
        s = match_balanced(m, s, p + 2);
        if (!s) break;
        p += 4;
        continue;
      }
      if (p[1] == 'f') {
        p += 2;
        if (p >= m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
        const char *next = class_end(m, p);
        unsigned char before = s == m->begin ? 0 : (unsigned char)s[-1];
        unsigned char after = s == m->end ? 0 : (unsigned char)*s;
        if (in_set(before, p, next - 1) || !in_set(after, p, next - 1)) break;
        p = next;
        continue;
      }
      if (isdigit((unsigned char)p[1])) {
        int index = p[1] - '1';
        if (index < 0 || index >= m->count || m->captures[index].length == OPEN) {
          luaL_error(m->L, "invalid capture index %%%d in pattern", index + 1);
        }
        ptrdiff_t length = m->captures[index].length;
        if (length == POSITION) break;  // a position is no text: it matches nothing
        cls_tick(m->L, (size_t)length);
        if (m->end - s < length || memcmp(m->captures[index].start, s, (size_t)length) != 0) break;
        s += length;
        p += 2;
        continue;
      }
    }
    const char *next = class_end(m, p);
    char suffix = next < m->pattern_end ? *next : 0;
    if (suffix == '*' || suffix == '+' || suffix == '-') {
      result = match_repeated(m, s, p, next, suffix);
      break;
    }
    bool one = matches_one(m, s, p, next);
    if (suffix == '?') {
      if (one) {
        result = match_here(m, s + 1, next + 1);
        if (result) break;
      }
      p = next + 1;
      continue;
    }
    if (!one) break;
    ++s;
    p = next;
  }
  --m->depth;
  return result;
}

// MARK: - Captures

static void push_capture(Matcher *m, int index, const char *s, const char *end) {
  if (index >= m->count) {
    if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(m->L, s, (size_t)(end - s));
    return;
  }
  ptrdiff_t length = m->captures[index].length;
  if (length == OPEN) luaL_error(m->L, "unfinished capture");
  if (length == POSITION) {
    lua_pushinteger(m->L, m->captures[index].start - m->begin + 1);
  } else {
    cls_tick(m->L, (size_t)length);
    lua_pushlstring(m->L, m->captures[index].start, (size_t)length);
  }
}

// All captures; the whole match where the pattern has none (and `s` is given).
static int push_captures(Matcher *m, const char *s, const char *end) {
  int count = m->count == 0 && s ? 1 : m->count;
  cls_need_stack(m->L, count);
  for (int i = 0; i < count; ++i) push_capture(m, i, s, end);
  return count;
}

static void prepare(Matcher *m, lua_State *L, const char *text, size_t length, const char *pattern, size_t pattern_length) {
  m->L = L;
  m->begin = text;
  m->end = text + length;
  m->pattern_end = pattern + pattern_length;
}

static const char *match_at(Matcher *m, const char *s, const char *p) {
  m->count = 0;
  m->depth = 0;
  return match_here(m, s, p);
}

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
  Matcher m;
  prepare(&m, L, text, length, pattern, pattern_length);
  bool anchored = pattern_length > 0 && *pattern == '^';
  do {
    const char *end = match_at(&m, s, pattern + anchored);
    if (end) {
      if (!find) return push_captures(&m, s, end);
      lua_pushinteger(L, s - text + 1);
      lua_pushinteger(L, end - text);
      return push_captures(&m, NULL, NULL) + 2;
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
  Matcher m;
  prepare(&m, L, text, length, pattern, pattern_length);
  for (const char *s = text + from; s <= m.end; ++s) {
    const char *end = match_at(&m, s, pattern);
    if (!end || end - text == last) continue;
    lua_pushinteger(L, end - text);
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return push_captures(&m, s, end);
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

static void add_replacement_text(Matcher *m, luaL_Buffer *buffer, const char *s, const char *end) {
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
      push_capture(m, text[i] - '1', s, end);
      luaL_tolstring(m->L, -1, NULL);
      lua_remove(m->L, -2);
      luaL_addvalue(buffer);
    } else {
      luaL_error(m->L, "invalid use of '%%' in replacement string");
    }
  }
}

static void add_replacement(Matcher *m, luaL_Buffer *buffer, const char *s, const char *end, int kind) {
  lua_State *L = m->L;
  if (kind == LUA_TSTRING || kind == LUA_TNUMBER) {
    add_replacement_text(m, buffer, s, end);
    return;
  }
  if (kind == LUA_TTABLE) {
    push_capture(m, 0, s, end);
    lua_gettable(L, 3);
  } else {
    lua_pushvalue(L, 3);
    int count = push_captures(m, s, end);
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
  Matcher m;
  luaL_Buffer buffer;
  prepare(&m, L, text, length, pattern, pattern_length);
  luaL_buffinit(L, &buffer);
  const char *s = text, *last = NULL;
  while (count < most) {
    const char *end = match_at(&m, s, pattern + anchored);
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
