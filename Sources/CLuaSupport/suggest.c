#include "internal.h"

#include <string.h>

// The nearest string key of the table at `table`.
bool cls_nearest(lua_State *L, int table, const char *word, size_t length, cb_search *search) {
  int tries = 0, top = lua_gettop(L);
  table = lua_absindex(L, table);
  cb_search_begin(search, word, length, CB_WORD_MAX);
  lua_pushnil(L);
  while (lua_next(L, table) && ++tries < 10000) {
    if (lua_type(L, -2) == LUA_TSTRING) {
      const char *key = lua_tostring(L, -2);
      cls_tick(L, 64);
      cb_search_try(search, key, strlen(key));
    }
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return search->best[0] != 0;
}
