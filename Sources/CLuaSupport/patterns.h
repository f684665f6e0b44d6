#pragma once
#include "internal.h"

// One match of a pattern: patterns.c makes it, pattern_calls.c is what scripts call.

enum { CLS_CAPTURES_MAX = 32, CLS_MATCH_DEPTH_MAX = 200, CLS_OPEN = -1, CLS_POSITION = -2 };

typedef struct {
  lua_State *L;
  const char *begin, *end, *pattern_end;
  int depth, count;
  struct {
    const char *start;
    ptrdiff_t length;
  } captures[CLS_CAPTURES_MAX];
} cls_matcher;

void cls_pattern_prepare(cls_matcher *m, lua_State *L, const char *text, size_t length, const char *pattern,
                         size_t pattern_length);
/// Matches the pattern from p on at s; the end of the match, or NULL.
const char *cls_pattern_match(cls_matcher *m, const char *s, const char *p);
/// Pushes a capture, or the whole match from s to `end` where the pattern has none.
void cls_pattern_push(cls_matcher *m, int index, const char *s, const char *end);
/// All captures; the whole match where the pattern has none (and `s` is given). Returns how many.
int cls_pattern_push_all(cls_matcher *m, const char *s, const char *end);
