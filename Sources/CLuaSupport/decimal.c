#include "internal.h"

#include <string.h>

// decimal(x): an exact number of at most 18 digits before and 9 after the point, read and written by CBase: the value in
// 10^-9 units.

typedef unsigned __int128 Magnitude;
static const int64_t nanos = 1000000000;
// 18 nines before and 9 after the point.
static cls_int128 bound(void) { return (cls_int128)999999999999999999 * nanos + 999999999; }

static cls_int128 check(lua_State *L, cls_int128 value) {
  if (value > bound() || value < -bound()) luaL_error(L, "a decimal has at most 18 digits before the point");
  return value;
}

// False where the text is no number or has more digits than fit.
bool cls_decimal_parse(const char *digits, size_t length, cls_int128 *out) {
  cb_decimal value;
  if (cb_decimal_read(digits, length, &value) != CB_DECIMAL_READ) return false;
  *out = (cls_int128)value.units * nanos + value.nanos;
  return true;
}

size_t cls_decimal_digits(cls_int128 value, char out[64]) {
  size_t length = cb_decimal_write((int64_t)(value >> 64), (uint64_t)value, out);
  out[length] = 0;
  return length;
}

void cls_push_decimal(lua_State *L, cls_int128 value) {
  cls_int128 *box = lua_newuserdatauv(L, sizeof *box, 0);
  memcpy(box, &value, sizeof value);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_decimal);
  lua_setmetatable(L, -2);
}

bool cls_is_decimal(lua_State *L, int index, cls_int128 *out) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_decimal);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  if (same && out) memcpy(out, lua_touserdata(L, index), sizeof *out);
  return same;
}

// A decimal, integer, float, or text. A float has 15 digits, or those with which it was delivered.
static bool to_decimal(lua_State *L, int index, cls_int128 *out) {
  switch (lua_type(L, index)) {
    case LUA_TNUMBER: {
      int64_t integer;
      char digits[CLS_DIGITS_MAX];
      const char *why;
      if (lua_isinteger(L, index)) {
        *out = (cls_int128)lua_tointeger(L, index) * nanos;
        return *out <= bound() && *out >= -bound();
      }
      // What a rule got as a float was delivered with digits of its own.
      cls_text delivered;
      if (cls_delivered_digits(cls_of(L), lua_tonumber(L, index), &delivered) && delivered.length <= 64 &&
          cls_decimal_parse(delivered.bytes, delivered.length, out)) {
        return true;
      }
      if (cls_float_digits(lua_tonumber(L, index), &integer, digits, &why)) {
        *out = (cls_int128)integer * nanos;
        return true;
      }
      if (why) luaL_error(L, "decimal: the number is %s", why);
      return cls_decimal_parse(digits, strlen(digits), out);
    }
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, index, &length);
      return length <= 64 && cls_decimal_parse(text, length, out);
    }
    default: return cls_is_decimal(L, index, out);
  }
}

static cls_int128 operand(lua_State *L, int index) {
  cls_int128 value;
  if (!to_decimal(L, index, &value)) {
    size_t length;
    const char *text = cls_push_text(L, index, &length);
    bool is_text = lua_type(L, index) == LUA_TSTRING || lua_type(L, index) == LUA_TNUMBER;
    if (is_text && length <= 64 && cls_is_utf8(text, length)) {
      luaL_error(L, "decimal: expected a number of at most 18 digits before and 9 after the point, got %s", text);
    }
    luaL_error(L, "decimal: expected a number of at most 18 digits before and 9 after the point, got a %s", luaL_typename(L, index));
  }
  return value;
}

// a / b, rounded half away from zero.
static cls_int128 divide(cls_int128 a, cls_int128 b) {
  bool negative = (a < 0) != (b < 0);
  Magnitude x = a < 0 ? -(Magnitude)a : (Magnitude)a, y = b < 0 ? -(Magnitude)b : (Magnitude)b;
  Magnitude quotient = x / y, rest = x % y;
  if (rest >= y - rest) ++quotient;
  return negative ? -(cls_int128)quotient : (cls_int128)quotient;
}

static int add(lua_State *L) {
  cls_push_decimal(L, check(L, operand(L, 1) + operand(L, 2)));
  return 1;
}

static int subtract(lua_State *L) {
  cls_push_decimal(L, check(L, operand(L, 1) - operand(L, 2)));
  return 1;
}

