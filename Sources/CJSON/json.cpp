#include "CJSON.h"
#include "locate.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

using namespace simdjson;

struct cjson_parser {
  dom::parser parser;
  std::vector<char> bytes;
  std::vector<cjson_node> nodes;
  const char *cursor = nullptr;  // in `bytes`: where the next number's digits are looked for
  size_t depth_max = 0;
  bool is_widened = false;  // long numbers in `bytes` end with WIDE
  std::string problem;
};

namespace {

// simdjson refuses integers beyond 64 bits. As numbers with an exponent it takes them; the digits that were delivered are
// those before it.
const char WIDE[] = "e0";
constexpr size_t LONG_DIGITS = 19;

bool is_long_integer(const char *begin, const char *end) {
  if (begin < end && *begin == '-') ++begin;
  if (size_t(end - begin) < LONG_DIGITS) return false;
  for (; begin < end; ++begin) {
    if (*begin < '0' || *begin > '9') return false;
  }
  return true;
}

// The text with every long integer widened. It may be no JSON at all: then it is none afterwards, either.
std::string widened(const char *p, size_t length) {
  std::string text;
  const char *end = p + length;
  while (p < end) {
    const char *start = p;
    if (*p == '"') {
      for (++p; p < end && *p != '"'; ++p) {
        if (*p == '\\' && p + 1 < end) ++p;
      }
      if (p < end) ++p;
    } else if (*p == '-' || (*p >= '0' && *p <= '9')) {
      for (++p; p < end && (*p == '.' || *p == '-' || *p == '+' || (*p | 32) == 'e' || (*p >= '0' && *p <= '9')); ++p) {}
    } else {
      ++p;
    }
    text.append(start, p);
    if (is_long_integer(start, p)) text += WIDE;
  }
  return text;
}

// simdjson's DOM gives doubles. The digits as delivered are found again in the text: numbers come in document order,
// so one forward scan that skips strings meets each in turn.
const char *next_number(const char *p, const char **end) {
  for (;; ++p) {
    if (*p == '"') {
      for (++p; *p != '"'; ++p) {
        if (*p == '\\') ++p;
      }
    } else if (*p == '-' || (*p >= '0' && *p <= '9')) {
      const char *e = p + 1;
      while (*e == '.' || *e == '-' || *e == '+' || *e == 'e' || *e == 'E' || (*e >= '0' && *e <= '9')) ++e;
      *end = e;
      return p;
    }
  }
}

void append(cjson_parser &state, dom::element element) {
  const size_t index = state.nodes.size();
  state.nodes.push_back(cjson_node{});
  cjson_node node{};
  switch (element.type()) {
    case dom::element_type::NULL_VALUE: node.type = CJSON_NULL; break;
    case dom::element_type::BOOL: node.type = bool(element) ? CJSON_TRUE : CJSON_FALSE; break;
    case dom::element_type::STRING: {
      std::string_view text = element.get_string().value_unsafe();
      node.type = CJSON_STRING;
      node.text = text.data();
      node.count = uint32_t(text.size());
      break;
    }
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE: {
      const char *end;
      const char *digits = next_number(state.cursor, &end);
      state.cursor = end;
      if (state.is_widened && size_t(end - digits) > sizeof WIDE - 1 && is_long_integer(digits, end - (sizeof WIDE - 1)) &&
          std::memcmp(end - (sizeof WIDE - 1), WIDE, sizeof WIDE - 1) == 0) {
        end -= sizeof WIDE - 1;
      }
      if (element.type() == dom::element_type::INT64) {
        node.type = CJSON_INTEGER;
        node.integer = element.get_int64().value_unsafe();
        node.real = double(node.integer);
      } else {
        node.type = CJSON_NUMBER;
        node.real = element.type() == dom::element_type::DOUBLE ? element.get_double().value_unsafe()
                                                                : double(element.get_uint64().value_unsafe());
      }
      node.text = digits;
      node.count = uint32_t(end - digits);
      break;
    }
    case dom::element_type::ARRAY: {
      node.type = CJSON_ARRAY;
      // A named copy: a range that is a member of a temporary would dangle.
      const dom::array items = element.get_array().value_unsafe();
      for (dom::element item : items) {
        append(state, item);
        ++node.count;
      }
      break;
    }
    case dom::element_type::OBJECT: {
      node.type = CJSON_OBJECT;
      const dom::object members = element.get_object().value_unsafe();
      for (dom::key_value_pair member : members) {
        cjson_node key{};
        key.type = CJSON_STRING;
        key.span = 1;
        key.text = member.key.data();
        key.count = uint32_t(member.key.size());
        state.nodes.push_back(key);
        // A key is a string of the text too: step the cursor over it by letting next_number skip strings.
        append(state, member.value);
        ++node.count;
      }
      break;
    }
  }
  node.span = uint32_t(state.nodes.size() - index);
  state.nodes[index] = node;
}

simdjson_result<dom::element> parse(cjson_parser &state, const char *bytes, size_t length) {
  state.bytes.resize(length + SIMDJSON_PADDING);
  if (length) std::memcpy(state.bytes.data(), bytes, length);
  std::memset(state.bytes.data() + length, 0, SIMDJSON_PADDING);
  if (state.parser.max_depth() != state.depth_max || state.parser.capacity() < length) {
    if (auto error = state.parser.allocate(length < 4096 ? 4096 : length, state.depth_max)) return error;
  }
  return state.parser.parse(state.bytes.data(), length, false);
}

}  // namespace

