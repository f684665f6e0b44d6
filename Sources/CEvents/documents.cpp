// Documents: one value, or an array of them.
#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>

#include "CEvents.h"
#include "decoder.hpp"

namespace {

// Past a value's text, from its first byte: brackets are counted, strings skipped. Stops at `end` when it is cut off.
const char *skip_value(const char *p, const char *end) {
  int depth = 0;
  for (; p < end; ++p) {
    switch (*p) {
      case '"':
        for (++p; p < end && *p != '"'; ++p) {
          if (*p == '\\') ++p;
        }
        if (p >= end) return end;
        break;
      case '{': case '[': ++depth; break;
      case '}': case ']':
        if (depth == 0) return p;
        if (--depth == 0) return p + 1;
        break;
      case ',':
        if (depth == 0) return p;
        break;
      default: break;
    }
  }
  return end;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The end of a number by the grammar of JSON; `p` itself where there is none.
const char *number_end(const char *p, const char *end) {
  const char *q = p;
  if (q < end && *q == '-') ++q;
  if (q == end || !is_digit(*q)) return p;
  if (*q == '0') ++q;
  else while (q < end && is_digit(*q)) ++q;
  if (q < end && *q == '.') {
    if (++q == end || !is_digit(*q)) return p;
    while (q < end && is_digit(*q)) ++q;
  }
  if (q < end && (*q == 'e' || *q == 'E')) {
    if (++q < end && (*q == '+' || *q == '-')) ++q;
    if (q == end || !is_digit(*q)) return p;
    while (q < end && is_digit(*q)) ++q;
  }
  return q;
}

// A copy in which what is JSON and cannot be held here is something that can: numbers of any size are 0, halves of
// surrogate pairs are blanks. What is left of its errors are those of its form. Behind it lies what the parser may read.
std::string tamed(const char *text, size_t size) {
  std::string copy(text, size);
  copy.append(simdjson::SIMDJSON_PADDING, ' ');
  char *p = copy.data(), *end = p + size;
  while (p < end) {
    if (*p == '"') {
      for (++p; p < end && *p != '"'; ++p) {
        if (*p != '\\' || p + 1 == end) continue;
        ++p;
        const bool is_half = *p == 'u' && end - p > 4 && (p[1] == 'd' || p[1] == 'D') && std::strchr("89abABcdefCDEF", p[2]) &&
                             std::isxdigit(static_cast<unsigned char>(p[3])) && std::isxdigit(static_cast<unsigned char>(p[4]));
        if (is_half) std::memcpy(p + 1, "0020", 4);
      }
      if (p < end) ++p;
    } else if (*p == '-' || is_digit(*p)) {
      const char *stop = number_end(p, end);
      if (stop == p) return copy;  // malformed: the parser says so
      *p = '0';
      for (++p; p < stop; ++p) *p = ' ';
    } else {
      ++p;
    }
  }
  return copy;
}

// The first byte that belongs to no character, by line and column.
void find_foreign(const char *bytes, size_t length, uint64_t *line, uint64_t *column) {
  const char *p = bytes, *end = bytes + length;
  for (*line = 1;; ++*line) {
    auto newline = static_cast<const char *>(std::memchr(p, '\n', size_t(end - p)));
    const char *stop = newline ? newline : end;
    if (!simdjson::validate_utf8(p, size_t(stop - p))) {
      *column = 1;
      while (p < stop) {
        size_t size = 1;
        while (size <= 4 && size <= size_t(stop - p) && !simdjson::validate_utf8(p, size)) ++size;
        if (size > 4 || size > size_t(stop - p)) return;
        p += size;
        ++*column;
      }
      return;
    }
    if (!newline) return;
    p = newline + 1;
  }
}

// Walks the records of a document. `visit(text, length)` returns false to stop. Returns what is wrong, or NULL.
template <typename Visit>
const char *walk(const char *bytes, size_t length, size_t *offset, uint64_t *line, Visit visit) {
  const char *p = bytes + *offset, *end = bytes + length;
  auto blank = [&] {
    for (; p < end && is_blank(*p); ++p) {
      if (*p == '\n') ++*line;
    }
  };
  auto done = [&] { *offset = size_t(p - bytes); };
  bool in_array = *offset > 0;
  if (*offset == 0) {
    if (length >= 3 && std::memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3;
    blank();
    if (p == end) return "the file is empty; expected a JSON object or an array of objects";
    if (*p != '[') {
      const char *start = p;
      uint64_t start_line = *line;
      p = skip_value(p, end);
      // Anything but blanks behind the value makes the whole no JSON document.
      const char *stop = p;
      const char *rest = p;
      while (rest < end && is_blank(*rest)) ++rest;
      if (rest < end) return "expected the end of the document after the first value; several records need an array or .ndjson";
      (void)start_line;
      visit(start, size_t(stop - start));
      *line += uint64_t(std::count(start, end, '\n'));
      p = end;
      done();
      return nullptr;
    }
    ++p;
    blank();
    if (p < end && *p == ']') {
      ++p;
      blank();
      if (p < end) return "expected the end of the document after the array";
      p = end;
      done();
      return nullptr;
    }
    in_array = true;
  }
  while (in_array) {
    blank();
    const char *start = p;
    p = skip_value(p, end);
    const char *stop = p;
    while (stop > start && is_blank(stop[-1])) --stop;
    if (stop == start) return "expected a value in the array";
    const char *next = p;
    uint64_t lines = uint64_t(std::count(start, p, '\n'));
    for (; next < end && is_blank(*next); ++next) {
      if (*next == '\n') ++lines;
    }
    if (next == end) return "the array is not closed; is the file cut off?";
    if (*next != ',' && *next != ']') return "expected ',' or ']' after a value of the array";
    bool last = *next == ']';
    bool more = visit(start, size_t(stop - start));
    *line += lines;
    p = next + 1;
    if (last) {
      blank();
      if (p < end) return "expected the end of the document after the array";
      p = end;
      done();
      return nullptr;
    }
    done();
    if (!more) return nullptr;
  }
  return nullptr;
}

}  // namespace

extern "C" const char *const cev_out_of_memory = "out of memory";

extern "C" const char *cev_check_document(cev_decoder *decoder, const char *bytes, size_t length,
                                          uint32_t record_length_max, uint64_t *line, uint64_t *column) {
  try {
    if (!simdjson::validate_utf8(bytes, length)) {
      find_foreign(bytes, length, line, column);
      return "the text is not valid UTF-8; send UTF-8 without a legacy code page";
    }
    size_t offset = 0;
    uint64_t at = 1;
    static thread_local std::string message;
    const char *bad = nullptr;
    bool is_deep = false;
    while (offset < length || offset == 0) {
      const char *problem = walk(bytes, length, &offset, &at, [&](const char *text, size_t size) {
        if (size > record_length_max) return true;  // rejected by itself when its turn comes
        if (decoder->parser.capacity() < size &&
            decoder->parser.allocate(size < 65536 ? 65536 : size * 2, cev_decoder::depth_max)) {
          throw std::bad_alloc();
        }
        auto error = decoder->parser.parse(text, size, false).error();
        if (error == simdjson::MEMALLOC) throw std::bad_alloc();
        if (error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR) {
          // What is JSON and cannot be held here is rejected by itself when its turn comes: the rest is looked at.
          const std::string tame = tamed(text, size);
          error = decoder->parser.parse(tame.data(), size, false).error();
          if (error == simdjson::MEMALLOC) throw std::bad_alloc();
        }
        if (error) {
          message = decoder->problem(error);
          bad = message.c_str();
          is_deep = error == simdjson::DEPTH_ERROR;
          return false;
        }
        return true;
      });
      if (!bad && !problem) continue;
      // The array around the records is a level more.
      cjson_fault fault;
      *line = at;
      *column = 0;
      if (cjson_find_fault(bytes, length, cev_decoder::depth_max + 1, CJSON_HALF_CHARACTERS, &fault)) {
        *line = fault.line;
        *column = fault.column;
        if (bad && !is_deep) {
          message = std::string(fault.what) + cev_decoder::hint(fault);
          bad = message.c_str();
        }
      }
      return bad ? bad : problem;
    }
    return nullptr;
  } catch (const std::bad_alloc &) {
    return cev_out_of_memory;
  }
}

extern "C" bool cev_decode_document(cev_decoder *decoder, cev_batch *batch, const cev_source *source, uint32_t segment,
                                    const char *bytes, size_t length, uint32_t record_length_max, uint32_t records_max,
                                    size_t *offset, uint64_t *record, uint64_t *line) {
  try {
    decoder->begin(batch, source, segment, record_length_max, bytes);
    if (*line == 0) *line = 1;
    walk(bytes, length, offset, line, [&](const char *text, size_t size) {
      decoder->number = ++*record;
      decoder->line = *line;
      decoder->decode(text, size);
      return !batch->is_full(records_max);
    });
    return true;
  } catch (const std::bad_alloc &) {
    return false;
  }
}
