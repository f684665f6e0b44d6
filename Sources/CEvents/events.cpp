#include "CEvents.h"

#include <cstring>
#include <string>

#include "decoder.hpp"

extern "C" cev_hash cev_hash_bytes(const uint8_t key[16], const void *bytes, size_t length) {
  Hasher hasher(key);
  hasher.add(bytes, length);
  return hasher.finish();
}

extern "C" cev_decoder *cev_decoder_open(const uint8_t key[16]) {
  auto decoder = new (std::nothrow) cev_decoder();
  if (decoder) std::memcpy(decoder->hash_key, key, 16);
  return decoder;
}

extern "C" void cev_decoder_close(cev_decoder *decoder) { delete decoder; }

extern "C" bool cev_decoder_set_fields(cev_decoder *decoder, const cev_field *fields, uint32_t count) {
  try {
    decoder->metered.clear();
    decoder->has_metered_dimension = false;
    for (uint32_t i = 0; i < count; ++i) {
      decoder->metered.push_back(
          MeteredField{fields[i].source, std::string(fields[i].name.bytes, fields[i].name.length), fields[i].numeric});
      if (fields[i].source == CEV_DIMENSION) decoder->has_metered_dimension = true;
    }
    return true;
  } catch (const std::bad_alloc &) {
    return false;
  }
}

extern "C" void cev_decoder_set_rules(cev_decoder *decoder, cls_state *rules) { decoder->rules = rules; }

extern "C" bool cev_decoder_set_aside(cev_decoder *decoder, uint64_t number, const char *message) {
  try {
    decoder->aside = number;
    decoder->aside_message = message;
    return true;
  } catch (const std::bad_alloc &) {
    return false;
  }
}

extern "C" cev_batch *cev_batch_open(void) {
  try {
    auto batch = new cev_batch();
    batch->values.reserve(1024);  // never NULL, not even where no meter reads a field
    return batch;
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}
extern "C" void cev_batch_close(cev_batch *batch) { delete batch; }

extern "C" void cev_batch_reset(cev_batch *batch) {
  batch->arena.reset();
  batch->records.clear();
  batch->parts.clear();
  batch->values.clear();
  batch->unknown.clear();
  batch->performed = 0;
}

extern "C" const cev_record *cev_batch_records(const cev_batch *batch, uint32_t *count) {
  *count = uint32_t(batch->records.size());
  return batch->records.data();
}

extern "C" const cev_part *cev_batch_parts(const cev_batch *batch, uint32_t *count) {
  *count = uint32_t(batch->parts.size());
  return batch->parts.data();
}

extern "C" const cev_value *cev_batch_values(const cev_batch *batch) { return batch->values.data(); }

extern "C" const cls_text *cev_batch_unknown(const cev_batch *batch) { return batch->unknown.data(); }

extern "C" size_t cev_batch_size(const cev_batch *batch) {
  return batch->arena.used() + batch->records.size() * sizeof(cev_record) + batch->parts.size() * sizeof(cev_part) +
         batch->values.size() * sizeof(cev_value) + batch->unknown.size() * sizeof(cls_text);
}

void cev_decoder::begin(cev_batch *to, const cev_source *from, uint32_t of, uint32_t length_max, const char *text) {
  text_begin = text;
  batch = to;
  source = from;
  segment = of;
  record_length_max = length_max;
  received_text = cls_text{received_bytes, uint32_t(cb_instant_write(from->received_at, 3, received_bytes))};
}

extern "C" size_t cev_decode_lines(cev_decoder *decoder, cev_batch *batch, const cev_source *source, uint32_t segment,
                                   const char *bytes, size_t length, bool is_final, uint32_t record_length_max,
                                   uint32_t records_max, uint64_t *record, uint64_t *line) {
  try {
    decoder->begin(batch, source, segment, record_length_max, bytes);
    const char *p = bytes, *end = bytes + length;
    while (p < end && !batch->is_full(records_max)) {
      auto newline = static_cast<const char *>(std::memchr(p, '\n', size_t(end - p)));
      if (!newline && !is_final) break;
      const char *stop = newline ? newline : end;
      const char *start = p;
      if (*line == 0 && stop - start >= 3 && std::memcmp(start, "\xef\xbb\xbf", 3) == 0) {
        start += 3;
        decoder->text_begin = start;
      }
      ++*line;
      while (start < stop && is_blank(*start)) ++start;
      const char *last = stop;
      while (last > start && is_blank(last[-1])) --last;
      if (last > start) {
        decoder->number = ++*record;
        decoder->line = *line;
        if (source->is_table && *start == CEV_ROW_REJECTED) {
          decoder->reject_row(start + 1, size_t(last - start - 1));
        } else {
          decoder->decode(start, size_t(last - start));
        }
      }
      p = newline ? newline + 1 : end;
    }
    return size_t(p - bytes);
  } catch (const std::bad_alloc &) {
    return SIZE_MAX;
  }
}

extern "C" bool cev_batch_is_full(const cev_batch *batch, uint32_t records_max) {
  return batch->is_full(records_max);
}

extern "C" bool cev_decode_stored(cev_decoder *decoder, cev_batch *batch, const char *text, uint32_t length,
                                  const cls_text *patches, uint32_t patch_count, int64_t received_at) {
  try {
    cev_source source{cls_text{"", 0}, received_at, INT64_MAX, 0xff, cls_text{"", 0}, false};
    decoder->begin(batch, &source, 0, UINT32_MAX, text);
    decoder->rules = nullptr;
    decoder->is_stored = true;
    // The parser wants readable bytes behind the text.
    decoder->stored.resize(length + simdjson::SIMDJSON_PADDING);
    std::memcpy(decoder->stored.data(), text, length);
    decoder->text_begin = decoder->stored.data();
    decoder->decode(decoder->stored.data(), length);
    if (patch_count > 0) decoder->replay(patches, patch_count);
    return true;
  } catch (const std::bad_alloc &) {
    return false;
  }
}

extern "C" bool cev_decode_record(cev_decoder *decoder, cev_batch *batch, const cev_source *source, uint32_t segment,
                                  const char *bytes, size_t length, uint32_t record_length_max, uint64_t record,
                                  uint64_t line) {
  try {
    decoder->begin(batch, source, segment, record_length_max, bytes);
    decoder->number = record;
    decoder->line = line;
    decoder->decode(bytes, length);
    return true;
  } catch (const std::bad_alloc &) {
    return false;
  }
}
