#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// The string library: what is linear comes from Lua and is charged for its length, what can run away (rep, format,
// patterns) is our own.

static int string_rep(lua_State *L) {
  size_t length, separator_length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  const char *separator = luaL_optlstring(L, 3, "", &separator_length);
  size_t max = cls_of(L)->options.string_max;
  if (count <= 0 || length + separator_length == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if ((lua_Unsigned)count > (max + separator_length) / (length + separator_length)) {
    return luaL_error(L, "string.rep: the result would be longer than %d bytes", (int)max);
  }
  luaL_Buffer buffer;
  size_t total = (length + separator_length) * (size_t)count - separator_length;
  cls_tick(L, total);
  char *out = luaL_buffinitsize(L, &buffer, total);
  for (lua_Integer i = 0; i < count; ++i) {
    memcpy(out, text, length);
    out += length;
    if (separator_length && i + 1 < count) {
      memcpy(out, separator, separator_length);
      out += separator_length;
    }
  }
  luaL_pushresultsize(&buffer, total);
  return 1;
}

// MARK: - Format

static void add_quoted(lua_State *L, luaL_Buffer *buffer, const char *text, size_t length) {
  cls_tick(L, length);
  luaL_addchar(buffer, '"');
  for (size_t i = 0; i < length; ++i) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\' || c == '\n') {
      luaL_addchar(buffer, '\\');
      luaL_addchar(buffer, (char)c);
    } else if (c < 0x20 || c == 0x7f) {
      char code[8];
      bool digit_follows = i + 1 < length && text[i + 1] >= '0' && text[i + 1] <= '9';
      snprintf(code, sizeof code, digit_follows ? "\\%03d" : "\\%d", c);
      luaL_addstring(buffer, code);
    } else {
      luaL_addchar(buffer, (char)c);
    }
  }
  luaL_addchar(buffer, '"');
}

// What C leaves undefined is an error.
static void check_modifiers(lua_State *L, const char *spec, char conversion, bool precise) {
  const char *flags = conversion && strchr("di", conversion) ? "-+0 "
                      : conversion && strchr("oxX", conversion) ? "-#0"
                      : conversion == 'u' ? "-0"
                      : conversion && strchr("aAeEfgG", conversion) ? "-+#0 "
                                                                    : "-";
  for (const char *p = spec + 1; *p && strchr("-+ #0", *p); ++p) {
    if (!strchr(flags, *p)) luaL_error(L, "string.format: '%s%c' is no valid conversion", spec, conversion);
  }
  if (precise && conversion == 'c') luaL_error(L, "string.format: '%s%c' is no valid conversion", spec, conversion);
}

static int string_format(lua_State *L) {
  size_t format_length;
  const char *format = luaL_checklstring(L, 1, &format_length), *end = format + format_length;
  int top = lua_gettop(L), argument = 1;
  cls_charge_arguments(L);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  while (format < end) {
    if (*format != '%') {
      luaL_addchar(&buffer, *format++);
      continue;
    }
    if (++format < end && *format == '%') {
      luaL_addchar(&buffer, *format++);
      continue;
    }
    // Flags, at most two digits of width and of precision: nothing here is wider than 99.
    char spec[24] = "%";
    int size = 1, digits = 0;
    while (format < end && *format && strchr("-+ #0", *format) && size < 6) spec[size++] = *format++;
    while (format < end && *format >= '0' && *format <= '9' && digits++ < 2) spec[size++] = *format++;
    bool precise = format < end && *format == '.';
    if (precise) {
      spec[size++] = *format++;
      for (digits = 0; format < end && *format >= '0' && *format <= '9' && digits++ < 2;) spec[size++] = *format++;
    }
    char conversion = format < end ? *format++ : 0;
    check_modifiers(L, spec, conversion, precise);
    if (++argument > top && conversion) return luaL_argerror(L, argument, "no value");
    char out[512];
    switch (conversion) {
      case 'c':
        spec[size++] = 'c';
        luaL_addlstring(&buffer, out, (size_t)snprintf(out, sizeof out, spec, (int)luaL_checkinteger(L, argument)));
        break;
      case 'd':
      case 'i':
      case 'o':
      case 'u':
      case 'x':
      case 'X': {
        lua_Integer value = luaL_checkinteger(L, argument);
        memcpy(spec + size, "ll", 2);
        spec[size + 2] = conversion;
        luaL_addlstring(&buffer, out, (size_t)snprintf(out, sizeof out, spec, (long long)value));
        break;
      }
      case 'a':
      case 'A':
      case 'e':
      case 'E':
      case 'f':
      case 'g':
      case 'G': {
        cls_int128 exact;
        lua_Number value;
        if (cls_is_decimal(L, argument, &exact)) {
          char text[64];
          cls_decimal_digits(exact, text);
          lua_stringtonumber(L, text);
          value = lua_tonumber(L, -1);
          lua_pop(L, 1);
        } else {
          value = luaL_checknumber(L, argument);
        }
        spec[size] = conversion;
        luaL_addlstring(&buffer, out, (size_t)snprintf(out, sizeof out, spec, value));
        break;
      }
      case 'q': {
        if (size > 1) return luaL_error(L, "string.format: '%%q' takes no modifiers");
        if (lua_type(L, argument) == LUA_TSTRING) {
          size_t length;
          const char *text = lua_tolstring(L, argument, &length);
          add_quoted(L, &buffer, text, length);
        } else if (lua_type(L, argument) == LUA_TNUMBER && !lua_isinteger(L, argument)) {
          lua_Number value = lua_tonumber(L, argument);
          snprintf(out, sizeof out, "%a", value);
          if (isinf(value) || isnan(value)) snprintf(out, sizeof out, "%s", isnan(value) ? "(0/0)" : value < 0 ? "-1e9999" : "1e9999");
          luaL_addstring(&buffer, out);
        } else if (lua_isinteger(L, argument) && lua_tointeger(L, argument) == LUA_MININTEGER) {
          luaL_addstring(&buffer, "0x8000000000000000");  // in decimal digits it would be read as a float
        } else {
          if (lua_type(L, argument) > LUA_TNUMBER) return luaL_argerror(L, argument, "value has no literal form");
          size_t length;
          cls_push_text(L, argument, &length);
          luaL_addvalue(&buffer);
        }
        break;
      }
      case 's': {
        size_t length;
        const char *text = cls_push_text(L, argument, &length);
        cls_tick(L, length);
        luaL_argcheck(L, size == 1 || strlen(text) == length, argument, "string contains zeros");
        if (size == 1 || (!precise && length >= 100)) {
          luaL_addvalue(&buffer);  // takes the text from the stack
          break;
        }
        memcpy(spec + size, "s", 2);
        size_t made = (size_t)snprintf(out, sizeof out, spec, text);
        lua_pop(L, 1);  // the buffer wants the stack as it left it
        luaL_addlstring(&buffer, out, made);
        break;
      }
      default:
        return luaL_error(L, "string.format: unknown conversion '%%%c'", conversion ? conversion : '?');
    }
  }
  luaL_pushresult(&buffer);
  return 1;
}

