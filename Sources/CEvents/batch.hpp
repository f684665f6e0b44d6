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
};
