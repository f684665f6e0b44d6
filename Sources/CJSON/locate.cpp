#include "locate.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "CJSON.h"

// The parser says that a document is wrong, and not where. This reads it once more, slowly, up to the first fault.

namespace {

struct Reader {
  const char *begin, *at, *end;
  unsigned rules;
  std::string wrong;
  size_t line = 0, column = 0;

  bool is_over() const { return at == end; }

  void skip_space() {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ++at;
  }

  // Lines from 1; columns from 1, in characters.
  void fail(const char *where, const std::string &what) {
    line = 1;
    column = 1;
    for (const char *p = begin; p < where; ++p) {
      if (*p == '\n') {
        ++line;
        column = 1;
      } else if ((uint8_t(*p) & 0xc0) != 0x80) {
        ++column;
      }
    }
    wrong = what;
  }

  // What stands there, short and harmless.
  std::string got() const {
    if (is_over()) return "the end";
    uint8_t first = uint8_t(*at);
    if (first < 0x20 || first == 0x7f) return "a control character";
    if (first >= 0x80) return "a character that belongs into a text";
    const char *p = at;
    while (p < end && p - at < 12 && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_')) ++p;
    std::string piece(at, p == at ? at + 1 : p);
    std::string shown = "\"" + (piece == "\"" ? "\\\"" : piece) + "\"";
    return piece == "'" ? shown + "; texts stand in double quotes" : shown;
  }

  void expected(const char *what) { fail(at, std::string("expected ") + what + ", got " + got()); }

  bool string() {
    const char *start = at++;
    while (at < end) {
      uint8_t c = uint8_t(*at);
      if (c == '"') {
        ++at;
        return true;
      }
      if (c < 0x20) {
        fail(at, c == '\n' ? "a line ends inside of a text; write \\n, or close the text"
                           : "a control character inside of a text; write it as \\u00XX");
        return false;
      }
      if (c == '\\') {
        if (!escape()) return false;
        continue;
      }
      size_t size = c < 0x80 ? 1 : utf8(c);
      if (size == 0) {
        fail(at, "bytes that are no UTF-8 text");
        return false;
      }
      at += size;
    }
    fail(start, "the text that begins here is never closed");
    return false;
  }

  // The bytes of the character at `at`; 0: it is none.
  size_t utf8(uint8_t c) const {
    size_t size = c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    if (size == 0 || size > size_t(end - at)) return 0;
    for (size_t i = 1; i < size; ++i) {
      if ((uint8_t(at[i]) & 0xc0) != 0x80) return 0;
    }
    uint8_t second = uint8_t(at[1]);
    if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) || (c == 0xf0 && second < 0x90) ||
        (c == 0xf4 && second > 0x8f)) {
      return 0;
    }
    return size;
  }

