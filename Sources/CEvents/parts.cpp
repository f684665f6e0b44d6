// What is metered of an event: its parts, their values, and the stored form of what the mappings changed.
#include <algorithm>

#include "decoder.hpp"
#include "text.hpp"

using namespace simdjson;

// What the mappings changed, as JSON: kept with the event, and read back by `replay`.
cls_text cev_decoder::patch_json(const cls_part &part) {
  json.clear();
  auto name = [&](const char *key) {
    json += json.empty() ? "{\"" : ",\"";
    json += key;
    json += "\":";
  };
  auto member = [&](const char *key, cls_text text) {
    name(key);
    append_json_string(json, text.bytes, text.length);
  };
  if (part.changed & CLS_CHANGED_CUSTOMER) member("customerId", part.customer_id);
  if (part.changed & CLS_CHANGED_EVENT_NAME) member("eventName", part.event_name);
  if (part.changed & CLS_CHANGED_RESOURCE) {
    if (part.resource_id.length > 0) {
      member("resourceId", part.resource_id);
    } else {
      name("resourceId");
      json += "null";
    }
  }
  if (part.changed & CLS_CHANGED_TIMESTAMP) member("timestamp", part.timestamp);
  if (part.patch_count > 0) {
    name("dimensions");
    json += '{';
    for (uint32_t i = 0; i < part.patch_count; ++i) {
      const cls_dimension &dimension = part.patch[i];
      if (i > 0) json += ',';
      append_json_string(json, dimension.key.bytes, dimension.key.length);
      json += ':';
      switch (dimension.type) {
        case CLS_NULL: json += "null"; break;
        case CLS_BOOLEAN: json += dimension.boolean ? "true" : "false"; break;
        case CLS_INTEGER: json += std::to_string(dimension.integer); break;
        case CLS_NUMBER: json.append(dimension.text.bytes, dimension.text.length); break;
        default: append_json_string(json, dimension.text.bytes, dimension.text.length);
      }
    }
    json += '}';
  }
  json += json.empty() ? "{}" : "}";
  return batch->arena.copy(json.data(), json.size());
}

// One part that the mappings made: its changed fields are checked like delivered ones.
bool cev_decoder::mapped_part(cev_record &record, const Mapped &delivered, const cls_part &part) {
  Mapped mapped = delivered;
  mapped.patch = part.patch;
  mapped.patch_count = part.patch_count;
  auto changed = [&](uint8_t bit, const char *name, cls_text text, cls_text *to) {
    return !(part.changed & bit) || check_text(record, name, {text.bytes, text.length}, to);
  };
  if (!changed(CLS_CHANGED_CUSTOMER, "customerId", part.customer_id, &mapped.customer) ||
      !changed(CLS_CHANGED_EVENT_NAME, "eventName", part.event_name, &mapped.name)) {
    return false;
  }
  if (part.changed & CLS_CHANGED_RESOURCE) {
    mapped.resource = cls_text{"", 0};
    if (part.resource_id.length > 0 &&
        !changed(CLS_CHANGED_RESOURCE, "resourceId", part.resource_id, &mapped.resource)) {
      return false;
    }
  }
  if ((part.changed & CLS_CHANGED_TIMESTAMP) &&
      !check_time(record, part.timestamp.bytes, part.timestamp.length, &mapped.timestamp)) {
    return false;
  }
  return add_part(record, mapped, patch_json(part));
}

// A part that a later filter dropped: it is stored with the filter and its reason, and not metered.
void cev_decoder::dropped_part(cev_record &record, const Mapped &delivered, const cls_part &dropped) {
  cev_part part = part_of(delivered, patch_json(dropped));
  part.dropped_by = dropped.dropped_by;
  part.reason = batch->arena.copy(dropped.reason.bytes, dropped.reason.length);
  push(record, part);
}