// MARK: - Arithmetic of strings that are numbers

static void push_operand(lua_State *L, int index, const char *operation) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    lua_pushvalue(L, index);
    return;
  }
  size_t length = 0;
  const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
  if (text && length <= 200 && lua_stringtonumber(L, text) == length + 1) return;
  luaL_error(L, "attempt to %s %s", operation, text ? "a string that is no number" : luaL_typename(L, index));
}

static int string_arithmetic(lua_State *L) {
  int operation = (int)lua_tointeger(L, lua_upvalueindex(1));
  // The other operand may know better, as a decimal does.
  for (int i = 1; i <= 2; ++i) {
    if (lua_type(L, i) == LUA_TSTRING || lua_type(L, i) == LUA_TNUMBER) continue;
    lua_settop(L, 2);
    if (luaL_getmetafield(L, i, lua_tostring(L, lua_upvalueindex(2))) == LUA_TNIL) break;
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
  }
  push_operand(L, 1, "do arithmetic on");
  if (operation != LUA_OPUNM) push_operand(L, 2, "do arithmetic on");
  lua_arith(L, operation);
  return 1;
}

void cls_open_string(lua_State *L) {
  lua_newtable(L);
  int library = lua_gettop(L);
  lua_pushcfunction(L, luaopen_string);
  lua_call(L, 0, 1);
  static const char *const charged[] = {"byte", "char", "len", "lower", "reverse", "sub", "upper"};
  for (size_t i = 0; i < sizeof charged / sizeof *charged; ++i) {
    lua_getfield(L, -1, charged[i]);
    cls_charged(L);
    lua_setfield(L, library, charged[i]);
  }
  lua_settop(L, library);
  static const luaL_Reg own[] = {
      {"rep", string_rep}, {"format", string_format}, {"find", cls_string_find}, {"match", cls_string_match},
      {"gmatch", cls_string_gmatch}, {"gsub", cls_string_gsub}, {NULL, NULL},
  };
  cls_set_functions(L, own);
  // All strings of the state share one metatable: ours, which no script can reach.
  lua_pushliteral(L, "");
  lua_newtable(L);
  lua_pushvalue(L, library);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  static const struct { const char *name; int operation; } operators[] = {
      {"__add", LUA_OPADD}, {"__sub", LUA_OPSUB}, {"__mul", LUA_OPMUL}, {"__mod", LUA_OPMOD}, {"__pow", LUA_OPPOW},
      {"__div", LUA_OPDIV}, {"__idiv", LUA_OPIDIV}, {"__unm", LUA_OPUNM},
  };
  for (size_t i = 0; i < sizeof operators / sizeof *operators; ++i) {
    lua_pushinteger(L, operators[i].operation);
    lua_pushstring(L, operators[i].name);
    lua_pushcclosure(L, string_arithmetic, 2);
    lua_setfield(L, -2, operators[i].name);
  }
  lua_setmetatable(L, -2);
  lua_settop(L, library);
  cls_protect(L, "string");
}
