#include "calendar.h"

#include <stdio.h>

static int64_t floor_division(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int cls_days_in_month(int64_t year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

// Counts in eras of 400 years that begin on March 1, so that the leap day is the last of its year.
int64_t cls_days_from_civil(int64_t year, int month, int day) {
  if (month <= 2) --year;
  int64_t era = floor_division(year, 400), of_era = year - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

cls_civil cls_civil_from_seconds(int64_t seconds) {
  int64_t days = floor_division(seconds, 86400), rest = seconds - days * 86400;
  int64_t shifted = days + 719468, era = floor_division(shifted, 146097), day = shifted - era * 146097;
  int64_t of_era = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  int64_t of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
  int month = (int)((5 * of_year + 2) / 153);
  cls_civil civil = {.day = (int)(of_year - (153 * month + 2) / 5 + 1), .month = month < 10 ? month + 3 : month - 9};
  civil.year = of_era + era * 400 + (civil.month <= 2);
  civil.hour = (int)(rest / 3600);
  civil.minute = (int)(rest / 60 % 60);
  civil.second = (int)(rest % 60);
  return civil;
}

int64_t cls_seconds_from_civil(const cls_civil *civil) {
  return cls_days_from_civil(civil->year, civil->month, civil->day) * 86400 + civil->hour * 3600 + civil->minute * 60 +
         civil->second;
}

bool cls_in_range(int64_t seconds) { return seconds >= -62135596800 && seconds < 253402300800; }

static bool digits(const char **p, const char *end, int count, int *out) {
  *out = 0;
  for (; count > 0; --count) {
    if (*p >= end || **p < '0' || **p > '9') return false;
    *out = *out * 10 + (*(*p)++ - '0');
  }
  return true;
}

static bool skip(const char **p, const char *end, char c) {
  if (*p >= end || **p != c) return false;
  ++*p;
  return true;
}

bool cls_parse_instant(const char *p, size_t length, int64_t *microseconds, bool *is_local) {
  if (length > 64) return false;
  const char *end = p + length;
  cls_civil civil = {0};
  int year, fraction = 0, offset = 0;
  if (!digits(&p, end, 4, &year) || !skip(&p, end, '-') || !digits(&p, end, 2, &civil.month) || !skip(&p, end, '-') ||
      !digits(&p, end, 2, &civil.day)) {
    return false;
  }
  civil.year = year;
  if (year < 1 || civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.day > cls_days_in_month(year, civil.month)) {
    return false;
  }
  bool local = true;
  if (p < end) {
    if (*p != 'T' && *p != 't' && *p != ' ') return false;
    ++p;
    if (!digits(&p, end, 2, &civil.hour) || !skip(&p, end, ':') || !digits(&p, end, 2, &civil.minute)) return false;
    bool seconds = skip(&p, end, ':');
    if (seconds && !digits(&p, end, 2, &civil.second)) return false;
    if (civil.hour > 23 || civil.minute > 59 || civil.second > 60) return false;
    if (seconds && skip(&p, end, '.')) {
      int scale = 100000;
      if (p >= end || *p < '0' || *p > '9') return false;
      for (; p < end && *p >= '0' && *p <= '9'; ++p, scale /= 10) fraction += (*p - '0') * scale;
    }
    if (p < end) {
      local = false;
      if (!seconds) return false;
      if (*p == 'Z' || *p == 'z') {
        ++p;
      } else if (*p == '+' || *p == '-') {
        int sign = *p++ == '-' ? -1 : 1, hours, minutes;
        if (!digits(&p, end, 2, &hours) || !skip(&p, end, ':') || !digits(&p, end, 2, &minutes)) return false;
        if (hours > 23 || minutes > 59) return false;
        offset = sign * (hours * 60 + minutes) * 60;
      } else {
        return false;
      }
    }
  }
  if (p != end || (local && !is_local)) return false;
  if (is_local) *is_local = local;
  int64_t seconds = cls_seconds_from_civil(&civil) - offset;
  if (!cls_in_range(seconds)) return false;
  *microseconds = seconds * 1000000 + fraction;
  return true;
}

int cls_format_instant(int64_t microseconds, char out[40]) {
  int64_t seconds = floor_division(microseconds, 1000000);
  int milliseconds = (int)(microseconds - seconds * 1000000) / 1000;
  cls_civil c = cls_civil_from_seconds(seconds);
  return snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)c.year, c.month, c.day, c.hour, c.minute, c.second,
                  milliseconds);
}
