#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t cls_integer_digits(int64_t value, char digits[24]) {
  char reversed[24];
  size_t count = 0, length = 0;
  uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do {
    reversed[count++] = (char)('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude);
  if (value < 0) digits[length++] = '-';
  while (count) digits[length++] = reversed[--count];
  digits[length] = 0;
  return length;
}

// A float becomes the integer that it is, or the decimal of its 15 significant digits, in plain digits. Floats from
// 2^53 on have lost whole units already: they are refused.
bool cls_float_digits(double value, int64_t *integer, char digits[CLS_DIGITS_MAX], const char **why) {
  *why = NULL;
  if (isnan(value)) {
    *why = "not a number (NaN); check the division that made it";
    return false;
  }
  if (isinf(value)) {
    *why = "infinite; check the division that made it, or use decimal";
    return false;
  }
  if (fabs(value) >= 9007199254740992.0) {
    *why = "a float of 2^53 or more, which has lost digits; use decimal";
    return false;
  }
  if (value == floor(value)) {
    *integer = (int64_t)value;
    cls_integer_digits(*integer, digits);
    return true;
  }
  char text[40];
  snprintf(text, sizeof text, "%.14e", value);
  char *e = strchr(text, 'e');
  int exponent = atoi(e + 1);
  *e = 0;
  // The significant digits without sign, point and trailing zeros.
  char significant[24];
  int count = 0;
  for (const char *p = text; *p; ++p) {
    if (*p >= '0' && *p <= '9') significant[count++] = *p;
  }
  while (count > 1 && significant[count - 1] == '0') --count;
  char *out = digits;
  if (value < 0) *out++ = '-';
  if (exponent < 0) {
    *out++ = '0';
    *out++ = '.';
    for (int i = -1; i > exponent; --i) *out++ = '0';
    memcpy(out, significant, (size_t)count);
    out += count;
  } else {
    for (int i = 0; i < count || i <= exponent; ++i) {
      if (i == exponent + 1) *out++ = '.';
      *out++ = i < count ? significant[i] : '0';
    }
  }
  *out = 0;
  if (!strchr(digits, '.')) {  // 15 digits rounded it to a whole number: 4503599627370495.5
    *integer = strtoll(digits, NULL, 10);
    return true;
  }
  return false;
}
