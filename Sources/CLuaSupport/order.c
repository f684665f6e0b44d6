#include "internal.h"

#include <string.h>

// What makes a run repeat itself: an order of keys that does not depend on where things lie in memory, and random
// numbers from the run's own seed. Outside of runs, pairs and next are Lua's own.

typedef enum { KEY_NUMBER, KEY_STRING, KEY_BOOLEAN, KEY_OBJECT } KeyKind;

typedef struct {
  uint8_t kind;
  bool is_integer;
  union {
    int64_t integer;
    double real;
    const char *bytes;
  };
  size_t length;
} Key;

static Key key_at(lua_State *L, int index) {
  Key key = {0};
  switch (lua_type(L, index)) {
    case LUA_TNUMBER:
      key.kind = KEY_NUMBER;
      key.is_integer = lua_isinteger(L, index);
      if (key.is_integer) key.integer = lua_tointeger(L, index); else key.real = lua_tonumber(L, index);
      break;
    case LUA_TSTRING:
      key.kind = KEY_STRING;
      key.bytes = lua_tolstring(L, index, &key.length);
      break;
    case LUA_TBOOLEAN:
      key.kind = KEY_BOOLEAN;
      key.integer = lua_toboolean(L, index);
      break;
    default: key.kind = KEY_OBJECT;
  }
  return key;
}

// A float key is never integral, so an integer and a float are never equal.
static bool number_before(const Key *a, const Key *b) {
  if (a->is_integer && b->is_integer) return a->integer < b->integer;
  if (!a->is_integer && !b->is_integer) return a->real < b->real;
  if (a->is_integer) {
    if (b->real >= 9223372036854775808.0) return true;
    if (b->real < -9223372036854775808.0) return false;
    int64_t whole = (int64_t)b->real;  // towards zero
    return a->integer < whole || (a->integer == whole && b->real > (double)whole);
  }
  return !number_before(b, a);
}

// Numbers, then strings by their bytes, then false and true.
static bool is_before(const Key *a, const Key *b) {
  if (a->kind != b->kind) return a->kind < b->kind;
  switch (a->kind) {
    case KEY_NUMBER: return number_before(a, b);
    case KEY_STRING: {
      int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);
      return order ? order < 0 : a->length < b->length;
    }
    default: return a->integer < b->integer;
  }
}

static int no_order(lua_State *L) {
  return luaL_error(L, "a table with several keys that are tables or functions has no stable order in a job; "
                       "use names or positions as keys");
}

// Charges for what comparing the two may cost.
static bool charged_before(lua_State *L, const Key *a, const Key *b) {
  size_t units = 1;
  if (a->kind == KEY_STRING && b->kind == KEY_STRING) units += (a->length < b->length ? a->length : b->length) / 16;
  cls_tick(L, units);
  return is_before(a, b);
}

static void sink(lua_State *L, Key *keys, size_t root, size_t size) {
  Key value = keys[root];
  for (size_t child; (child = 2 * root + 1) < size; root = child) {
    if (child + 1 < size && charged_before(L, &keys[child], &keys[child + 1])) ++child;
    if (!charged_before(L, &value, &keys[child])) break;
    keys[root] = keys[child];
  }
  keys[root] = value;
}

static void push_key(lua_State *L, const Key *key) {
  switch (key->kind) {
    case KEY_NUMBER:
      if (key->is_integer) lua_pushinteger(L, key->integer); else lua_pushnumber(L, key->real);
      break;
    case KEY_STRING: lua_pushlstring(L, key->bytes, key->length); break;
    default: lua_pushboolean(L, key->integer != 0);
  }
}

// Upvalues: the keys in order (a list), how many of them there are, the last one that was given.
static int next_in_order(lua_State *L) {
  lua_Integer count = lua_tointeger(L, lua_upvalueindex(2)), at = lua_tointeger(L, lua_upvalueindex(3));
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  while (at < count) {
    ++at;
    cls_tick(L, 1);
    lua_rawgeti(L, lua_upvalueindex(1), at);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 1) != LUA_TNIL) {  // else it was removed on the way
      lua_pushinteger(L, at);
      lua_replace(L, lua_upvalueindex(3));
      return 2;
    }
    lua_settop(L, 1);
  }
  lua_pushinteger(L, count);
  lua_replace(L, lua_upvalueindex(3));
  lua_pushnil(L);
  return 1;
}

