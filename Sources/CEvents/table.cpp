// Tables as lines of JSON.
#include "CEventsTables.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "CEvents.h"
#include "fields.hpp"
#include "text.hpp"

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether a cell reads as a number of JSON that keeps its digits on the whole way: what is longer is text, which is exact,
// too.
bool is_number(std::string_view cell) {
  constexpr size_t whole_digits_max = 18, exponent_digits_max = 2;
  size_t i = !cell.empty() && cell[0] == '-' ? 1 : 0;
  const size_t first = i;
  while (i < cell.size() && is_digit(cell[i])) ++i;
  const size_t whole = i - first;
  if (whole == 0 || whole > whole_digits_max || (whole > 1 && cell[first] == '0')) return false;
  if (i < cell.size() && cell[i] == '.') {
    const size_t point = i++;
    while (i < cell.size() && is_digit(cell[i])) ++i;
    if (i == point + 1) return false;
  }
  if (i < cell.size() && (cell[i] == 'e' || cell[i] == 'E')) {
    ++i;
    if (i < cell.size() && (cell[i] == '+' || cell[i] == '-')) ++i;
    const size_t exponent = i;
    while (i < cell.size() && is_digit(cell[i])) ++i;
    if (i == exponent || i - exponent > exponent_digits_max) return false;
  }
  return i == cell.size();
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

struct cev_table {
  explicit cev_table(uint32_t length_max) : row_length_max(length_max) {}

  bool take(const char *bytes, size_t length);
  bool end();

  std::string output, problem;
  uint64_t line = 1;

 private:
  static constexpr size_t columns_max = 1000, name_length_max = 255, shown_row_max = 4096;

  enum class State : uint8_t { cell_start, plain, quoted, quote };  // quote: a quote inside of quotes, closing or doubled
  enum class Meaning : uint8_t { field, number, dimension, nameless };

  struct Column {
    Meaning meaning;
    std::string name, key;  // as a message names it; `"name":`
  };

  bool begin();
  bool scan(const char *bytes, size_t length);
  void add(const char *bytes, size_t length);
  void close_cell();
  bool close_row();
  bool read_header();
  void convert();
  void reject(const std::string &message);
  bool refuse(uint64_t at, const std::string &message);
  void wrong_cell(const char *what);
  bool is_blank() const { return cells.size() == 1 && trimmed(cell(0)).empty() && !has_quotes; }
  std::string_view cell(size_t i) const {
    const size_t start = i == 0 ? 0 : cells[i - 1];
    return std::string_view(text).substr(start, cells[i] - start);
  }
  bool column(std::string_view name, cev_kind kind, Column &out);
  void write_value(std::string_view value);

  uint32_t row_length_max;
  State state = State::cell_start;
  bool has_begun = false, has_header = false, after_return = false;
  std::string beginning;
  std::vector<Column> columns;
  // Of the row in progress: its bytes so far, the cells' texts one after the other, where each ends, its lines.
  size_t row_length = 0;
  std::string text;
  std::vector<uint32_t> cells;
  uint64_t row_line = 1, quote_line = 1;
  size_t quote_cell = 0;
  bool has_quotes = false;
  std::string wrong;
};

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

// What a column of that name is; false: nothing, and the header is refused.
bool cev_table::column(std::string_view name, cev_kind kind, Column &out) {
  constexpr std::string_view prefix = "dimensions.";
  out.name = shown(name.data(), name.size());
  out.meaning = Meaning::dimension;
  if (name.empty()) {
    out.meaning = Meaning::nameless;
    return true;
  }
  if (name.substr(0, prefix.size()) == prefix && name.size() > prefix.size()) {
    name.remove_prefix(prefix.size());
  } else if (name == "dimensions") {
    return refuse(row_line, "the column \"dimensions\" has no place in a table; make each dimension a column of its own");
  } else if (has_field(kind, field_named(name))) {
    out.meaning = kind == CEV_USAGE && name == "value" ? Meaning::number : Meaning::field;
  } else if (name != "quantity" && name != "amount" && meant_by(kind, name)) {
    // A field that is misspelt rejects its records, as it does in JSON, unless the inbox ignores it.
    out.meaning = Meaning::field;
  }
  append_json_string(out.key, name.data(), name.size());
  out.key += ':';
  return true;
}

bool cev_table::read_header() {
  if (!wrong.empty()) return refuse(row_line, "of the header " + wrong);
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return refuse(row_line, "the header is not valid UTF-8; send UTF-8 without a legacy code page");
  }
  if (cells.size() > columns_max) {
    return refuse(row_line, "the header has " + std::to_string(cells.size()) + " columns; expected at most " +
                                std::to_string(columns_max));
  }
  auto has = [&](std::string_view wanted) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (trimmed(cell(i)) == wanted) return true;
    }
    return false;
  };
  const bool is_usage = !has("eventName") && has("featureId");
  const cev_kind kind = is_usage ? CEV_USAGE : CEV_EVENT;
  for (const char *needed : {"customerId", is_usage ? "featureId" : "eventName", is_usage ? "value" : "customerId"}) {
    if (has(needed)) continue;
    std::string message = std::string("the header has no column ") + needed +
                          "; expected customerId and eventName (events), or customerId, featureId and value (usage reports)";
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string_view name = trimmed(cell(i));
      const char *meant = meant_by(kind, name);
      if (meant && std::strcmp(meant, needed) == 0) {
        return refuse(row_line, message + "; is it " + shown(name.data(), name.size()) + "?");
      }
    }
    if (cells.size() == 1 && text.find_first_of(";\t") != std::string::npos) {
      return refuse(row_line, message + ". Columns are separated by commas");
    }
    return refuse(row_line, message + "; got " + shown(text.data(), cells.size() > 1 ? cells[0] : text.size()) +
                                (cells.size() > 1 ? " and others" : ""));
  }
  std::vector<std::string> seen;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string_view name = trimmed(cell(i));
    Column made;
    if (has_control(name)) {
      return refuse(row_line, "column " + std::to_string(i + 1) + " has a control character in its name");
    }
    if (name.size() > name_length_max) {
      return refuse(row_line, "the name of column " + std::to_string(i + 1) + " has " + std::to_string(name.size()) +
                                  " bytes; expected at most " + std::to_string(name_length_max));
    }
    if (!column(name, kind, made)) return false;
    const std::string key = (made.meaning == Meaning::dimension ? "d" : "f") + made.key;
    if (made.meaning != Meaning::nameless) {
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
        return refuse(row_line, "two columns are " + made.name + "; give one another name");
      }
      seen.push_back(key);
    }
    columns.push_back(std::move(made));
  }
  return true;
}

