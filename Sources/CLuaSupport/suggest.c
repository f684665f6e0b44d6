#include "internal.h"

#include <string.h>

// The known word that a misspelt one most likely meant, as TidemillCore's Suggestion decides it: a third of the word
// may be wrong, one letter of the shortest, case does not count.

static int lower(char c) { return c >= 'A' && c <= 'Z' ? c + 32 : (unsigned char)c; }

static int distance_of(const char *a, int n, const char *b, int m) {
  int rows[3][65];
  for (int j = 0; j <= m; ++j) rows[0][j] = j;
  for (int i = 1; i <= n; ++i) {
    int *before = rows[(i + 1) % 3], *last = rows[(i - 1) % 3], *now = rows[i % 3];
    now[0] = i;
    for (int j = 1; j <= m; ++j) {
      bool same = lower(a[i - 1]) == lower(b[j - 1]);
      int cost = last[j - 1] + !same;
      if (last[j] + 1 < cost) cost = last[j] + 1;
      if (now[j - 1] + 1 < cost) cost = now[j - 1] + 1;
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) && before[j - 2] + 1 < cost) {
        cost = before[j - 2] + 1;
      }
      now[j] = cost;
    }
  }
  return rows[n % 3][m];
}

void cls_nearest_begin(char best[64], int *distance) {
  best[0] = 0;
  *distance = 1000;
}

void cls_nearest_try(const char *word, size_t length, const char *candidate, char best[64], int *distance) {
  size_t other = strlen(candidate);
  if (length == 0 || other == 0 || length > 63 || other > 63) return;
  int allowed = (int)length / 3 > 1 ? (int)length / 3 : 1;
  int found = distance_of(word, (int)length, candidate, (int)other);
  if (found > allowed || found >= (int)(length > other ? length : other)) return;
  if (found < *distance || (found == *distance && strcmp(candidate, best) < 0)) {
    *distance = found;
    memcpy(best, candidate, other + 1);
  }
}

// The nearest string key of the table at `table`.
bool cls_nearest(lua_State *L, int table, const char *word, size_t length, char best[64]) {
  int distance, tries = 0, top = lua_gettop(L);
  table = lua_absindex(L, table);
  cls_nearest_begin(best, &distance);
  lua_pushnil(L);
  while (lua_next(L, table) && ++tries < 10000) {
    if (lua_type(L, -2) == LUA_TSTRING) {
      cls_tick(L, 64);
      cls_nearest_try(word, length, lua_tostring(L, -2), best, &distance);
    }
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return best[0] != 0;
}
