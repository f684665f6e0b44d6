#include "internal.h"

#include <string.h>

static bool no_memory(cls_state *state, cls_failure *failure) {
  static const char text[] = "not enough memory for the scripts";
  (void)state;
  memset(failure, 0, sizeof *failure);
  failure->code = CLS_CODE_MEMORY;
  failure->message = cls_text_of(text, sizeof text - 1);
  return false;
}

static bool keep(cls_state *state, cls_text *text) {
  char *copy = cls_arena_take(state, &state->kept, (size_t)text->length + 1);
  if (!copy) return false;
  if (text->length) memcpy(copy, text->bytes, text->length);
  copy[text->length] = 0;
  text->bytes = copy;
  return true;
}

bool cls_add_source(cls_state *state, cls_text name, cls_text chunk, cls_text bytes, cls_failure *failure) {
  cls_source source = {name, chunk, bytes};
  if (!cls_grow(state, (void **)&state->sources, &state->source_room, state->source_count + 1, sizeof(cls_source)) ||
      !keep(state, &source.name) || !keep(state, &source.chunk) || !keep(state, &source.bytes)) {
    return no_memory(state, failure);
  }
  state->sources[state->source_count++] = source;
  return true;
}

static const cls_source *find_source(cls_state *state, cls_text name) {
  for (uint32_t i = 0; i < state->source_count; ++i) {
    if (cls_text_equal(state->sources[i].name, name)) return &state->sources[i];
  }
  return NULL;
}

// Hands a source to the compiler line by line, so that a lack of memory or time has its line there too. What comes first
// makes the file's globals, its only argument, a constant: no function can point _ENV at another table behind the backs
// of the rest, and what tries to is refused while it is compiled.
typedef struct {
  cls_state *state;
  const char *next, *end;
  bool opened;
} Reader;

static const char *read_line(lua_State *L, void *context, size_t *length) {
  static const char opening[] = "local _ENV <const> = ...;";
  (void)L;
  Reader *reader = context;
  ++reader->state->loading_line;
  if (!reader->opened) {
    reader->opened = true;
    reader->state->loading_line = 0;
    *length = sizeof opening - 1;
    return opening;
  }
  const char *line = reader->next, *end = memchr(line, '\n', (size_t)(reader->end - line));
  reader->next = end ? end + 1 : reader->end;
  *length = (size_t)(reader->next - line);
  return *length ? line : NULL;
}

// Pushes the compiled file, or raises. Text only.
static void compile(lua_State *L, const cls_source *source) {
  cls_state *state = cls_of(L);
  lua_pushfstring(L, "@%s", source->chunk.bytes);
  if (source->bytes.length && source->bytes.bytes[0] == '\x1b') {
    luaL_error(L, "%s:1: this is compiled Lua; scripts are text", source->chunk.bytes);
  }
  const char *bytes = source->bytes.bytes, *end = bytes + source->bytes.length;
  if (end - bytes >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) bytes += 3;
  Reader reader = {state, bytes, end, false};
  state->loading = source;
  state->compiling = true;
  int status = lua_load(L, read_line, &reader, lua_tostring(L, -1), "t");
  if (status == LUA_ERRMEM) cls_out_of_memory(L);
  state->compiling = false;
  if (status != LUA_OK) {
    state->where_line = 0;
    luaL_gsub(L, lua_tostring(L, -1), "attempt to assign to const variable '_ENV'",
              "_ENV cannot be assigned: the globals of a file are its own and stay so; use a local table");
    lua_error(L);
  }
  lua_remove(L, -2);
}

// A file's own globals, on top of the library.
static int assign_global(lua_State *L) {
  if (cls_of(L)->sealed) {
    size_t length;
    const char *name = cls_push_text(L, 2, &length);
    return luaL_error(L, "assignment to the global '%s': globals are read-only once the file is loaded; use a local", name);
  }
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 0;
}

static void push_file_globals(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 3);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_env);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, assign_global);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
}

// Runs a file once; pushes what it returned (or true). `loaded` maps names to results and "env:" names to globals.
static void run_file(lua_State *L, const cls_source *source) {
  cls_state *state = cls_of(L);
  const cls_source *requiring = state->loading;
  uint32_t line = state->loading_line;
  compile(L, source);
  push_file_globals(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_loaded);
  lua_pushfstring(L, "env:%s", source->name.bytes);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pushlstring(L, source->name.bytes, source->name.length);
  lua_pushboolean(L, 0);  // being loaded
  lua_rawset(L, -3);
  lua_pop(L, 1);
  lua_call(L, 1, 1);
  state->loading = requiring;
  state->loading_line = line;
  if (lua_isnil(L, -1) || (lua_isboolean(L, -1) && !lua_toboolean(L, -1))) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_loaded);
  lua_pushlstring(L, source->name.bytes, source->name.length);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