cev_part cev_decoder::part_of(const Mapped &mapped, cls_text patch) const {
  cev_part part{};
  part.record = uint32_t(batch->records.size() - 1);
  part.bucket = bucket_of(mapped.customer);
  part.customer_id = mapped.customer;
  part.resource_id = mapped.resource;
  part.event_name = mapped.name;
  part.customer_hash = quick_hash(mapped.customer.bytes, mapped.customer.length, 0);
  part.subject = quick_hash(mapped.customer.bytes, mapped.customer.length,
                            quick_hash(mapped.resource.bytes, mapped.resource.length, 0));
  part.timestamp = mapped.timestamp;
  part.patch = patch;
  part.dropped_by = CEV_NO_RULE;
  part.value_first = uint32_t(batch->values.size());
  return part;
}

void cev_decoder::push(cev_record &record, const cev_part &part) {
  if (record.part_count == 0) record.part_first = uint32_t(batch->parts.size());
  ++record.part_count;
  batch->parts.push_back(part);
}

bool cev_decoder::add_part(cev_record &record, const Mapped &mapped, cls_text patch) {
  const cev_part part = part_of(mapped, patch);
  batch->values.resize(batch->values.size() + metered.size());
  cev_value *values = batch->values.data() + part.value_first;
  for (size_t i = 0; i < metered.size(); ++i) {
    switch (metered[i].source) {
      case CEV_CUSTOMER_ID: values[i] = text_value(mapped.customer); break;
      case CEV_RESOURCE_ID: values[i] = mapped.resource.length ? text_value(mapped.resource) : cev_value{}; break;
      case CEV_EVENT_NAME: values[i] = text_value(mapped.name); break;
      default: break;
    }
  }
  if (has_metered_dimension) {
    for (const cls_dimension &dimension : dimensions) fill(values, dimension);
    for (uint32_t i = 0; i < mapped.patch_count; ++i) fill(values, mapped.patch[i]);
    if (!is_stored && !check_amounts(record, values)) return false;
  }
  push(record, part);
  return true;
}

// The exact amount of digits, where there is one.
static void take_amount(cev_value &value, cls_text digits) {
  cb_decimal amount{};
  value.has_amount = cb_decimal_read(digits.bytes, digits.length, &amount) == CB_DECIMAL_READ;
  value.units = amount.units;
  value.nanos = amount.nanos;
}

cev_value cev_decoder::text_value(cls_text text) {
  cev_value value{};
  value.type = CEV_STRING;
  value.text = text;
  if (text.length <= 64 && cb_is_plain_decimal(text.bytes, text.length)) take_amount(value, text);
  return value;
}

void cev_decoder::fill(cev_value *values, const cls_dimension &dimension) {
  for (size_t i = 0; i < metered.size(); ++i) {
    const MeteredField &field = metered[i];
    if (field.source != CEV_DIMENSION || field.name.size() != dimension.key.length ||
        std::memcmp(field.name.data(), dimension.key.bytes, dimension.key.length) != 0) {
      continue;
    }
    cev_value value{};
    switch (dimension.type) {
      case CLS_NULL: break;
      case CLS_BOOLEAN: value.type = dimension.boolean ? CEV_TRUE : CEV_FALSE; break;
      case CLS_STRING: value = text_value(batch->arena.copy(dimension.text.bytes, dimension.text.length)); break;
      case CLS_INTEGER: {
        char digits[24];
        int length = snprintf(digits, sizeof digits, "%lld", (long long)dimension.integer);
        value.type = CEV_NUMBER;
        value.text = batch->arena.copy(digits, size_t(length));
        value.has_amount = dimension.integer > -1000000000000000000 && dimension.integer < 1000000000000000000;
        value.units = dimension.integer;
        break;
      }
      default:
        value.type = CEV_NUMBER;
        value.text = batch->arena.copy(dimension.text.bytes, dimension.text.length);
        take_amount(value, dimension.text);
    }
    values[i] = value;
    return;
  }
}

