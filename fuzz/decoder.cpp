// The decoder of deliveries: lines, documents and single records through rules that drop, map and split, and the same
// events metered again from what is stored of them.
// Input: one byte that says how (see below), and the text of a delivery.
#include <CEvents.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness.h"

enum { IS_DOCUMENT = 1, IS_RECORD = 2, HAS_RULES = 4, IS_CUT = 8, IS_SHORT = 16, IS_STORED = 32 };

static const char rules[] =
    "filter { name = 'a', keep = function(e) return e.dimensions.drop ~= true, 'dropped' end }\n"
    "mapping { name = 'b', map = function(e)\n"
    "  local d = e.dimensions\n"
    "  if d.split then return { { dimensions = { tokens = 1, part = 'x' } }, { customerId = 'o', eventName = 'other',\n"
    "    resourceId = json.null, timestamp = '2026-10-01T00:00:00.5+02:00',\n"
    "    dimensions = { tokens = decimal('0.5'), gone = json.null } } } end\n"
    "  if d.rename then\n"
    "    return { eventName = tostring(d.rename), dimensions = { rename = json.null, n = d.tokens } }\n"
    "  end\n"
    "  if d.fail then error(d.fail) end\n"
    "  if d.odd then return { [d.odd] = d.odd } end\n"
    "end }\n"
    "filter { name = 'c', event = 'other', keep = function(e) return e.dimensions.tokens ~= 1, e.customerId end }\n";

static const int64_t arrival = 1790812802500000;

static cls_state *state;
static cev_decoder *decoder, *again;
static cev_batch *batch, *metered;

static void open_all() {
  const uint8_t key[16] = {1, 2, 3};
  const cls_options options = fuzz_options();
  cls_failure failure;
  state = cls_open(&options);
  REQUIRE(state && fuzz_load(state, fuzz_text(rules, sizeof rules - 1), &failure));
  for (uint32_t i = 0; i < cls_declaration_count(state); ++i) {
    const cls_declaration declaration = cls_declaration_at(state, i);
    const cls_text name = fuzz_text("other", 5);
    REQUIRE(cls_rules_add(state, cls_kind(declaration.kind), fuzz_function(&declaration)->integer, fuzz_text("r", 1),
                          declaration.file, declaration.line, &name, i == 2));
  }
  REQUIRE(cls_seal(state, &failure));
  decoder = cev_decoder_open(key);
  again = cev_decoder_open(key);
  batch = cev_batch_open();
  metered = cev_batch_open();
  const cev_field fields[] = {
      {CEV_DIMENSION, fuzz_text("tokens", 6), true}, {CEV_DIMENSION, fuzz_text("model", 5), false},
      {CEV_CUSTOMER_ID, fuzz_text("", 0), false}, {CEV_RESOURCE_ID, fuzz_text("", 0), false},
      {CEV_EVENT_NAME, fuzz_text("", 0), false},
  };
  REQUIRE(cev_decoder_set_fields(decoder, fields, 5) && cev_decoder_set_fields(again, fields, 5));
}