// require "lib.rates": a dotted name below lib/, found among the sources that the host has read. There is no way from
// here to the file system.
int cls_require(lua_State *L) {
  cls_state *state = cls_of(L);
  size_t length;
  const char *name = luaL_checklstring(L, 1, &length);
  char path[256];
  bool valid = length > 4 && length < 200 && memcmp(name, "lib.", 4) == 0;
  for (size_t i = 0; valid && i < length; ++i) {
    char c = name[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (c == '.' ? (i + 1 == length || name[i + 1] == '.') : !letter) valid = false;
    path[i] = c == '.' ? '/' : c;
  }
  if (!valid) {
    return luaL_error(L, "require takes a name below lib/ such as \"lib.rates\", got \"%s\"",
                      length < 200 && !memchr(name, 0, length) ? name : "something else");
  }
  memcpy(path + length, ".lua", 5);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_loaded);
  lua_pushstring(L, path);
  int kind = lua_rawget(L, -2);
  if (kind == LUA_TBOOLEAN && !lua_toboolean(L, -1)) {
    return luaL_error(L, "%s requires itself, directly or through other files", path);
  }
  if (kind != LUA_TNIL) return 1;
  if (state->sealed) return luaL_error(L, "require loads files while scripts are loaded, not in a rule; move it to the top");
  const cls_source *source = find_source(state, cls_text_of(path, length + 4));
  if (!source) {
    cb_search search;
    cb_search_begin(&search, path, length + 4, CB_WORD_MAX);
    for (uint32_t i = 0; i < state->source_count; ++i) {
      const char *known = state->sources[i].name.bytes;
      if (strncmp(known, "lib/", 4) == 0) cb_search_try(&search, known, strlen(known));
    }
    if (search.best[0]) return luaL_error(L, "require \"%s\": there is no %s; did you mean %s?", name, path, search.best);
    return luaL_error(L, "require \"%s\": there is no %s in the scripts folder", name, path);
  }
  run_file(L, source);
  return 1;
}

static int load_protected(lua_State *L) {
  const cls_source *source = lua_touserdata(L, 1);
  cls_state *state = cls_of(L);
  cls_need_stack(L, 40);
  lua_sethook(L, cls_loading_hook, LUA_MASKCOUNT | LUA_MASKLINE, CLS_HOOK_COUNT);
  cls_start_clock(state, state->options.load_time);
  run_file(L, source);
  return 0;
}

static int compile_protected(lua_State *L) {
  compile(L, lua_touserdata(L, 1));
  return 0;
}

static bool with_source(cls_state *state, cls_text name, lua_CFunction body, cls_failure *failure) {
  const cls_source *source = find_source(state, name);
  if (!source) {
    static const char text[] = "there is no such source";
    memset(failure, 0, sizeof *failure);
    failure->message = cls_text_of(text, sizeof text - 1);
    return false;
  }
  return cls_protected(state, body, (void *)source, failure);
}

bool cls_load(cls_state *state, cls_text name, cls_failure *failure) {
  bool done = with_source(state, name, load_protected, failure);
  lua_sethook(state->L, cls_hook, LUA_MASKCOUNT, CLS_HOOK_COUNT);
  return done;
}

bool cls_compile(cls_state *state, cls_text name, cls_failure *failure) {
  return with_source(state, name, compile_protected, failure);
}

// Moves each file's globals behind its table: the functions of the file go on seeing them, and every assignment meets
// __newindex.
static int seal_protected(lua_State *L) {
  cls_need_stack(L, 40);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_loaded);
  int loaded = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, loaded)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    if (strncmp(name, "env:", 4) == 0 && lua_type(L, -1) == LUA_TTABLE) {
      int file = lua_gettop(L);
      lua_newtable(L);
      int shadow = lua_gettop(L);
      lua_pushnil(L);
      while (lua_next(L, file)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, shadow);
      }
      lua_pushnil(L);
      while (lua_next(L, file)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, file);
      }
      lua_createtable(L, 0, 1);
      lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_env);
      lua_setfield(L, -2, "__index");
      lua_setmetatable(L, shadow);
      lua_getmetatable(L, file);
      lua_pushvalue(L, shadow);
      lua_setfield(L, -2, "__index");
      lua_settop(L, file);
    }
    lua_pop(L, 1);
  }
  cls_of(L)->sealed = true;
  // What loading left behind is collected now; later the collector has rules' short-lived tables only. A cycle costs
  // what lives, so a small heap waits until it has grown by a megabyte or so before the next.
  lua_gc(L, LUA_GCCOLLECT);
  size_t live = cls_of(L)->used / 100 + 1, pause = 200 + (768u << 10) / live;
  lua_gc(L, LUA_GCINC, pause > 1000 ? 1000 : (int)pause, 400, 15);
  return 0;
}

bool cls_seal(cls_state *state, cls_failure *failure) { return cls_protected(state, seal_protected, NULL, failure); }
