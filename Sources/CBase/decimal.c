#include "CBase.h"

#include <string.h>

static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};
enum { WHOLE_MAX = 18, PLACES_MAX = 9 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The value of a mantissa, which is digits and at most one point, times ten to the `exponent`.
static cb_decimal_outcome scaled(const char *p, const char *end, int64_t exponent, cb_decimal *value) {
  __int128 significand = 0;
  // Digits from the first to the last that is no zero, the zeros behind it, and all digits behind the point.
  int64_t significant = 0, zeros = 0, places = 0;
  bool is_behind_point = false;
  for (; p < end; ++p) {
    if (*p == '.') {
      is_behind_point = true;
      continue;
    }
    places += is_behind_point;
    if (*p == '0') {
      zeros += significant > 0;
      continue;
    }
    significant += zeros + 1;
    if (significant <= WHOLE_MAX + PLACES_MAX) {
      for (; zeros > 0; --zeros) significand *= 10;
      significand = significand * 10 + (*p - '0');
    }
    zeros = 0;
  }
  if (significant == 0) {
    *value = (cb_decimal){0, 0};
    return CB_DECIMAL_READ;
  }
  const int64_t power = zeros - places + exponent;
  if (significant + power > WHOLE_MAX) return CB_DECIMAL_TOO_LARGE;
  if (power < -PLACES_MAX) return CB_DECIMAL_TOO_FINE;
  for (int64_t left = power + PLACES_MAX; left > 0; --left) significand *= 10;
  *value = (cb_decimal){(int64_t)(significand / powers[9]), (int32_t)(significand % powers[9])};
  return CB_DECIMAL_READ;
}

// Most decimals have neither an exponent nor too many digits: they are read in one pass of 64-bit arithmetic.
cb_decimal_outcome cb_decimal_read(const char *digits, size_t length, cb_decimal *value) {
  const char *p = digits, *const end = digits + length;
  const bool is_negative = p < end && *p == '-';
  p += is_negative;
  const char *const mantissa = p;
  uint64_t units = 0;
  uint32_t nanos = 0;
  bool is_large = false, is_fine = false;
  while (p < end && *p == '0') ++p;
  const char *const first = p;
  for (; p < end && is_digit(*p); ++p) units = units * 10 + (uint64_t)(*p - '0');
  is_large = p - first > WHOLE_MAX;
  if (p == mantissa) return CB_NO_DECIMAL;
  if (p < end && *p == '.') {
    const char *const point = p++;
    for (; p < end && is_digit(*p); ++p) {
      if (p - point <= PLACES_MAX) {
        nanos = nanos * 10 + (uint32_t)(*p - '0');
      } else if (*p != '0') {
        is_fine = true;
      }
    }
    if (p == point + 1) return CB_NO_DECIMAL;
    if (p - point <= PLACES_MAX) nanos *= (uint32_t)powers[PLACES_MAX - (p - point - 1)];
  }
  if (p < end) {
    const char *const mantissa_end = p;
    if (*p != 'e' && *p != 'E') return CB_NO_DECIMAL;
    ++p;
    const bool is_down = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) ++p;
    if (p == end) return CB_NO_DECIMAL;
    int64_t exponent = 0;
    for (; p < end; ++p) {
      if (!is_digit(*p)) return CB_NO_DECIMAL;
      // No text has as many zeros as would bring it back.
      if (exponent < 1000000000000000) exponent = exponent * 10 + (*p - '0');
    }
    const cb_decimal_outcome outcome = scaled(mantissa, mantissa_end, is_down ? -exponent : exponent, value);
    if (outcome != CB_DECIMAL_READ) return outcome;
  } else {
    if (is_large) return CB_DECIMAL_TOO_LARGE;
    if (is_fine) return CB_DECIMAL_TOO_FINE;
    *value = (cb_decimal){(int64_t)units, (int32_t)nanos};
  }
  if (is_negative) *value = (cb_decimal){-value->units, -value->nanos};
  return CB_DECIMAL_READ;
}

bool cb_is_plain_decimal(const char *p, size_t length) {
  const char *const end = p + length;
  if (p < end && *p == '-') ++p;
  const char *const whole = p;
  while (p < end && is_digit(*p)) ++p;
  if (p == whole) return false;
  if (p == end) return true;
  if (*p != '.' || ++p == end) return false;
  while (p < end && is_digit(*p)) ++p;
  return p == end;
}

size_t cb_decimal_write(int64_t high, uint64_t low, char out[CB_DECIMAL_TEXT]) {
  typedef unsigned __int128 magnitude;
  const magnitude bits = (magnitude)(uint64_t)high << 64 | low, value = high < 0 ? -bits : bits;
  uint32_t nanos = (uint32_t)(value % (magnitude)powers[9]);
  char text[CB_DECIMAL_TEXT], *const end = text + sizeof text, *p = end;
  if (nanos) {
    int places = PLACES_MAX;
    for (; nanos % 10 == 0; --places) nanos /= 10;
    for (; places > 0; --places, nanos /= 10) *--p = (char)('0' + nanos % 10);
    *--p = '.';
  }
  // What fits 64 bits, as nearly all does, is divided in 64 bits.
  magnitude large = value / (magnitude)powers[9];
  for (; large > UINT64_MAX; large /= 10) *--p = (char)('0' + (int)(large % 10));
  uint64_t whole = (uint64_t)large;
  do {
    *--p = (char)('0' + whole % 10);
    whole /= 10;
  } while (whole);
  if (high < 0) *--p = '-';
  memcpy(out, p, (size_t)(end - p));
  return (size_t)(end - p);
}
