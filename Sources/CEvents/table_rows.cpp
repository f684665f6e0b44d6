// What rows of tables say: the header's columns, and each row as a line of JSON.
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "CEventsTables.h"
#include "fields.hpp"
#include "table.hpp"
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

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

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
