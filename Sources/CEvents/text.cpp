#include "text.hpp"

#include <cstring>

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool number(const char *p, int digits, int64_t *value) {
  int64_t sum = 0;
  for (int i = 0; i < digits; ++i) {
    if (!is_digit(p[i])) return false;
    sum = sum * 10 + (p[i] - '0');
  }
  *value = sum;
  return true;
}

int64_t floored(int64_t a, int64_t b) {
  int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t days_in(int64_t month, int64_t year) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Counts in 400-year eras that begin on March 1, so that the leap day is the last of its year.
int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  int64_t era = floored(year, 400);
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

}  // namespace

bool parse_timestamp(const char *p, size_t length, int64_t *microseconds) {
  int64_t year, month, day, hour, minute, second, fraction = 0, offset = 0;
  if (length < 20 || length > 64) return false;
  if (!number(p, 4, &year) || p[4] != '-' || !number(p + 5, 2, &month) || p[7] != '-' || !number(p + 8, 2, &day) ||
      (p[10] != 'T' && p[10] != 't' && p[10] != ' ') || !number(p + 11, 2, &hour) || p[13] != ':' ||
      !number(p + 14, 2, &minute) || p[16] != ':' || !number(p + 17, 2, &second)) {
    return false;
  }
  if (month < 1 || month > 12 || day < 1 || day > days_in(month, year) || hour > 23 || minute > 59 || second > 60) {
    return false;
  }
  size_t i = 19;
  if (p[i] == '.') {
    int64_t scale = 100000;
    size_t start = ++i;
    for (; i < length && is_digit(p[i]); ++i, scale /= 10) fraction += (p[i] - '0') * scale;
    if (i == start) return false;
  }
  if (i >= length) return false;
  if (p[i] == 'Z' || p[i] == 'z') {
    ++i;
  } else if (p[i] == '+' || p[i] == '-') {
    int64_t hours, minutes;
    if (i + 6 > length || !number(p + i + 1, 2, &hours) || p[i + 3] != ':' || !number(p + i + 4, 2, &minutes) ||
        hours > 23 || minutes > 59) {
      return false;
    }
    offset = (hours * 60 + minutes) * (p[i] == '-' ? -1 : 1);
    i += 6;
  } else {
    return false;
  }
  if (i != length) return false;
  int64_t seconds = days_since_1970(year, month, day) * 86400 + hour * 3600 + (minute - offset) * 60 + second;
  *microseconds = seconds * 1000000 + fraction;
  return true;
}

size_t format_timestamp(int64_t microseconds, char *out) {
  int64_t seconds = floored(microseconds, 1000000);
  int64_t micro = microseconds - seconds * 1000000;
  int64_t days = floored(seconds, 86400);
  int64_t rest = seconds - days * 86400;
  int64_t shifted = days + 719468;
  int64_t era = floored(shifted, 146097);
  int64_t doe = shifted - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153;
  int64_t day = doy - (153 * mp + 2) / 5 + 1;
  int64_t month = mp < 10 ? mp + 3 : mp - 9;
  int64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  char *start = out;
  auto put = [&](int64_t value, int width) {
    for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = char('0' + value % 10);
    out += width;
  };
  put(year, 4); *out++ = '-'; put(month, 2); *out++ = '-'; put(day, 2); *out++ = 'T';
  put(rest / 3600, 2); *out++ = ':'; put(rest / 60 % 60, 2); *out++ = ':'; put(rest % 60, 2); *out++ = '.';
  put(micro / 1000, 3);
  *out++ = 'Z';
  return size_t(out - start);
}

bool parse_amount(const char *p, size_t length, int64_t *units, int32_t *nanos) {
  size_t i = 0;
  bool negative = false;
  if (i < length && p[i] == '-') { negative = true; ++i; }
  // Significant digits without leading and trailing zeros; the value is significand × 10^power.
  __int128 significand = 0;
  int significant = 0, zeros = 0, fraction = 0, digits = 0;
  bool point = false;
  for (; i < length; ++i) {
    char c = p[i];
    if (is_digit(c)) {
      ++digits;
      if (point) ++fraction;
      if (c == '0') {
        ++zeros;
        if (zeros > 4096) return false;
      } else {
        int room = significant == 0 ? 0 : zeros;
        significant += room + 1;
        if (significant > 27) return false;
        for (; room > 0; --room) significand *= 10;
        significand = significand * 10 + (c - '0');
        zeros = 0;
      }
    } else if (c == '.' && !point && digits > 0 && i + 1 < length && is_digit(p[i + 1])) {
      point = true;
    } else {
      break;
    }
  }
  if (digits == 0) return false;
  int exponent = 0;
  if (i < length) {
    if (p[i] != 'e' && p[i] != 'E') return false;
    ++i;
    bool down = false;
    if (i < length && (p[i] == '+' || p[i] == '-')) { down = p[i] == '-'; ++i; }
    if (i >= length) return false;
    for (; i < length; ++i) {
      if (!is_digit(p[i])) return false;
      exponent = exponent * 10 + (p[i] - '0');
      if (exponent > 1000000) exponent = 1000000;
    }
    if (down) exponent = -exponent;
  }
  if (significant == 0) { *units = 0; *nanos = 0; return true; }
  int power = zeros - fraction + exponent;
  if (power < -9 || significant + power > 18) return false;
  for (int k = power + 9; k > 0; --k) significand *= 10;
  if (negative) significand = -significand;
  *units = int64_t(significand / powers[9]);
  *nanos = int32_t(significand % powers[9]);
  return true;
}

bool is_decimal(const char *p, size_t length) {
  size_t i = length > 0 && p[0] == '-' ? 1 : 0;
  const size_t whole = i;
  while (i < length && is_digit(p[i])) ++i;
  if (i == whole) return false;
  if (i == length) return true;
  if (p[i] != '.' || ++i == length) return false;
  while (i < length && is_digit(p[i])) ++i;
  return i == length;
}

void append_json_string(std::string &out, const char *bytes, size_t length) {
  static const char hex[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < length; ++i) {
    unsigned char c = static_cast<unsigned char>(bytes[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += char(c);
    } else if (c < 0x20 || c == 0x7f) {
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    } else {
      out += char(c);
    }
  }
  out += '"';
}

std::string shown(const char *bytes, size_t length) {
  std::string out;
  size_t end = length > 80 ? 80 : length;
  // Cut between characters, not inside one.
  while (end < length && end > 0 && (static_cast<unsigned char>(bytes[end]) & 0xc0) == 0x80) --end;
  append_json_string(out, bytes, end);
  if (end < length) out.insert(out.size() - 1, "…");
  return out;
}
