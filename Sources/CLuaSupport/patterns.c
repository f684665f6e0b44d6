#include "patterns.h"

#include <ctype.h>
#include <string.h>

// Lua's patterns, written anew so that every step counts as work: a pattern that backtracks for ever ends with the time
// limit instead of holding the thread.

static const char *match_here(cls_matcher *m, const char *s, const char *p);

// The end of the single-character class that begins at p.
static const char *class_end(cls_matcher *m, const char *p) {
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

static bool matches_one(cls_matcher *m, const char *s, const char *p, const char *next) {
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

static const char *match_balanced(cls_matcher *m, const char *s, const char *p) {
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

static int capture_to_close(cls_matcher *m) {
  for (int i = m->count - 1; i >= 0; --i) {
    if (m->captures[i].length == CLS_OPEN) return i;
  }
  return luaL_error(m->L, "invalid pattern capture");
}

static const char *match_repeated(cls_matcher *m, const char *s, const char *p, const char *next, char suffix) {
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
static const char *match_here(cls_matcher *m, const char *s, const char *p) {
  if (m->depth >= CLS_MATCH_DEPTH_MAX) luaL_error(m->L, "pattern too complex");
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
      if (m->count >= CLS_CAPTURES_MAX) luaL_error(m->L, "too many captures");
      m->captures[m->count].start = s;
      m->captures[m->count].length = is_position ? CLS_POSITION : CLS_OPEN;
      ++m->count;
      result = match_here(m, s, p + (is_position ? 2 : 1));
      if (!result) --m->count;
      break;
    }
    if (*p == ')') {
      int index = capture_to_close(m);
      m->captures[index].length = s - m->captures[index].start;
      result = match_here(m, s, p + 1);
      if (!result) m->captures[index].length = CLS_OPEN;
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
        if (index < 0 || index >= m->count || m->captures[index].length == CLS_OPEN) {
          luaL_error(m->L, "invalid capture index %%%d in pattern", index + 1);
        }
        ptrdiff_t length = m->captures[index].length;
        if (length == CLS_POSITION) break;  // a position is no text: it matches nothing
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

void cls_pattern_push(cls_matcher *m, int index, const char *s, const char *end) {
  if (index >= m->count) {
    if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(m->L, s, (size_t)(end - s));
    return;
  }
  ptrdiff_t length = m->captures[index].length;
  if (length == CLS_OPEN) luaL_error(m->L, "unfinished capture");
  if (length == CLS_POSITION) {
    lua_pushinteger(m->L, m->captures[index].start - m->begin + 1);
  } else {
    cls_tick(m->L, (size_t)length);
    lua_pushlstring(m->L, m->captures[index].start, (size_t)length);
  }
}

int cls_pattern_push_all(cls_matcher *m, const char *s, const char *end) {
  int count = m->count == 0 && s ? 1 : m->count;
  cls_need_stack(m->L, count);
  for (int i = 0; i < count; ++i) cls_pattern_push(m, i, s, end);
  return count;
}

void cls_pattern_prepare(cls_matcher *m, lua_State *L, const char *text, size_t length, const char *pattern,
                         size_t pattern_length) {
  m->L = L;
  m->begin = text;
  m->end = text + length;
  m->pattern_end = pattern + pattern_length;
}

const char *cls_pattern_match(cls_matcher *m, const char *s, const char *p) {
  m->count = 0;
  m->depth = 0;
  return match_here(m, s, p);
}
