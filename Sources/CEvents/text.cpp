#include "text.hpp"

#include <CBase.h>

void append_json_string(std::string &out, const char *bytes, size_t length) {
  out += '"';
  for (size_t i = 0; i < length; ++i) {
    unsigned char c = static_cast<unsigned char>(bytes[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += char(c);
    } else if (c < 0x20 || c == 0x7f) {
      char digits[2];
      cb_hex_write(&c, 1, digits);
      out += "\\u00";
      out.append(digits, 2);
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

const char *kind_of(simdjson::dom::element value) {
  switch (value.type()) {
    case simdjson::dom::element_type::NULL_VALUE: return "null";
    case simdjson::dom::element_type::BOOL: return "a boolean";
    case simdjson::dom::element_type::STRING: return "a string";
    case simdjson::dom::element_type::ARRAY: return "an array";
    case simdjson::dom::element_type::OBJECT: return "an object";
    default: return "a number";
  }
}
