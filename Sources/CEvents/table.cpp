// Tables as lines of JSON: where cells and rows begin and end.
#include "CEventsTables.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "table.hpp"

bool cev_table::refuse(uint64_t at, const std::string &message) {
  line = at;
  problem = message;
  return false;
}

void cev_table::add(const char *bytes, size_t length) {
  row_length += length;
  if (row_length <= row_length_max) text.append(bytes, length);
}

void cev_table::close_cell() {
  ++row_length;
  if (row_length <= row_length_max) cells.push_back(uint32_t(text.size()));
}

void cev_table::wrong_cell(const char *what) {
  if (wrong.empty()) wrong = "cell " + std::to_string(cells.size() + 1) + what;
}

bool cev_table::take(const char *bytes, size_t length) {
  if (has_begun) return scan(bytes, length);
  beginning.append(bytes, length);
  return beginning.size() < 3 || begin();
}

// With the first three bytes, or all there are: a mark of the byte order may be among them.
bool cev_table::begin() {
  has_begun = true;
  if (beginning.compare(0, 2, "\xff\xfe") == 0 || beginning.compare(0, 2, "\xfe\xff") == 0) {
    return refuse(1, "the file is UTF-16; save it as UTF-8");
  }
  const size_t mark = beginning.compare(0, 3, "\xef\xbb\xbf") == 0 ? 3 : 0;
  const std::string first = std::move(beginning);
  return scan(first.data() + mark, first.size() - mark);
}

bool cev_table::scan(const char *bytes, size_t length) {
  const char *p = bytes, *end = bytes + length;
  while (p < end) {
    if (after_return) {
      after_return = false;
      if (*p == '\n') {
        ++p;
        continue;
      }
    }
    switch (state) {
      case State::cell_start:
        if (*p == '"') {
          state = State::quoted;
          has_quotes = true;
          quote_line = line;
          quote_cell = cells.size() + 1;
          ++row_length;
          ++p;
          break;
        }
        state = State::plain;
        [[fallthrough]];
      case State::plain: {
        const char *start = p;
        while (p < end && *p != ',' && *p != '\n' && *p != '\r' && *p != '"') ++p;
        add(start, size_t(p - start));
        if (p == end) break;
        const char c = *p++;
        if (c == '"') {
          wrong_cell(" has a quote in its middle; put the whole cell in quotes, and write each quote inside twice");
          add("\"", 1);
        } else if (c == ',') {
          close_cell();
          state = State::cell_start;
        } else {
          after_return = c == '\r';
          close_cell();
          ++line;
          if (!close_row()) return false;
        }
        break;
      }
      case State::quoted: {
        const char *quote = static_cast<const char *>(std::memchr(p, '"', size_t(end - p)));
        const char *stop = quote ? quote : end;
        line += uint64_t(std::count(p, stop, '\n'));
        add(p, size_t(stop - p));
        p = stop;
        if (quote) {
          ++p;
          ++row_length;
          state = State::quote;
        }
        break;
      }
      case State::quote:
        if (*p == '"') {
          add(p++, 1);
          state = State::quoted;
        } else {
          if (*p != ',' && *p != '\n' && *p != '\r') {
            wrong_cell(" goes on after its closing quote; write each quote inside twice");
          }
          state = State::plain;
        }
        break;
    }
  }
  return true;
}

bool cev_table::end() {
  if (!has_begun && !begin()) return false;
  if (state == State::quoted) {
    return refuse(quote_line, "the quote that opens cell " + std::to_string(quote_cell) +
                                  " is never closed; is the file cut off?");
  }
  if (row_length > 0 || state != State::cell_start) {
    close_cell();
    // The row has no line end of its own.
    ++line;
    if (!close_row()) return false;
  }
  if (!has_header) return refuse(1, "the file has no header; expected the names of the columns in its first line");
  return true;
}

bool cev_table::close_row() {
  const uint64_t lines = line - row_line;
  bool is_good = true;
  if (row_length > size_t(row_length_max) + 1) {
    if (!has_header) return refuse(row_line, "the header has more than " + std::to_string(row_length_max) + " bytes");
    reject("expected a row of at most " + std::to_string(row_length_max) + " bytes, got " +
           std::to_string(row_length - 1) + "; split it");
  } else if (is_blank()) {
    // Nothing but its line end.
  } else if (!has_header) {
    is_good = read_header();
    has_header = true;
  } else if (!wrong.empty()) {
    reject(wrong);
  } else {
    convert();
  }
  output.append(size_t(lines), '\n');
  row_line = line;
  row_length = 0;
  text.clear();
  cells.clear();
  wrong.clear();
  has_quotes = false;
  state = State::cell_start;
  return is_good;
}

extern "C" cev_table *cev_table_open(uint32_t record_length_max) {
  return new (std::nothrow) cev_table(record_length_max);
}

extern "C" void cev_table_close(cev_table *table) { delete table; }

extern "C" bool cev_table_take(cev_table *table, const char *bytes, size_t length) {
  try {
    return table->take(bytes, length);
  } catch (const std::bad_alloc &) {
    return false;
  }
}

extern "C" bool cev_table_end(cev_table *table) {
  try {
    return table->end();
  } catch (const std::bad_alloc &) {
    return false;
  }
}

extern "C" const char *cev_table_output(const cev_table *table, size_t *length) {
  *length = table->output.size();
  return table->output.data();
}

extern "C" void cev_table_clear(cev_table *table) { table->output.clear(); }

extern "C" const char *cev_table_problem(const cev_table *table) {
  return table->problem.empty() ? nullptr : table->problem.c_str();
}

extern "C" uint64_t cev_table_line(const cev_table *table) { return table->line; }