extern "C" size_t cjson_count(const char *bytes, size_t length) {
  // Before each value but the first, and before each name, stands one of four signs.
  size_t count = 1;
  const char *end = bytes + length;
  for (const char *p = bytes; p < end; ++p) {
    switch (*p) {
      case '[': case '{': case ',': case ':': ++count; break;
      case '"':
        for (++p; p < end && *p != '"'; ++p) {
          if (*p == '\\' && p + 1 < end) ++p;
        }
        break;
      default: break;
    }
  }
  return count;
}

extern "C" const cjson_node *cjson_twin(const cjson_node *nodes, size_t count) {
  // Objects of more members are put in order, so that no text is too long.
  constexpr uint32_t paired_max = 8;
  const auto is_same = [](const cjson_node *a, const cjson_node *b) {
    return a->count == b->count && std::memcmp(a->text, b->text, a->count) == 0;
  };
  std::vector<const cjson_node *> names;
  for (size_t i = 0; i < count; ++i) {
    if (nodes[i].type != CJSON_OBJECT || nodes[i].count < 2) continue;
    names.clear();
    const cjson_node *name = nodes + i + 1;
    for (uint32_t member = 0; member < nodes[i].count; ++member) {
      if (nodes[i].count <= paired_max) {
        for (const cjson_node *other : names) {
          if (is_same(name, other)) return name;
        }
      }
      names.push_back(name);
      name += 1 + name[1].span;
    }
    if (nodes[i].count <= paired_max) continue;
    std::sort(names.begin(), names.end(), [](const cjson_node *a, const cjson_node *b) {
      return std::string_view(a->text, a->count) < std::string_view(b->text, b->count);
    });
    const auto twin = std::adjacent_find(names.begin(), names.end(), is_same);
    if (twin != names.end()) return *twin;
  }
  return nullptr;
}

extern "C" cjson_parser *cjson_open(size_t max_depth) {
  cjson_parser *state = new (std::nothrow) cjson_parser();
  if (state) state->depth_max = max_depth;
  return state;
}

extern "C" void cjson_close(cjson_parser *state) { delete state; }

extern "C" const char *cjson_parse(
    cjson_parser *state, const char *bytes, size_t length, const cjson_node **nodes, size_t *count) {
  try {
    if (length >= UINT32_MAX) return "the document is larger than 4 GiB";
    if (length >= 2 && (std::memcmp(bytes, "\xff\xfe", 2) == 0 || std::memcmp(bytes, "\xfe\xff", 2) == 0)) {
      return "it is UTF-16; send it as UTF-8";
    }
    // A mark of the byte order is no part of the text (RFC 8259, 8.1).
    if (length >= 3 && std::memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
      bytes += 3;
      length -= 3;
    }
    state->is_widened = false;
    auto result = parse(*state, bytes, length);
    if (result.error() == NUMBER_ERROR) {
      const std::string wide = widened(bytes, length);
      state->is_widened = true;
      if (wide.size() < UINT32_MAX) result = parse(*state, wide.data(), wide.size());
    }
    if (result.error()) {
      state->problem = cjson_locate(bytes, length, state->depth_max);
      return state->problem.empty() ? error_message(result.error()) : state->problem.c_str();
    }
    state->nodes.clear();
    state->cursor = state->bytes.data();
    append(*state, result.value_unsafe());
    *nodes = state->nodes.data();
    *count = state->nodes.size();
    return nullptr;
  } catch (const std::bad_alloc &) {
    return "out of memory";
  }
}
