// An event's dimensions: their values, and the digits of those that a float does not hold.
#include <algorithm>
#include <cstring>
#include <vector>

#include "decoder.hpp"
#include "text.hpp"

using namespace simdjson;

// The digits of the n-th number of the record, counted from 0, found by one forward scan that skips strings.
cls_text cev_decoder::digits_of(uint32_t ordinal) {
  const char *p = digits_from;
  for (;;) {
    if (*p == '"') {
      for (++p; *p != '"'; ++p) {
        if (*p == '\\') ++p;
      }
      ++p;
    } else if (*p == '-' || (*p >= '0' && *p <= '9')) {
      const char *end = p + 1;
      while (*end == '.' || *end == '-' || *end == '+' || *end == 'e' || *end == 'E' || (*end >= '0' && *end <= '9')) ++end;
      if (digits_seen++ == ordinal) {
        digits_from = end;
        return cls_text{p, uint32_t(end - p)};
      }
      p = end;
    } else {
      ++p;
    }
  }
}

bool cev_decoder::read_dimensions(cev_record &record) {
  dimensions.clear();
  uint32_t ordinal = fields.numbers_before;
  uint64_t content = 0, marks = 0;
  constexpr size_t compared_max = 32;
  const auto is_same = [](const cls_text &a, const cls_text &b) {
    return a.length == b.length && std::memcmp(a.bytes, b.bytes, a.length) == 0;
  };
  if (fields.has_dimensions && !fields.dimensions.is_null()) {
    dom::object object;
    if (fields.dimensions.get_object().get(object)) {
      return reject(record, "wrong_type", std::string("'dimensions' must be an object, got ") + kind_of(fields.dimensions));
    }
    for (dom::key_value_pair member : object) {
      cls_dimension dimension{};
      dimension.key = cls_text{member.key.data(), uint32_t(member.key.size())};
      switch (member.value.type()) {
        case dom::element_type::NULL_VALUE: continue;
        case dom::element_type::BOOL:
          dimension.type = CLS_BOOLEAN;
          dimension.boolean = bool(member.value);
          break;
        case dom::element_type::STRING: {
          std::string_view text = member.value.get_string().value_unsafe();
          dimension.type = CLS_STRING;
          dimension.text = cls_text{text.data(), uint32_t(text.size())};
          break;
        }
        case dom::element_type::INT64:
          dimension.type = CLS_INTEGER;
          dimension.integer = member.value.get_int64().value_unsafe();
          dimension.real = double(dimension.integer);
          ++ordinal;
          break;
        case dom::element_type::UINT64:
        case dom::element_type::DOUBLE:
          dimension.type = CLS_NUMBER;
          dimension.real = member.value.get_double().value_unsafe();
          dimension.text = digits_of(ordinal++);
          break;
        default:
          return reject(record, "wrong_type",
                        "'dimensions." + std::string(member.key.substr(0, 80)) +
                            "' must be a string, a number or a boolean, got " + kind_of(member.value));
      }
      uint64_t item = quick_hash(dimension.key.bytes, dimension.key.length, dimension.type);
      item = dimension.type == CLS_INTEGER || dimension.type == CLS_BOOLEAN
                 ? item * 31 + uint64_t(dimension.integer) + dimension.boolean
                 : quick_hash(dimension.text.bytes, dimension.text.length, item);
      content += item * 0x9e3779b97f4a7c15ULL;
      // Few names are compared with each other, if any have this length, first and last letter; many are put in order.
      const cls_text key = dimension.key;
      const uint64_t mark =
          key.length == 0 ? 1 : 1ULL << ((key.length * 31 + uint8_t(key.bytes[0]) * 7 + uint8_t(key.bytes[key.length - 1])) & 63);
      if ((marks & mark) && dimensions.size() < compared_max && !is_stored) {
        for (const cls_dimension &other : dimensions) {
          if (is_same(other.key, key)) return reject_twin(record, "dimensions." + std::string(member.key)), false;
        }
      }
      marks |= mark;
      dimensions.push_back(dimension);
    }
    if (dimensions.size() > compared_max && !is_stored) {
      std::vector<cls_text> keys;
      for (const cls_dimension &dimension : dimensions) keys.push_back(dimension.key);
      std::sort(keys.begin(), keys.end(), [](const cls_text &a, const cls_text &b) {
        return std::string_view(a.bytes, a.length) < std::string_view(b.bytes, b.length);
      });
      const auto found = std::adjacent_find(keys.begin(), keys.end(), is_same);
      if (found != keys.end()) {
        return reject_twin(record, "dimensions." + std::string(found->bytes, found->length)), false;
      }
    }
  }
  if (fields.has_timestamp && !fields.timestamp.is_null()) content ^= uint64_t(record.timestamp) * 0xff51afd7ed558ccdULL;
  record.content = uint16_t(content >> 48);
  return true;
}
