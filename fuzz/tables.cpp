// Tables and compressed files: what a table becomes does not depend on the pieces in which it comes, and is lines of JSON.
// Input: a byte that says in which pieces and how it is packed (0, 1: not), then the bytes.
#include <CEventsTables.h>
#include <CJSON.h>
#include <CPacked.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness.h"

namespace {

constexpr uint32_t length_max = 512;

// The table's lines, and behind them why it is refused.
std::string convert(const std::string &bytes, size_t step) {
  cev_table *table = cev_table_open(length_max);
  REQUIRE(table);
  std::string made;
  bool is_good = true;
  auto keep = [&] {
    size_t length;
    const char *output = cev_table_output(table, &length);
    made.append(output, length);
    cev_table_clear(table);
  };
  for (size_t i = 0; is_good && i < bytes.size(); i += step) {
    // A copy of its own: a byte too far is noticed.
    const std::vector<char> piece(bytes.begin() + long(i), bytes.begin() + long(std::min(i + step, bytes.size())));
    is_good = cev_table_take(table, piece.data(), piece.size());
    keep();
  }
  is_good = is_good && cev_table_end(table);
  keep();
  const char *problem = cev_table_problem(table);
  REQUIRE(is_good == (problem == nullptr));
  if (problem) made += std::to_string(cev_table_line(table)) + problem;
  if (!problem) {
    // As many line ends as lines were read.
    REQUIRE(size_t(std::count(made.begin(), made.end(), '\n')) + 1 == cev_table_line(table));
    cjson_parser *parser = cjson_open(8);
    size_t start = 0;
    while (start < made.size()) {
      const size_t end = made.find('\n', start);
      REQUIRE(end != std::string::npos);
      if (made[start] == CEV_ROW_REJECTED) {
        REQUIRE(made.find(char(CEV_ROW_TEXT), start) < end);
      } else if (end > start) {
        const cjson_node *nodes;
        size_t count;
        const char *wrong = cjson_parse(parser, made.data() + start, end - start, &nodes, &count);
        // Bytes that are no UTF-8 are handed on, and reject their record later.
        cjson_fault fault;
        if (wrong) {
          REQUIRE(cjson_find_fault(made.data() + start, end - start, 8, 0, &fault));
          REQUIRE(std::string(fault.what) == "bytes that are no UTF-8 text");
        }
      }
      start = end + 1;
    }
    cjson_close(parser);
  }
  cev_table_close(table);
  return made;
}

std::string unpack(const std::string &bytes, cpk_format format, size_t step, size_t room) {
  cpk_stream *stream = cpk_open(format);
  REQUIRE(stream);
  std::string made;
  std::vector<char> out(room);
  cpk_problem problem = CPK_FINE;
  bool is_full = false;
  size_t at = 0;
  while (problem == CPK_FINE && made.size() < 1 << 20 && (at < bytes.size() || is_full)) {
    const std::vector<char> piece(bytes.begin() + long(at), bytes.begin() + long(std::min(at + step, bytes.size())));
    size_t used, written;
    problem = cpk_unpack(stream, piece.data(), piece.size(), &used, out.data(), out.size(), &written);
    REQUIRE(used <= piece.size() && written <= room);
    // Each call gets on, or there is nothing left to do.
    if (problem == CPK_FINE && used == 0 && written == 0) {
      REQUIRE(at >= bytes.size() || is_full);
    }
    is_full = written == room;
    at += used;
    made.append(out.data(), written);
  }
  fuzz_read_string(cpk_reason(stream));
  cpk_close(stream);
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const size_t step = 1 + data[0] / 4;
  std::string bytes(reinterpret_cast<const char *>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 2: bytes = unpack(bytes, CPK_GZIP, step, 1 + step * 3); break;
    case 3: bytes = unpack(bytes, CPK_ZSTD, step, 1 + step * 3); break;
    default: break;
  }
  const std::string made = convert(bytes, step);
  REQUIRE(made == convert(bytes, bytes.size() + 1));
  return 0;
}