// Leaves the list of the keys of the table at `index` on the stack, in order.
static lua_Integer push_keys(lua_State *L, int index) {
  size_t count = 0, objects = 0;
  bool ordered = true;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    ++count;
    cls_tick(L, 1);
    ordered = ordered && lua_isinteger(L, -1) && lua_tointeger(L, -1) == (lua_Integer)count;
  }
  lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0);
  int list = lua_gettop(L);
  if (ordered) {
    for (size_t i = 1; i <= count; ++i) {
      cls_tick(L, 1);
      lua_pushinteger(L, (lua_Integer)i);
      lua_rawseti(L, list, (lua_Integer)i);
    }
    return (lua_Integer)count;
  }
  Key *keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
  size_t made = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    Key key = key_at(L, -1);
    if (key.kind == KEY_OBJECT) {
      if (++objects > 1) no_order(L);
      lua_pushvalue(L, -1);
      lua_rawseti(L, list, (lua_Integer)count);  // the last
    } else if (made < count) {
      keys[made++] = key;
    }
  }
  for (size_t root = made / 2; root-- > 0;) sink(L, keys, root, made);
  for (size_t last = made; last > 1; --last) {
    Key first = keys[0];
    keys[0] = keys[last - 1];
    keys[last - 1] = first;
    sink(L, keys, 0, last - 1);
  }
  for (size_t i = 0; i < made; ++i) {
    cls_tick(L, 1);
    push_key(L, &keys[i]);
    lua_rawseti(L, list, (lua_Integer)i + 1);
  }
  lua_settop(L, list);
  return (lua_Integer)count;
}

int cls_pairs(lua_State *L) {
  if (!cls_of(L)->run) return lua_tocfunction(L, lua_upvalueindex(1))(L);
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_call(L, 1, 3);
    return 3;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  cls_need_stack(L, 20);
  lua_Integer count = push_keys(L, 1);
  lua_pushinteger(L, count);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_in_order, 3);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

// The least key after the given one: as many steps as there are keys.
int cls_next(lua_State *L) {
  if (!cls_of(L)->run) return lua_tocfunction(L, lua_upvalueindex(1))(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  cls_need_stack(L, 20);
  bool first = lua_isnil(L, 2);
  Key after = key_at(L, 2), best = {0};
  bool found = false;
  size_t objects = 0;
  lua_pushnil(L);  // 3: the object, if there is one
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    lua_pop(L, 1);
    cls_tick(L, 1);
    Key key = key_at(L, -1);
    if (key.kind == KEY_OBJECT) {
      if (++objects > 1) no_order(L);
      lua_pushvalue(L, -1);
      lua_replace(L, 3);
      continue;
    }
    if (!first && (after.kind == KEY_OBJECT || !charged_before(L, &after, &key))) continue;
    if (found && !charged_before(L, &key, &best)) continue;
    best = key;
    found = true;
  }
  lua_settop(L, 3);
  if (found) {
    push_key(L, &best);
  } else if (objects && (first || after.kind != KEY_OBJECT)) {
    lua_pushvalue(L, 3);
  } else {
    lua_pushnil(L);
    return 1;
  }
  lua_pushvalue(L, -1);
  lua_rawget(L, 1);
  return 2;
}

// MARK: - Randomness: xoshiro256**, seeded by splitmix64

void cls_random_start(cls_run *run, uint64_t seed) {
  for (int i = 0; i < 4; ++i) {
    uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    run->random[i] = z ^ (z >> 31);
  }
}

static uint64_t rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

static uint64_t draw(cls_run *run) {
  uint64_t *s = run->random, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate(s[3], 45);
  return result;
}

static cls_run *random_run(lua_State *L) {
  cls_state *state = cls_of(L);
  if (!state->run) {
    if (state->deciding) {
      luaL_error(L, "math.random is not available in policies and grant rules: the same input must always give the same answer");
    }
    luaL_error(L, "math.random is not available in filters and mappings: the same event must always give the same answer");
  }
  return state->run;
}

// As Lua's: a float in [0, 1), an integer in 1…m, in m…n, or for 0 any integer.
int cls_random(lua_State *L) {
  cls_run *run = random_run(L);
  lua_Integer low = 1, high;
  switch (lua_gettop(L)) {
    case 0: lua_pushnumber(L, (double)(draw(run) >> 11) * 0x1p-53); return 1;
    case 1:
      high = luaL_checkinteger(L, 1);
      if (high == 0) {
        lua_pushinteger(L, (lua_Integer)draw(run));
        return 1;
      }
      break;
    case 2:
      low = luaL_checkinteger(L, 1);
      high = luaL_checkinteger(L, 2);
      break;
    default: return luaL_error(L, "wrong number of arguments");
  }
  luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
  uint64_t span = (uint64_t)high - (uint64_t)low, mask = span, value;
  for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
  do value = draw(run) & mask; while (value > span);
  lua_pushinteger(L, (lua_Integer)(value + (uint64_t)low));
  return 1;
}

int cls_randomseed(lua_State *L) {
  cls_run *run = random_run(L);
  if (lua_isnone(L, 1)) return luaL_error(L, "math.randomseed takes a number; without one a run could not be repeated");
  lua_Number seed = luaL_checknumber(L, 1);
  uint64_t bits;
  if (lua_isinteger(L, 1)) bits = (uint64_t)lua_tointeger(L, 1); else memcpy(&bits, &seed, sizeof bits);
  cls_random_start(run, bits);
  return 0;
}
