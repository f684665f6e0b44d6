#include "internal.h"

#include <stdio.h>
#include <string.h>

// time.now parse format add diff startOf parts: instants are RFC 3339 texts, zones are IANA names. Pure: in a rule, now()
// is the event's receivedAt; in a run, it is an effect.

static int64_t instant(lua_State *L, int index) {
  size_t length;
  int64_t value;
  if (lua_type(L, index) == LUA_TSTRING) {
    const char *text = lua_tolstring(L, index, &length);
    if (cb_instant_read(text, length, &value)) return value;
    if (length <= 64 && cls_is_utf8(text, length) && !memchr(text, 0, length)) {
      luaL_error(L, "time: expected an RFC 3339 instant such as \"2026-10-01T00:00:02Z\", got \"%s\"", text);
    }
  }
  return luaL_error(L, "time: expected an RFC 3339 instant such as \"2026-10-01T00:00:02Z\", got a %s", luaL_typename(L, index));
}

static int push_instant(lua_State *L, int64_t microseconds) {
  char text[CB_INSTANT_TEXT];
  int64_t seconds = microseconds / 1000000 - (microseconds % 1000000 < 0);
  if (!cb_instant_is_in_range(seconds)) return luaL_error(L, "time: the result lies outside the years 1 to 9999");
  lua_pushlstring(L, text, cb_instant_write(microseconds, 3, text));
  return 1;
}

static int64_t seconds_of(int64_t microseconds) { return microseconds / 1000000 - (microseconds % 1000000 < 0); }

// What a clock shows, `seconds` since 1970 by that clock.
typedef struct {
  int64_t year;
  int month, day, hour, minute, second;
} Civil;

static Civil civil_of(int64_t seconds) {
  const int64_t days = seconds / 86400 - (seconds % 86400 < 0);
  const int rest = (int)(seconds - days * 86400);
  const cb_date date = cb_date_of(days);
  return (Civil){date.year, (int)date.month, (int)date.day, rest / 3600, rest / 60 % 60, rest % 60};
}

// MARK: - Zones

// Seconds east of UTC of the zone named at stack `index` (none: UTC).
static int64_t offset_at(lua_State *L, int index, int64_t seconds) {
  if (lua_isnoneornil(L, index)) return 0;
  cls_state *state = cls_of(L);
  size_t length;
  const char *name = luaL_checklstring(L, index, &length);
  int32_t offset = 0;
  cls_tick(L, 256);
  bool plain = length > 0 && length < 64;
  for (size_t i = 0; plain && i < length; ++i) plain = name[i] > ' ' && name[i] < 127;
  if (plain && strcmp(name, "UTC") == 0) return 0;
  if (!plain || !state->options.zone_offset ||
      !state->options.zone_offset(state->options.context, cls_text_of(name, length), seconds, &offset)) {
    return luaL_error(L, "time: there is no time zone \"%s\"; expected a name such as \"Europe/Berlin\"", plain ? name : "?");
  }
  return offset;
}

// The instant of a local time. A time that comes twice is its first one; one that is skipped lies after the gap.
static int64_t utc_of(lua_State *L, int zone, int64_t local) {
  int64_t before = offset_at(L, zone, local - 86400), after = offset_at(L, zone, local + 86400);
  if (before == after || offset_at(L, zone, local - before) == before) return local - before;
  return offset_at(L, zone, local - after) == after ? local - after : local - before;
}

// MARK: - Functions

static int time_now(lua_State *L) {
  cls_state *state = cls_of(L);
  if (state->run) return cls_time_now(L);
  if (state->deciding) return push_instant(L, state->decision_now);
  if (state->in_rule) {
    lua_pushlstring(L, state->delivered->received_at.bytes, state->delivered->received_at.length);
    return 1;
  }
  return push_instant(L, state->options.now ? state->options.now(state->options.context) : 0);
}

static int time_parse(lua_State *L) {
  int64_t value;
  bool local = false;
  lua_settop(L, 2);
  if (lua_isinteger(L, 1)) {
    lua_Integer seconds = lua_tointeger(L, 1);
    if (!cb_instant_is_in_range(seconds)) return luaL_error(L, "time: %I seconds lie outside the years 1 to 9999", seconds);
    return push_instant(L, seconds * 1000000);
  }
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  if (!cb_instant_read_local(text, length, &value, &local)) {
    luaL_pushfail(L);
    lua_pushliteral(L, "no instant such as 2026-10-01T00:00:02Z, 2026-10-01 12:00 or 2026-10-01");
    return 2;
  }
  if (local) {
    int64_t seconds = seconds_of(value);
    value = utc_of(L, 2, seconds) * 1000000 + (value - seconds * 1000000);
  }
  return push_instant(L, value);
}