  // Four hexadecimal digits at `p`; -1: there are none.
  int32_t unit(const char *p) const {
    if (end - p < 4) return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      char c = p[i];
      int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  bool escape() {
    const char *start = at++;
    if (is_over()) return true;  // the text is never closed
    if (*at != 'u') {
      if (!std::strchr("\"\\/bfnrt", *at)) {
        at = start;
        fail(start, "no escape begins with \\ and this character; write \\\\ for a backslash");
        return false;
      }
      ++at;
      return true;
    }
    int32_t first = unit(at + 1);
    if (first < 0) {
      fail(start, "\\u takes four hexadecimal digits");
      return false;
    }
    at += 5;
    if (first < 0xd800 || first > 0xdfff || (rules & CJSON_HALF_CHARACTERS)) return true;
    bool is_pair = first < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' && unit(at + 2) >= 0xdc00 &&
                   unit(at + 2) <= 0xdfff;
    if (!is_pair) {
      fail(start, "half of a character: \\ud800 to \\udfff stand in pairs only");
      return false;
    }
    at += 6;
    return true;
  }

  bool digits() {
    const char *start = at;
    while (at < end && *at >= '0' && *at <= '9') ++at;
    return at > start;
  }

  bool number() {
    const char *start = at;
    if (*at == '-') ++at;
    const char *first = at;
    bool good = digits() && (*first != '0' || at - first == 1);
    if (good && at < end && *at == '.') {
      ++at;
      good = digits();
    }
    if (good && at < end && (*at | 32) == 'e') {
      ++at;
      if (at < end && (*at == '+' || *at == '-')) ++at;
      good = digits();
    }
    if (!good) {
      fail(start, "no number: digits, with a point and digits or an exponent after them, and no zero in front");
    } else if ((rules & CJSON_BOUNDED_NUMBERS) && !is_bounded(std::string(start, at))) {
      fail(start, "a number that is too large for JSON here (more than 64 bits, or as 1e999); send it as a text");
      good = false;
    } else if ((rules & CJSON_FINITE_NUMBERS) && !std::isfinite(std::strtod(std::string(start, at).c_str(), nullptr))) {
      fail(start, "a number that is too large for JSON here (1e308 at most); send it as a text");
      good = false;
    }
    return good;
  }

  // Whether a float, or without point and exponent 64 bits, hold it.
  static bool is_bounded(const std::string &digits) {
    if (digits.find_first_of(".eE") != std::string::npos) return std::isfinite(std::strtod(digits.c_str(), nullptr));
    const bool is_negative = digits[0] == '-';
    const std::string most = is_negative ? "-9223372036854775808" : "18446744073709551615";
    return digits.size() != most.size() ? digits.size() < most.size() : digits <= most;
  }

  bool word() {
    for (const char *known : {"true", "false", "null"}) {
      size_t length = std::strlen(known);
      if (size_t(end - at) >= length && std::memcmp(at, known, length) == 0) {
        at += length;
        return true;
      }
    }
    return false;
  }

  // A value, or the beginning of one that has others inside: then `opened` is its bracket.
  bool value(const char *what, char &opened) {
    opened = 0;
    if (is_over()) {
      expected(what);
      return false;
    }
    switch (*at) {
      case '{': case '[': opened = *at++; return true;
      case '"': return string();
      case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        return number();
      default: break;
    }
    if (word()) return true;
    expected(what);
    return false;
  }

  bool member_name(bool may_close, bool &closed) {
    skip_space();
    closed = may_close && !is_over() && *at == '}';
    if (closed) {
      ++at;
      return true;
    }
    if (is_over() || *at != '"') {
      expected(may_close ? "a name in double quotes or }" : "a name in double quotes");
      return false;
    }
    if (!string()) return false;
    skip_space();
    if (is_over() || *at != ':') {
      expected(": after the name");
      return false;
    }
    ++at;
    return true;
  }

  void document(size_t depth_max) {
    std::vector<char> open;
    skip_space();
    if (is_over()) return fail(at, "there is nothing; expected a value");
    bool needs_value = true, is_first = false;
    for (;;) {
      skip_space();
      if (needs_value) {
        char opened;
        const char *start = at;
        if (is_first && open.back() == '[' && !is_over() && *at == ']') {
          ++at;
          open.pop_back();
        } else {
          if (!value(is_first && open.back() == '[' ? "a value or ]" : "a value", opened)) return;
          if (opened) {
            if (open.size() >= depth_max) {
              return fail(start, "nested more than " + std::to_string(depth_max) + " levels deep");
            }
            open.push_back(opened);
            is_first = true;
            if (opened == '[') continue;
            bool closed;
            if (!member_name(true, closed)) return;
            is_first = false;
            if (!closed) continue;
            open.pop_back();
          }
        }
        is_first = false;
        needs_value = false;
        continue;
      }
      if (open.empty()) {
        if (!is_over()) expected("nothing after the value");
        return;
      }
      bool is_object = open.back() == '{';
      if (is_over() || (*at != ',' && *at != (is_object ? '}' : ']'))) {
        return expected(is_object ? ", or } after the value" : ", or ] after the value");
      }
      if (*at++ != ',') {
        open.pop_back();
        continue;
      }
      bool closed;
      if (is_object && !member_name(false, closed)) return;
      needs_value = true;
    }
  }
};

}  // namespace

namespace {

Reader look(const char *bytes, size_t length, size_t depth_max, unsigned rules) {
  Reader reader{bytes, bytes, bytes + length, rules, {}};
  // A mark of the byte order is skipped by the parser, too.
  if (length >= 3 && std::memcmp(bytes, "\xef\xbb\xbf", 3) == 0) reader.at += 3;
  reader.document(depth_max);
  return reader;
}

}  // namespace

std::string cjson_locate(const char *bytes, size_t length, size_t depth_max) {
  Reader reader = look(bytes, length, depth_max, 0);
  // What the grammar allows and the parser does not hold.
  if (reader.wrong.empty()) reader = look(bytes, length, depth_max, CJSON_FINITE_NUMBERS);
  if (reader.wrong.empty()) return {};
  return "line " + std::to_string(reader.line) + ", column " + std::to_string(reader.column) + ": " + reader.wrong;
}

extern "C" bool cjson_find_fault(const char *bytes, size_t length, size_t depth_max, unsigned rules, cjson_fault *fault) {
  try {
    const Reader reader = look(bytes, length, depth_max, rules);
    if (reader.wrong.empty()) return false;
    fault->line = reader.line;
    fault->column = reader.column;
    const size_t count = std::min(reader.wrong.size(), sizeof fault->what - 1);
    std::memcpy(fault->what, reader.wrong.data(), count);
    fault->what[count] = 0;
    return true;
  } catch (const std::bad_alloc &) {
    return false;
  }
}