static bool is_same(cls_text a, cls_text b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static void read_value(const cev_value &value) {
  REQUIRE(value.type <= CEV_STRING && value.units < 1000000000000000000 && value.units > -1000000000000000000 &&
          abs(value.nanos) < 1000000000);
  if (value.type >= CEV_NUMBER) fuzz_read(value.text);
}

// An event metered again from its text and patches is what it was.
static void meter_again(const cev_record &record, const cev_part *parts, const cev_value *values) {
  std::vector<cls_text> patches;
  for (uint32_t i = 0; i < record.part_count; ++i) {
    if (parts[i].dropped_by == CEV_NO_RULE) patches.push_back(parts[i].patch);
  }
  if (patches.size() == 1 && patches[0].length == 0) patches.clear();
  // A stored patch lies in a larger block, as the parser wants it.
  std::vector<std::string> kept;
  for (const cls_text &patch : patches) kept.emplace_back(patch.length ? patch.bytes : "", patch.length);
  for (size_t i = 0; i < patches.size(); ++i) patches[i] = fuzz_text(kept[i].data(), kept[i].size());
  cev_batch_reset(metered);
  REQUIRE(cev_decode_stored(again, metered, record.text, record.length, patches.data(), uint32_t(patches.size()),
                            arrival));
  uint32_t count, part_count;
  const cev_record *stored = cev_batch_records(metered, &count);
  const cev_part *other = cev_batch_parts(metered, &part_count);
  const cev_value *other_values = cev_batch_values(metered);
  REQUIRE(count == 1 && stored->verdict == CEV_KEPT);
  uint32_t at = 0;
  for (uint32_t i = 0; i < record.part_count; ++i) {
    if (parts[i].dropped_by != CEV_NO_RULE) continue;
    REQUIRE(at < part_count);
    const cev_part &left = parts[i], &right = other[at++];
    REQUIRE(is_same(left.customer_id, right.customer_id) && is_same(left.resource_id, right.resource_id));
    REQUIRE(is_same(left.event_name, right.event_name));
    REQUIRE(left.timestamp == right.timestamp && left.bucket == right.bucket);
    for (int field = 0; field < 5; ++field) {
      const cev_value &a = values[left.value_first + field], &b = other_values[right.value_first + field];
      REQUIRE(a.type == b.type && a.has_amount == b.has_amount && a.units == b.units && a.nanos == b.nanos);
      REQUIRE(a.type < CEV_NUMBER || is_same(a.text, b.text));
    }
  }
  REQUIRE(at == part_count);
}

static void read_batch(bool is_checked, bool may_meter) {
  uint32_t count, part_count;
  const cev_record *records = cev_batch_records(batch, &count);
  const cev_part *parts = cev_batch_parts(batch, &part_count);
  const cev_value *values = cev_batch_values(batch);
  const cls_text *unknown = cev_batch_unknown(batch);
  for (uint32_t i = 0; i < count; ++i) {
    const cev_record &record = records[i];
    REQUIRE(record.kind <= CEV_UNKNOWN && record.verdict <= CEV_REJECTED);
    fuzz_read(fuzz_text(record.text, record.length));
    fuzz_read(record.message);
    fuzz_read(record.customer_id);
    fuzz_read(record.idempotency_key);
    fuzz_read_string(record.code);
    for (uint32_t j = 0; j < record.unknown_count; ++j) fuzz_read(unknown[record.unknown_first + j]);
    REQUIRE((record.verdict == CEV_REJECTED) == (record.code != nullptr));
    REQUIRE(!is_checked || record.verdict != CEV_REJECTED || strcmp(record.code, "invalid_json") != 0);
    REQUIRE(uint64_t(record.part_first) + record.part_count <= part_count);
    if (record.verdict == CEV_REJECTED) REQUIRE(record.part_count == 0);
    if (record.kind != CEV_EVENT || record.verdict != CEV_KEPT) continue;
    REQUIRE(record.part_count > 0);
    for (uint32_t j = 0; j < record.part_count; ++j) {
      const cev_part &part = parts[record.part_first + j];
      REQUIRE(part.record == i);
      fuzz_read(part.customer_id);
      fuzz_read(part.resource_id);
      fuzz_read(part.event_name);
      fuzz_read(part.patch);
      fuzz_read(part.reason);
      if (part.dropped_by != CEV_NO_RULE) continue;
      for (int field = 0; field < 5; ++field) read_value(values[part.value_first + field]);
    }
    if (may_meter) meter_again(record, parts + record.part_first, values);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!state) open_all();
  fuzz_input input{reinterpret_cast<const char *>(data), size};
  const uint8_t how = fuzz_byte(&input);
  // The decoder may read 64 bytes behind the text, and not one more.
  std::vector<char> text(input.bytes, input.bytes + input.left);
  text.insert(text.end(), 64, '\n');
  text.shrink_to_fit();
  const size_t length = input.left;
  const cev_source source{fuzz_text("d", 1), arrival, 4102444800000000, 0xff, fuzz_text("ts\0note\0", 8)};
  const uint32_t length_max = how & IS_SHORT ? 200 : 1 << 20, records_max = how & IS_CUT ? 2 : 1000;
  cev_decoder_set_rules(decoder, how & HAS_RULES ? state : nullptr);
  cev_batch_reset(batch);
  uint64_t record = 0, line = 0, column = 0;
  if (how & IS_STORED) {
    // What is stored may be damaged: the text, or what the mappings had made of it.
    const cls_text patches[] = {fuzz_until(&input, "\n"), fuzz_until(&input, "\n")};
    std::vector<char> padded(text.begin() + (input.bytes - reinterpret_cast<const char *>(data)) - 1, text.end());
    cev_batch_reset(metered);
    REQUIRE(cev_decode_stored(again, metered, padded.data(), uint32_t(input.left), patches, 2, arrival));
  } else if (how & IS_RECORD) {
    REQUIRE(cev_decode_record(decoder, batch, &source, 0, text.data(), length, length_max, 1, 1));
    read_batch(false, true);
  } else if (how & IS_DOCUMENT) {
    const char *problem = cev_check_document(decoder, text.data(), length, length_max, &line, &column);
    fuzz_read_string(problem);
    if (problem) return 0;
    size_t offset = 0;
    line = 0;
    for (bool is_first = true; is_first || offset < length; is_first = false) {
      const size_t before = offset;
      cev_batch_reset(batch);
      REQUIRE(cev_decode_document(decoder, batch, &source, 0, text.data(), length, length_max, records_max, &offset,
                                  &record, &line));
      REQUIRE(offset > before && offset <= length);
      read_batch(true, true);
    }
  } else {
    size_t offset = 0;
    while (offset < length) {
      cev_batch_reset(batch);
      const size_t taken = cev_decode_lines(decoder, batch, &source, 0, text.data() + offset, length - offset, true,
                                            length_max, records_max, &record, &line);
      REQUIRE(taken > 0 && taken <= length - offset);
      read_batch(false, true);
      offset += taken;
    }
    const auto newlines = uint64_t(std::count(text.begin(), text.begin() + std::ptrdiff_t(length), '\n'));
    REQUIRE(line == newlines + (length > 0 && text[length - 1] != '\n'));
  }
  return 0;
}
