#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The proleptic Gregorian calendar, years 1 to 9999, and RFC 3339.

typedef struct {
  int64_t year;
  int month, day, hour, minute, second;
} cls_civil;

int64_t cls_days_from_civil(int64_t year, int month, int day);
int cls_days_in_month(int64_t year, int month);
/// `seconds` since 1970 in whatever zone the result is meant.
cls_civil cls_civil_from_seconds(int64_t seconds);
int64_t cls_seconds_from_civil(const cls_civil *civil);
bool cls_in_range(int64_t seconds);

/// Parses RFC 3339; with `is_local`, also `2026-10-01`, `2026-10-01 12:00` and `…:30` without an offset, saying so.
bool cls_parse_instant(const char *text, size_t length, int64_t *microseconds, bool *is_local);
/// `2026-10-01T00:00:02Z`, with milliseconds or microseconds where there are any. Returns the length.
int cls_format_instant(int64_t microseconds, char out[40]);