void cev_table::write_value(std::string_view value) {
  if (is_number(value) || value == "true" || value == "false") {
    output.append(value);
  } else {
    append_json_string(output, value.data(), value.size());
  }
}

void cev_table::convert() {
  if (cells.size() != columns.size()) {
    return reject("expected " + std::to_string(columns.size()) + " cells as in the header, got " +
                  std::to_string(cells.size()) +
                  (cells.size() > columns.size() ? "; a cell with commas stands in quotes" : ""));
  }
  const size_t before = output.size();
  output += '{';
  bool is_first = true, has_dimensions = false;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Column &column = columns[i];
    const std::string_view value = cell(i);
    if (value.empty()) continue;
    if (column.meaning == Meaning::nameless) {
      output.resize(before);
      return reject("cell " + std::to_string(i + 1) + " has no column name; name it in the header or leave it out");
    }
    if (column.meaning == Meaning::dimension) {
      has_dimensions = true;
      continue;
    }
    if (!is_first) output += ',';
    is_first = false;
    output += column.key;
    if (column.meaning == Meaning::number) {
      write_value(value);
    } else {
      append_json_string(output, value.data(), value.size());
    }
  }
  if (has_dimensions) {
    output += is_first ? "\"dimensions\":{" : ",\"dimensions\":{";
    is_first = true;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].meaning != Meaning::dimension || cell(i).empty()) continue;
      if (!is_first) output += ',';
      is_first = false;
      output += columns[i].key;
      write_value(cell(i));
    }
    output += '}';
  }
  output += '}';
}

// In the place of a record: what is wrong with the row, and what can be shown of it.
void cev_table::reject(const std::string &message) {
  output += char(CEV_ROW_REJECTED);
  output += message;
  output += char(CEV_ROW_TEXT);
  const size_t start = output.size();
  for (size_t i = 0; i < cells.size() && output.size() - start < shown_row_max; ++i) {
    if (i > 0) output += ',';
    output.append(cell(i).substr(0, shown_row_max));
  }
  for (size_t i = start; i < output.size(); ++i) {
    if (output[i] == '\n' || output[i] == '\r') output[i] = ' ';
  }
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
