#include "CBase.h"

static int64_t floored(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

int64_t cb_days_in_month(int64_t year, int64_t month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Counts in eras of 400 years that begin on March 1, so that the leap day is the last of its year.
int64_t cb_days(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  int64_t era = floored(year, 400), of_era = year - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

cb_date cb_date_of(int64_t days) {
  int64_t shifted = days + 719468, era = floored(shifted, 146097), day = shifted - era * 146097;
  int64_t of_era = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  int64_t of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
  int64_t index = (5 * of_year + 2) / 153, month = index < 10 ? index + 3 : index - 9;
  return (cb_date){of_era + era * 400 + (month <= 2), month, of_year - (153 * index + 2) / 5 + 1};
}

bool cb_instant_is_in_range(int64_t seconds) { return seconds >= -62135596800 && seconds < 253402300800; }

// MARK: - Reading

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool number(const char *p, int digits, int64_t *value) {
  int64_t sum = 0;
  for (int i = 0; i < digits; ++i) {
    if (!is_digit(p[i])) return false;
    sum = sum * 10 + (p[i] - '0');
  }
  *value = sum;
  return true;
}

// Z, or hours and minutes east of UTC, at the end of the text.
static bool offset(const char *p, size_t length, int64_t *seconds) {
  int64_t hours, minutes;
  *seconds = 0;
  if (length == 1) return *p == 'Z' || *p == 'z';
  if (length != 6 || (*p != '+' && *p != '-') || !number(p + 1, 2, &hours) || p[3] != ':' ||
      !number(p + 4, 2, &minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  *seconds = (hours * 60 + minutes) * (*p == '-' ? -60 : 60);
  return true;
}

bool cb_instant_read_local(const char *p, size_t length, int64_t *microseconds, bool *is_local) {
  int64_t year, month, day, hour = 0, minute = 0, second = 0, fraction = 0, east = 0;
  if (length < 10 || length > 64 || !number(p, 4, &year) || p[4] != '-' || !number(p + 5, 2, &month) || p[7] != '-' ||
      !number(p + 8, 2, &day) || year < 1 || month < 1 || month > 12 || day < 1 ||
      day > cb_days_in_month(year, month)) {
    return false;
  }
  size_t i = 10;
  *is_local = true;
  if (length > 10) {
    if (length < 16 || (p[10] != 'T' && p[10] != 't' && p[10] != ' ') || !number(p + 11, 2, &hour) || p[13] != ':' ||
        !number(p + 14, 2, &minute) || hour > 23 || minute > 59) {
      return false;
    }
    i = 16;
  }
  if (length > 16) {
    if (length < 19 || p[16] != ':' || !number(p + 17, 2, &second) || second > 60) return false;
    i = 19;
    if (i < length && p[i] == '.') {
      int64_t scale = 100000;
      const size_t start = ++i;
      for (; i < length && is_digit(p[i]); ++i, scale /= 10) fraction += (p[i] - '0') * scale;
      if (i == start) return false;
    }
    if (i < length) {
      if (!offset(p + i, length - i, &east)) return false;
      *is_local = false;
    }
  }
  const int64_t seconds = cb_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - east;
  if (!cb_instant_is_in_range(seconds)) return false;
  *microseconds = seconds * 1000000 + fraction;
  return true;
}

bool cb_instant_read(const char *text, size_t length, int64_t *microseconds) {
  bool is_local;
  return cb_instant_read_local(text, length, microseconds, &is_local) && !is_local;
}

// MARK: - Writing

static char *put(char *out, int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = (char)('0' + value % 10);
  return out + width;
}

// Years before 0 and after 9999, which no door lets in, have a width of their own.
static char *put_year(char *out, int64_t year) {
  int width = 4;
  if (year < 0) {
    *out++ = '-';
    year = -year;
    width = 1;
  }
  for (int64_t rest = year / (width == 1 ? 10 : 10000); rest > 0; rest /= 10) ++width;
  return put(out, year, width);
}

size_t cb_instant_write(int64_t microseconds, int places, char out[CB_INSTANT_TEXT]) {
  const int64_t seconds = floored(microseconds, 1000000), days = floored(seconds, 86400), rest = seconds - days * 86400;
  const int64_t fraction = microseconds % 1000000;
  const cb_date date = cb_date_of(days);
  char *p = put_year(out, date.year);
  *p++ = '-';
  p = put(p, date.month, 2);
  *p++ = '-';
  p = put(p, date.day, 2);
  *p++ = 'T';
  p = put(p, rest / 3600, 2);
  *p++ = ':';
  p = put(p, rest / 60 % 60, 2);
  *p++ = ':';
  p = put(p, rest % 60, 2);
  if (places > 0) {
    *p++ = '.';
    p = put(p, (fraction < 0 ? fraction + 1000000 : fraction) / 1000, 3);
  }
  *p++ = 'Z';
  return (size_t)(p - out);
}
