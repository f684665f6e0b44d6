#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "CEvents.h"

inline std::string_view trimmed(std::string_view text) {
  auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Reads the cells of a table, and writes a line of JSON for each of its rows.
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
