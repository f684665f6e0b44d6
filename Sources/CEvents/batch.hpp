#pragma once
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "CEvents.h"

/// Bytes that live as long as the batch; grows by blocks, never moves what it handed out.
class Arena {
 public:
  cls_text copy(const char *bytes, size_t length) {
    if (length == 0) return cls_text{"", 0};
    char *to = take(length);
    std::memcpy(to, bytes, length);
    return cls_text{to, uint32_t(length)};
  }

  char *take(size_t length) {
    if (length > left) {
      size_t size = length > block_size ? length : block_size;
      if (next < blocks.size() && blocks[next].size >= size) {
        cursor = blocks[next].bytes.get();
        left = blocks[next].size;
      } else {
        Block block{std::unique_ptr<char[]>(new char[size]), size};
        cursor = block.bytes.get();
        left = size;
        blocks.insert(blocks.begin() + std::ptrdiff_t(next), std::move(block));
      }
      ++next;
    }
    char *result = cursor;
    cursor += length;
    left -= length;
    used_bytes += length;
    return result;
  }

  /// Keeps the first blocks for reuse and lets go of what one large batch needed.
  void reset() {
    if (blocks.size() > 16) blocks.resize(16);
    next = 0;
    left = 0;
    used_bytes = 0;
  }

  size_t used() const { return used_bytes; }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size;
  };
  static constexpr size_t block_size = 256 * 1024;
  std::vector<Block> blocks;
  size_t next = 0, left = 0, used_bytes = 0;
  char *cursor = nullptr;
};

struct cev_batch {
  Arena arena;
  std::vector<cev_record> records;
  std::vector<cev_part> parts;
  std::vector<cev_value> values;
  std::vector<cls_text> unknown;  // names of fields that are none of their record's kind
  // What the records that are performed one by one will hold the store's write lock for, in usage reports.
  uint32_t performed = 0;

  // One transaction is no longer than others can wait for: about 50 ms.
  static constexpr uint32_t performed_max = 200;
  // An operation takes as long as so many usage reports.
  static constexpr uint32_t operation_weight = 4;
  // Mappings may split events: a batch is full at this many parts, whatever it has of records.
  static constexpr size_t parts_max = 32768;
  // So many unknown fields of a record are named, the rest counts as one.
  static constexpr uint32_t unknown_max = 16;

  bool is_full(uint32_t records_max) const {
    return records.size() >= records_max || parts.size() >= parts_max || performed >= performed_max;
  }
};