// What is added up or compared must be exact: at most 18 digits before and 9 after the point, written as a number or as
// text. Text that is no number is none of this: it adds nothing.
bool cev_decoder::check_amounts(cev_record &record, const cev_value *values) {
  for (size_t i = 0; i < metered.size(); ++i) {
    if (!metered[i].numeric || metered[i].source != CEV_DIMENSION || values[i].has_amount) continue;
    const cls_text text = values[i].text;
    const bool is_number = values[i].type == CEV_NUMBER ||
                           (values[i].type == CEV_STRING && cb_is_plain_decimal(text.bytes, text.length));
    if (!is_number) continue;
    return reject(record, "out_of_range",
                  "'dimensions." + metered[i].name.substr(0, 80) +
                      "' is metered and must have at most 18 digits before and 9 after the point, got " +
                      shown(text.bytes, text.length));
  }
  return true;
}

// What is stored of a mapped form: patch_json's other half. False where it is damaged: every value must be of its kind, or
// the digits of the numbers would be looked for in vain.
bool cev_decoder::read_patch(dom::object object, cls_part &part) {
  uint32_t ordinal = 0;
  for (dom::key_value_pair member : object) {
    std::string_view text;
    if (member.key == "dimensions") {
      dom::object items;
      if (member.value.get_object().get(items)) return false;
      for (dom::key_value_pair item : items) {
        cls_dimension dimension{};
        dimension.key = cls_text{item.key.data(), uint32_t(item.key.size())};
        switch (item.value.type()) {
          case dom::element_type::NULL_VALUE: break;
          case dom::element_type::BOOL:
            dimension.type = CLS_BOOLEAN;
            dimension.boolean = bool(item.value);
            break;
          case dom::element_type::STRING:
            text = item.value.get_string().value_unsafe();
            dimension.type = CLS_STRING;
            dimension.text = cls_text{text.data(), uint32_t(text.size())};
            break;
          case dom::element_type::INT64:
            dimension.type = CLS_INTEGER;
            dimension.integer = item.value.get_int64().value_unsafe();
            ++ordinal;
            break;
          case dom::element_type::UINT64:
          case dom::element_type::DOUBLE:
            dimension.type = CLS_NUMBER;
            dimension.text = digits_of(ordinal++);
            break;
          default: return false;
        }
        patch.push_back(dimension);
      }
      continue;
    }
    if (member.key == "resourceId" && member.value.is_null()) {
      part.changed |= CLS_CHANGED_RESOURCE;
      continue;
    }
    if (member.value.get_string().get(text)) return false;
    const cls_text value{text.data(), uint32_t(text.size())};
    if (member.key == "customerId") { part.customer_id = value; part.changed |= CLS_CHANGED_CUSTOMER; }
    else if (member.key == "resourceId") { part.resource_id = value; part.changed |= CLS_CHANGED_RESOURCE; }
    else if (member.key == "eventName") { part.event_name = value; part.changed |= CLS_CHANGED_EVENT_NAME; }
    else if (member.key == "timestamp") { part.timestamp = value; part.changed |= CLS_CHANGED_TIMESTAMP; }
  }
  part.patch = patch.data();
  part.patch_count = uint32_t(patch.size());
  return true;
}

void cev_decoder::replay(const cls_text *patches, uint32_t count) {
  cev_record &record = batch->records.back();
  if (record.kind != CEV_EVENT || record.part_count != 1) return;
  const cev_part own = batch->parts.back();
  batch->parts.pop_back();
  batch->values.resize(own.value_first);
  record.part_count = 0;
  const Mapped delivered{own.customer_id, own.resource_id, own.event_name, own.timestamp, nullptr, 0};
  for (uint32_t i = 0; i < count; ++i) {
    if (patches[i].length == 0) {
      add_part(record, delivered, cls_text{"", 0});
      continue;
    }
    cls_part part{};
    patch.clear();
    digits_from = patches[i].bytes;
    digits_seen = 0;
    dom::object object;
    if (patch_parser.parse(patches[i].bytes, patches[i].length, true).get_object().get(object) || !read_patch(object, part)) {
      reject(record, "invalid_json", "the stored mapping is damaged");
      return;
    }
    if (!mapped_part(record, delivered, part)) return;
  }
}
