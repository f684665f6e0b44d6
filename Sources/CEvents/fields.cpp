// Names of top-level fields: those that are known, and what one that is not most likely means.
#include "fields.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "decoder.hpp"
#include "text.hpp"

namespace {

const char *const event_fields[] = {"customerId", "eventName", "resourceId", "idempotencyKey", "timestamp", "dimensions",
                                    nullptr};
const char *const usage_fields[] = {"customerId",     "featureId", "value",     "updateBehavior",
                                    "resourceId",     "createdAt", "idempotencyKey", "dimensions", nullptr};

// What other systems call these fields, without `_` and `-` and in lower case. NULL: means nothing in that kind.
struct Alias {
  const char *name, *of_event, *of_usage;
};
const Alias aliases[] = {
    {"time", "timestamp", "createdAt"},
    {"ts", "timestamp", "createdAt"},
    {"timestamp", nullptr, "createdAt"},
    {"customer", "customerId", "customerId"},
    {"event", "eventName", "featureId"},
    {"eventid", "idempotencyKey", "idempotencyKey"},
    {"key", "idempotencyKey", "idempotencyKey"},
    {"dimension", "dimensions", "dimensions"},
    {"properties", "dimensions", "dimensions"},
    {"quantity", "dimensions", "value"},
    {"amount", "dimensions", "value"},
};

// No longer name is near a known one.
constexpr size_t length_max = 48;

// In lower case and without `_` and `-`.
size_t fold(std::string_view name, char out[length_max]) {
  size_t length = 0;
  for (char c : name) {
    if (c == '_' || c == '-') continue;
    out[length++] = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  }
  return length;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

Field field_named(std::string_view name) {
  switch (name.size()) {
    case 4: return name == "type" ? Field::type : Field::unknown;
    case 5:
      if (name == "value") return Field::value;
      return name == "input" ? Field::input : Field::unknown;
    case 9:
      if (name == "eventName") return Field::event_name;
      if (name == "timestamp") return Field::timestamp;
      if (name == "featureId") return Field::feature_id;
      if (name == "createdAt") return Field::created_at;
      return name == "operation" ? Field::operation : Field::unknown;
    case 10:
      if (name == "customerId") return Field::customer_id;
      if (name == "dimensions") return Field::dimensions;
      return name == "resourceId" ? Field::resource_id : Field::unknown;
    case 14:
      if (name == "idempotencyKey") return Field::idempotency_key;
      return name == "updateBehavior" ? Field::update_behavior : Field::unknown;
    default: return Field::unknown;
  }
}

bool has_field(cev_kind kind, Field field) {
  switch (field) {
    case Field::customer_id: case Field::resource_id: case Field::idempotency_key: case Field::dimensions: return true;
    case Field::event_name: case Field::timestamp: return kind == CEV_EVENT;
    case Field::feature_id: case Field::value: case Field::update_behavior: case Field::created_at:
      return kind == CEV_USAGE;
    case Field::unknown: case Field::type: case Field::operation: case Field::input: return false;
  }
  return false;
}

extern "C" const char *const *cev_fields(cev_kind kind) {
  return kind == CEV_EVENT ? event_fields : usage_fields;
}

const char *meant_by(cev_kind kind, std::string_view name) {
  if (name.size() > length_max) return nullptr;
  char folded_bytes[length_max], known_bytes[length_max];
  std::string_view folded(folded_bytes, fold(name, folded_bytes));
  const char *near = nullptr;
  for (auto field = cev_fields(kind); *field; ++field) {
    std::string_view known(known_bytes, fold(*field, known_bytes));
    if (known == folded) return *field;
    if (!near && cb_distance(known.data(), known.size(), folded.data(), folded.size(), 1) <= 1) near = *field;
  }
  for (const Alias &alias : aliases) {
    if (folded != alias.name) continue;
    if (auto field = kind == CEV_EVENT ? alias.of_event : alias.of_usage) return field;
  }
  return near;
}

const char *MeantNames::meant(cev_kind kind, std::string_view name) {
  if (name.size() > length_max) return nullptr;
  Slot &slot = slots[quick_hash(name.data(), name.size(), kind) & 63];
  if (slot.is_taken && slot.kind == kind && std::string_view(slot.bytes, slot.length) == name) return slot.field;
  slot.field = meant_by(kind, name);
  std::memcpy(slot.bytes, name.data(), name.size());
  slot.length = uint8_t(name.size());
  slot.kind = uint8_t(kind);
  slot.is_taken = true;
  return slot.field;
}

bool cev_decoder::is_ignored(std::string_view name) const {
  const char *p = source->ignored.bytes, *end = p + source->ignored.length;
  while (p < end) {
    std::string_view ignored(p);
    if (ignored == name) return true;
    p += ignored.size() + 1;
  }
  return false;
}

bool cev_decoder::reject_field(cev_record &record, std::string_view name, const char *of, const char *meant) {
  return reject(record, "unknown_field",
                shown(name.data(), name.size()) + " is no field of " + of + "; did you mean \"" + meant +
                    "\"? Where it is meant to be there, list it in the inbox's `ignore`");
}

// A record of no kind may have misspelt the field that makes its kind. False when it is rejected for that.
bool cev_decoder::check_kind(cev_record &record, bool has_feature, bool has_value) {
  for (const Other &other : others) {
    if (other.field != Field::unknown || is_ignored(other.name)) continue;
    const char *meant = meant_names.meant(CEV_EVENT, other.name);
    if (meant && std::strcmp(meant, "eventName") == 0) return reject_field(record, other.name, "an event", meant);
    meant = has_feature == has_value ? nullptr : meant_names.meant(CEV_USAGE, other.name);
    if (meant && std::strcmp(meant, has_feature ? "value" : "featureId") == 0) {
      return reject_field(record, other.name, "a usage report", meant);
    }
  }
  return true;
}

// Fields that an event or a usage report does not have: one that is near a known one rejects the record, the others are
// listed with it. What is stored was accepted.
bool cev_decoder::check_fields(cev_record &record) {
  const cev_kind kind = cev_kind(record.kind);
  if (is_stored || (kind != CEV_EVENT && kind != CEV_USAGE)) return true;
  if (kind == CEV_USAGE && fields.has_timestamp) others.push_back({Field::timestamp, "timestamp"});
  if (others.empty()) return true;
  const char *misspelt = nullptr;
  std::string_view name;
  const uint32_t before = batch->records.size() > 1 ? batch->records.end()[-2].unknown_first : 0;
  record.unknown_first = uint32_t(batch->unknown.size());
  for (const Other &other : others) {
    if (has_field(kind, other.field) || is_ignored(other.name)) continue;
    if (const char *meant = meant_names.meant(kind, other.name)) {
      if (!misspelt) {
        misspelt = meant;
        name = other.name;
      }
      continue;
    }
    list_unknown(record, other.name, before + record.unknown_count);
  }
  if (!misspelt) return true;
  std::string_view customer;
  if (fields.has_customer && !fields.customer.get_string().get(customer) && !customer.empty() && customer.size() <= 255 &&
      std::none_of(customer.begin(), customer.end(), is_control)) {
    record.customer_id = batch->arena.copy(customer.data(), customer.size());
  }
  return reject_field(record, name, kind == CEV_EVENT ? "an event" : "a usage report", misspelt);
}

// Adds a name to the record's list, each once. `similar` is where the record before had its name in this place: most
// often the same one, whose bytes are used again.
void cev_decoder::list_unknown(cev_record &record, std::string_view name, uint32_t similar) {
  auto &unknown = batch->unknown;
  if (record.unknown_count > cev_batch::unknown_max) return;
  if (record.unknown_count == cev_batch::unknown_max) {
    unknown.push_back(cls_text{"", 0});  // the rest together
    ++record.unknown_count;
    return;
  }
  constexpr size_t length_max = 64;
  size_t length = name.size();
  if (length > length_max) {
    length = length_max;
    while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
  }
  // What no name should hold is escaped, so that it is text wherever it is stored and shown.
  std::string escaped;
  if (std::any_of(name.begin(), name.begin() + std::ptrdiff_t(length), is_control)) {
    append_json_string(escaped, name.data(), length);
    name = std::string_view(escaped).substr(1, escaped.size() - 2);
    length = name.size();
  }
  auto is_same = [&](const cls_text &text) {
    return text.length == length && std::memcmp(text.bytes, name.data(), length) == 0;
  };
  for (uint32_t i = record.unknown_first; i < unknown.size(); ++i) {
    if (is_same(unknown[i])) return;
  }
  const bool is_known = similar < record.unknown_first && is_same(unknown[similar]);
  unknown.push_back(is_known ? unknown[similar] : batch->arena.copy(name.data(), length));
  ++record.unknown_count;
}