static int multiply(lua_State *L) {
  cls_int128 a = operand(L, 1), b = operand(L, 2), high, result;
  // a = whole * 10^9 + rest: a * b / 10^9 = whole * b + rest * b / 10^9, where the second product fits 128 bits.
  cls_int128 whole = a / nanos, rest = a % nanos;
  if (__builtin_mul_overflow(whole, b, &high) || __builtin_add_overflow(high, divide(rest * b, nanos), &result)) {
    return luaL_error(L, "a decimal has at most 18 digits before the point");
  }
  cls_push_decimal(L, check(L, result));
  return 1;
}

static int quotient(lua_State *L) {
  cls_int128 a = operand(L, 1), b = operand(L, 2);
  if (b == 0) return luaL_error(L, "decimal: division by zero");
  cls_push_decimal(L, check(L, divide(a * nanos, b)));
  return 1;
}

// a // b and a % b, as Lua's own: the quotient is rounded down, and the rest has the sign of b.
static cls_int128 floor_quotient(lua_State *L, cls_int128 a, cls_int128 b) {
  if (b == 0) luaL_error(L, "decimal: division by zero");
  cls_int128 whole = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? whole - 1 : whole;
}

static int floor_divide(lua_State *L) {
  cls_int128 a = operand(L, 1), b = operand(L, 2), whole = floor_quotient(L, a, b), result;
  if (__builtin_mul_overflow(whole, nanos, &result)) return luaL_error(L, "a decimal has at most 18 digits before the point");
  cls_push_decimal(L, check(L, result));
  return 1;
}

static int modulo(lua_State *L) {
  cls_int128 a = operand(L, 1), b = operand(L, 2);
  cls_push_decimal(L, a - floor_quotient(L, a, b) * b);
  return 1;
}

static int power(lua_State *L) {
  return luaL_error(L, "a decimal has no ^: its powers are not exact; multiply instead");
}

static int negate(lua_State *L) {
  cls_push_decimal(L, -operand(L, 1));
  return 1;
}

static int is_equal(lua_State *L) {
  lua_pushboolean(L, operand(L, 1) == operand(L, 2));
  return 1;
}

static int is_less(lua_State *L) {
  lua_pushboolean(L, operand(L, 1) < operand(L, 2));
  return 1;
}

static int is_less_or_equal(lua_State *L) {
  lua_pushboolean(L, operand(L, 1) <= operand(L, 2));
  return 1;
}

static int text(lua_State *L) {
  char digits[64];
  size_t length = cls_decimal_digits(operand(L, 1), digits);
  lua_pushlstring(L, digits, length);
  return 1;
}

static int join(lua_State *L) {
  size_t length;
  cls_push_text(L, 1, &length);
  cls_push_text(L, 2, &length);
  lua_concat(L, 2);
  return 1;
}

// d:round(places): half away from zero; 0 places without an argument.
static int round_to(lua_State *L) {
  cls_int128 value = operand(L, 1), unit = nanos;
  lua_Integer places = luaL_optinteger(L, 2, 0);
  luaL_argcheck(L, places >= 0 && places <= 9, 2, "0 to 9 decimal places");
  for (; places > 0; --places) unit /= 10;
  cls_push_decimal(L, check(L, divide(value, unit) * unit));
  return 1;
}

static int floor_of(lua_State *L) {
  cls_int128 value = operand(L, 1), rest = value % nanos;
  if (rest < 0) rest += nanos;
  cls_push_decimal(L, check(L, value - rest));
  return 1;
}

static int ceil_of(lua_State *L) {
  cls_int128 value = operand(L, 1), rest = value % nanos;
  if (rest > 0) rest -= nanos;
  cls_push_decimal(L, check(L, value - rest));
  return 1;
}

static int make(lua_State *L) {
  luaL_checkany(L, 1);
  cls_push_decimal(L, operand(L, 1));
  return 1;
}

void cls_open_decimal(lua_State *L) {
  static const luaL_Reg methods[] = {{"round", round_to}, {"floor", floor_of}, {"ceil", ceil_of}, {"eq", is_equal}, {NULL, NULL}};
  static const luaL_Reg operators[] = {
      {"__add", add}, {"__sub", subtract}, {"__mul", multiply}, {"__div", quotient},
      {"__idiv", floor_divide}, {"__mod", modulo}, {"__pow", power}, {"__unm", negate},
      {"__eq", is_equal}, {"__lt", is_less}, {"__le", is_less_or_equal}, {"__tostring", text}, {"__concat", join},
      {NULL, NULL},
  };
  lua_newtable(L);
  cls_set_functions(L, operators);
  lua_newtable(L);
  cls_set_functions(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_decimal);
  lua_pushcfunction(L, make);
}