static int time_format(lua_State *L) {
  static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  lua_settop(L, 3);
  int64_t value = instant(L, 1), seconds = seconds_of(value);
  size_t length;
  const char *pattern = luaL_optlstring(L, 2, "%Y-%m-%dT%H:%M:%S%z", &length), *end = pattern + length;
  int offset = (int)offset_at(L, 3, seconds);
  const Civil c = civil_of(seconds + offset);
  cls_tick(L, length * 4);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (; pattern < end; ++pattern) {
    char out[16] = "";
    if (*pattern != '%') {
      luaL_addchar(&buffer, *pattern);
      continue;
    }
    switch (++pattern < end ? *pattern : 0) {
      case 'Y': snprintf(out, sizeof out, "%04d", (int)c.year); break;
      case 'm': snprintf(out, sizeof out, "%02d", c.month); break;
      case 'd': snprintf(out, sizeof out, "%02d", c.day); break;
      case 'H': snprintf(out, sizeof out, "%02d", c.hour); break;
      case 'M': snprintf(out, sizeof out, "%02d", c.minute); break;
      case 'S': snprintf(out, sizeof out, "%02d", c.second); break;
      case 'F': snprintf(out, sizeof out, "%04d-%02d-%02d", (int)c.year, c.month, c.day); break;
      case 'T': snprintf(out, sizeof out, "%02d:%02d:%02d", c.hour, c.minute, c.second); break;
      case 'j': snprintf(out, sizeof out, "%03d", (int)(cb_days(c.year, c.month, c.day) - cb_days(c.year, 1, 1) + 1)); break;
      case 'a': snprintf(out, sizeof out, "%s", days[(cb_days(c.year, c.month, c.day) % 7 + 10) % 7]); break;
      case 'b': snprintf(out, sizeof out, "%s", months[c.month - 1]); break;
      case 'z':
        if (offset == 0) {
          snprintf(out, sizeof out, "Z");
        } else {
          int minutes = (offset < 0 ? -offset : offset) / 60;
          snprintf(out, sizeof out, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
        }
        break;
      case '%': snprintf(out, sizeof out, "%%"); break;
      default: return luaL_error(L, "time.format knows %%Y %%m %%d %%H %%M %%S %%F %%T %%j %%a %%b %%z and %%%%");
    }
    luaL_addstring(&buffer, out);
  }
  luaL_pushresult(&buffer);
  return 1;
}

typedef enum { SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR, NO_UNIT } Unit;

static Unit unit_of(const char *text, size_t length) {
  static const struct { const char *name; Unit unit; } units[] = {
      {"s", SECOND}, {"sec", SECOND}, {"second", SECOND}, {"m", MINUTE}, {"min", MINUTE}, {"minute", MINUTE},
      {"h", HOUR}, {"hour", HOUR}, {"d", DAY}, {"day", DAY}, {"w", WEEK}, {"week", WEEK}, {"month", MONTH},
      {"quarter", QUARTER}, {"y", YEAR}, {"year", YEAR},
  };
  if (length > 3 && text[length - 1] == 's') --length;
  for (size_t i = 0; i < sizeof units / sizeof *units; ++i) {
    if (strlen(units[i].name) == length && memcmp(units[i].name, text, length) == 0) return units[i].unit;
  }
  return NO_UNIT;
}

// Adds `count` calendar steps in the zone, clamping the day to its month.
static int64_t add_calendar(lua_State *L, int64_t value, Unit unit, int64_t count, int zone) {
  int64_t seconds = seconds_of(value), fraction = value - seconds * 1000000;
  const Civil c = civil_of(seconds + offset_at(L, zone, seconds));
  int64_t time_of_day = c.hour * 3600 + c.minute * 60 + c.second, days;
  if (unit == DAY || unit == WEEK) {
    days = cb_days(c.year, c.month, c.day) + count * (unit == WEEK ? 7 : 1);
  } else {
    int64_t months = c.year * 12 + c.month - 1 + count * (unit == YEAR ? 12 : unit == QUARTER ? 3 : 1);
    int64_t year = months / 12 - (months % 12 < 0);
    if (year < 1 || year > 9999) luaL_error(L, "time: the result lies outside the years 1 to 9999");
    const int64_t month = months - year * 12 + 1, last = cb_days_in_month(year, month);
    days = cb_days(year, month, c.day < last ? c.day : last);
  }
  int64_t local = days * 86400 + time_of_day;
  if (!cb_instant_is_in_range(local)) luaL_error(L, "time: the result lies outside the years 1 to 9999");
  return utc_of(L, zone, local) * 1000000 + fraction;
}

static int bad_duration(lua_State *L) {
  return luaL_error(L, "time.add: expected a duration such as \"6h\", \"3 days\", \"-1 month\" or a number of seconds");
}

static int time_add(lua_State *L) {
  lua_settop(L, 3);
  int64_t value = instant(L, 1);
  static const int64_t sizes[] = {1, 60, 3600};
  if (lua_isinteger(L, 2)) {
    lua_Integer seconds = lua_tointeger(L, 2);
    if (seconds > 400000000000 || seconds < -400000000000) return luaL_error(L, "time: the result lies outside the years 1 to 9999");
    return push_instant(L, value + seconds * 1000000);
  }
  size_t length;
  if (lua_type(L, 2) != LUA_TSTRING) return bad_duration(L);
  const char *p = lua_tolstring(L, 2, &length), *end = p + length;
  if (length == 0 || length > 100) return bad_duration(L);
  int sign = 1;
  bool any = false;
  while (p < end) {
    while (p < end && *p == ' ') ++p;
    if (p < end && (*p == '-' || *p == '+')) sign = *p++ == '-' ? -1 : 1;
    int64_t count = 0;
    int seen = 0;
    for (; p < end && *p >= '0' && *p <= '9'; ++p, ++seen) {
      if (seen >= 12) return bad_duration(L);
      count = count * 10 + (*p - '0');
    }
    while (p < end && *p == ' ') ++p;
    const char *name = p;
    while (p < end && *p >= 'a' && *p <= 'z') ++p;
    Unit unit = unit_of(name, (size_t)(p - name));
    if (seen == 0 || unit == NO_UNIT) return bad_duration(L);
    if (unit <= HOUR) {
      if (count > 400000000000 / sizes[unit]) return luaL_error(L, "time: the result lies outside the years 1 to 9999");
      value += sign * count * sizes[unit] * 1000000;
    } else {
      if (count > 4000000) return luaL_error(L, "time: the result lies outside the years 1 to 9999");
      value = add_calendar(L, value, unit, sign * count, 3);
    }
    if (!cb_instant_is_in_range(seconds_of(value))) return luaL_error(L, "time: the result lies outside the years 1 to 9999");
    any = true;
    while (p < end && *p == ' ') ++p;
  }
  return any ? push_instant(L, value) : bad_duration(L);
}

static int time_diff(lua_State *L) {
  int64_t difference = instant(L, 1) - instant(L, 2), size = 1;
  if (!lua_isnoneornil(L, 3)) {
    size_t length;
    const char *name = luaL_checklstring(L, 3, &length);
    static const int64_t sizes[] = {1, 60, 3600, 86400, 604800};
    Unit unit = unit_of(name, length);
    if (unit > WEEK) return luaL_error(L, "time.diff: expected a unit from \"seconds\" to \"weeks\"");
    size = sizes[unit];
  }
  if (difference % (size * 1000000) == 0) {
    lua_pushinteger(L, difference / (size * 1000000));
  } else {
    lua_pushnumber(L, (double)difference / 1e6 / (double)size);
  }
  return 1;
}

static int time_start_of(lua_State *L) {
  lua_settop(L, 3);
  int64_t seconds = seconds_of(instant(L, 1));
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  Unit unit = unit_of(name, length);
  if (unit == NO_UNIT) {
    return luaL_error(L, "time.startOf: expected second, minute, hour, day, week, month, quarter or year");
  }
  int64_t offset = offset_at(L, 3, seconds);
  const Civil c = civil_of(seconds + offset);
  if (unit <= HOUR) {  // within the hour the offset stays: a repeated hour does not jump back
    int64_t rest = unit == SECOND ? 0 : unit == MINUTE ? c.second : c.minute * 60 + c.second;
    return push_instant(L, (seconds - rest) * 1000000);
  }
  int64_t days = cb_days(c.year, c.month, c.day);
  if (unit == WEEK) days -= (days % 7 + 10) % 7;
  if (unit == MONTH) days -= c.day - 1;
  if (unit == QUARTER) days = cb_days(c.year, (c.month - 1) / 3 * 3 + 1, 1);
  if (unit == YEAR) days = cb_days(c.year, 1, 1);
  return push_instant(L, utc_of(L, 3, days * 86400) * 1000000);
}

static int time_parts(lua_State *L) {
  lua_settop(L, 2);
  int64_t value = instant(L, 1), seconds = seconds_of(value), offset = offset_at(L, 2, seconds);
  const Civil c = civil_of(seconds + offset);
  int64_t days = cb_days(c.year, c.month, c.day);
  const struct { const char *name; int64_t value; } parts[] = {
      {"year", c.year}, {"month", c.month}, {"day", c.day}, {"hour", c.hour}, {"minute", c.minute}, {"second", c.second},
      {"weekday", (days % 7 + 10) % 7 + 1},  // Monday is 1
      {"yearday", days - cb_days(c.year, 1, 1) + 1}, {"offset", offset},
  };
  lua_createtable(L, 0, 9);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
    lua_pushinteger(L, parts[i].value);
    lua_setfield(L, -2, parts[i].name);
  }
  return 1;
}

void cls_open_time(lua_State *L) {
  static const luaL_Reg own[] = {
      {"now", time_now}, {"parse", time_parse}, {"format", time_format}, {"add", time_add}, {"diff", time_diff},
      {"startOf", time_start_of}, {"parts", time_parts}, {NULL, NULL},
  };
  lua_newtable(L);
  cls_set_functions(L, own);
  cls_protect(L, "time");
}
