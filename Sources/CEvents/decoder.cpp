#include "decoder.hpp"

#include <algorithm>
#include <cstring>

#include "text.hpp"

using namespace simdjson;

namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// How many numbers a value holds: their digits are found again by counting them in document order.
uint32_t count_numbers(dom::element value) {
  switch (value.type()) {
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE: return 1;
    case dom::element_type::ARRAY: {
      uint32_t sum = 0;
      // Named copies here and below: a range that is a member of a temporary would dangle.
      const dom::array items = value.get_array().value_unsafe();
      for (dom::element item : items) sum += count_numbers(item);
      return sum;
    }
    case dom::element_type::OBJECT: {
      uint32_t sum = 0;
      const dom::object members = value.get_object().value_unsafe();
      for (dom::key_value_pair member : members) sum += count_numbers(member.value);
      return sum;
    }
    default: return 0;
  }
}

}  // namespace

bool cev_decoder::reject(cev_record &record, const char *code, const std::string &message) {
  record.verdict = CEV_REJECTED;
  record.code = code;
  record.message = batch->arena.copy(message.data(), std::min<size_t>(message.size(), 8192));
  record.part_first = uint32_t(batch->parts.size());
  record.part_count = 0;
  return false;
}

cev_record &cev_decoder::add_record(const char *bytes, size_t length) {
  batch->records.push_back(cev_record{});
  cev_record &record = batch->records.back();
  record.number = number;
  record.line = line;
  record.text = bytes;
  record.length = uint32_t(length);
  record.segment = segment;
  record.kind = CEV_UNKNOWN;
  record.rule = CEV_NO_RULE;
  record.timestamp = source->received_at;
  record.part_first = uint32_t(batch->parts.size());
  return record;
}

void cev_decoder::reject_row(const char *bytes, size_t length) {
  const std::string_view line(bytes, length);
  const size_t text = std::min(line.find(char(CEV_ROW_TEXT)), length);
  const size_t start = std::min(text + 1, length);
  cev_record &record = add_record(bytes + start, length - start);
  reject(record, "invalid_csv", std::string(line.substr(0, text)));
}

void cev_decoder::reject_twin(cev_record &record, const std::string &name) {
  reject(record, "invalid_json",
         shown(name.data(), name.size()) + " stands twice in one object; leave one out, nobody can tell which is meant");
}

void cev_decoder::decode(const char *bytes, size_t length) {
  cev_record &record = add_record(bytes, length);
  if (aside != 0 && number == aside) {
    record.length = uint32_t(std::min<size_t>(length, record_length_max));
    reject(record, "poison", aside_message);
    return;
  }
  if (length > record_length_max) {
    // What is kept of it is enough to find the producer.
    record.length = uint32_t(std::min<size_t>(length, 65536));
    reject(record, "too_large", "expected a record of at most " + std::to_string(record_length_max) + " bytes, got " +
                                    std::to_string(length) + "; split it");
    return;
  }
  if (parser.capacity() < length) {
    if (parser.allocate(length < 65536 ? 65536 : length * 2, depth_max)) throw std::bad_alloc();
  }
  dom::element root;
  auto error = parser.parse(bytes, length, false).get(root);
  if (error == MEMALLOC) throw std::bad_alloc();
  if (error) {
    reject(record, "invalid_json", located(bytes, length, error));
    return;
  }
  dom::object object;
  if (root.get_object().get(object)) {
    reject(record, "unknown_kind", std::string("expected a JSON object, got ") + kind_of(root));
    return;
  }
  digits_from = bytes;
  digits_seen = 0;
  numbers = 0;
  recognise(record, object);
}

// What is wrong with a record, and where: it is read once more for that, slowly. Lines made of a table are nobody's to look
// at.
std::string cev_decoder::located(const char *bytes, size_t length, error_code error) const {
  cjson_fault fault;
  if (source->is_table || !cjson_find_fault(bytes, length, depth_max, CJSON_BOUNDED_NUMBERS, &fault)) {
    return problem(error);
  }
  size_t column = fault.column;
  if (fault.line == 1) {
    for (const char *p = bytes; p > text_begin && p[-1] != '\n'; --p) {
      if ((static_cast<unsigned char>(p[-1]) & 0xc0) != 0x80) ++column;
    }
  }
  return "line " + std::to_string(line + fault.line - 1) + ", column " + std::to_string(column) + ": " +
         (error == DEPTH_ERROR ? problem(error) : std::string(fault.what) + hint(fault));
}

// What a person can do about it, where the fault alone says too little.
const char *cev_decoder::hint(const cjson_fault &fault) {
  const std::string_view what(fault.what);
  auto ends = [&](std::string_view end) { return what.size() >= end.size() && what.substr(what.size() - end.size()) == end; };
  if (ends("never closed") || ends("got the end")) return "; is the record cut off?";
  return ends("no UTF-8 text") ? "; send UTF-8 without a legacy code page" : "";
}

// simdjson's own words, with what a person can do about it where the code alone says too little.
std::string cev_decoder::problem(error_code error) const {
  switch (error) {
    case UTF8_ERROR: return "the text is not valid UTF-8; send UTF-8 without a legacy code page";
    case NUMBER_ERROR: return "a number is malformed or too large for JSON here (NaN, Infinity, 1e999, more than 64 bits); send large numbers as strings";
    case STRING_ERROR: return "a string holds an escape that is none, or half of a surrogate pair such as \\ud83d alone";
    case DEPTH_ERROR: return "nested deeper than " + std::to_string(depth_max) + " levels";
    case EMPTY: return "expected a JSON object, got nothing";
    case UNCLOSED_STRING: return "a string is not closed; is the record cut off?";
    case UNESCAPED_CHARS: return "a string holds a raw control character; escape it";
    default: return std::string("not valid JSON: ") + error_message(error);
  }
}

void cev_decoder::recognise(cev_record &record, dom::object object) {
  bool operation = false, input = false, feature = false, value = false;
  std::string_view twin;
  fields = Fields{};
  others.clear();
  for (dom::key_value_pair member : object) {
    const Field field = field_named(member.key);
    const bool is_twin = field == Field::event_name        ? fields.has_event_name
                         : field == Field::timestamp       ? fields.has_timestamp
                         : field == Field::customer_id     ? fields.has_customer
                         : field == Field::resource_id     ? fields.has_resource
                         : field == Field::idempotency_key ? fields.has_key
                         : field == Field::dimensions      ? fields.has_dimensions
                                                           : field == Field::type && fields.has_type;
    if (is_twin) twin = member.key;
    switch (field) {
      case Field::event_name: fields.event_name = member.value; fields.has_event_name = true; break;
      case Field::timestamp: fields.timestamp = member.value; fields.has_timestamp = true; break;
      case Field::customer_id: fields.customer = member.value; fields.has_customer = true; break;
      case Field::resource_id: fields.resource = member.value; fields.has_resource = true; break;
      case Field::idempotency_key: fields.key = member.value; fields.has_key = true; break;
      case Field::dimensions:
        fields.dimensions = member.value;
        fields.has_dimensions = true;
        fields.numbers_before = numbers;
        break;
      case Field::type: fields.type = member.value; fields.has_type = true; break;
      case Field::feature_id: feature = true; others.push_back({field, member.key}); break;
      case Field::value: value = true; others.push_back({field, member.key}); break;
      case Field::operation: operation = true; others.push_back({field, member.key}); break;
      case Field::input: input = true; others.push_back({field, member.key}); break;
      default: others.push_back({field, member.key}); break;
    }
    numbers += count_numbers(member.value);
  }
  // What is stored was accepted. Twins among the other fields are found where these records are performed.
  if (!twin.empty() && !is_stored) return reject_twin(record, std::string(twin));
  bool kinds[] = {fields.has_event_name, feature && value, fields.has_type, operation && input};
  int matches = kinds[0] + kinds[1] + kinds[2] + kinds[3];
  if (matches != 1) {
    static const char *const names[] = {"an event (eventName)", "a usage report (featureId and value)",
                                        "a webhook (type)", "an operation (operation and input)"};
    if (matches == 0) {
      if (!check_kind(record, feature, value)) return;
      reject(record, "unknown_kind",
             "expected an event (eventName), a usage report (featureId and value), a webhook (type) or an operation "
             "(operation and input), got none of these fields");
    } else {
      std::string both;
      for (int i = 0; i < 4; ++i) {
        if (kinds[i]) both += (both.empty() ? "" : " and ") + std::string(names[i]);
      }
      reject(record, "ambiguous_kind", "expected one kind of record, got " + both + " at once");
    }
    return;
  }
  record.kind = uint8_t(kinds[0] ? CEV_EVENT : kinds[1] ? CEV_USAGE : kinds[2] ? CEV_WEBHOOK : CEV_OPERATION);
  if (!(source->accepts & (1 << record.kind))) {
    static const char *const names[] = {"events", "usage reports", "webhooks", "operations"};
    reject(record, "kind_not_accepted",
           std::string("this inbox does not accept ") + names[record.kind] +
               "; list the kind in its `accept`, or deliver elsewhere");
    return;
  }
  if (!check_fields(record)) return;
  if (record.kind != CEV_EVENT) batch->performed += record.kind == CEV_OPERATION ? cev_batch::operation_weight : 1;
  if (record.kind == CEV_EVENT) {
    event(record);
  } else if (record.kind == CEV_WEBHOOK && !fields.type.is_string()) {
    reject(record, "wrong_type", std::string("'type' must be a string, got ") + kind_of(fields.type));
  }
}

// A required or optional text field of 1 to 255 bytes.
bool cev_decoder::text_field(cev_record &record, const char *name, bool present, dom::element value, bool required,
                             cls_text *out) {
  *out = cls_text{"", 0};
  if (!present || value.is_null()) {
    if (!required) return true;
    return reject(record, "missing_field", std::string("'") + name + "' is missing; expected a string of 1 to 255 bytes");
  }
  std::string_view text;
  if (value.get_string().get(text)) {
    return reject(record, "wrong_type", std::string("'") + name + "' must be a string, got " + kind_of(value));
  }
  return check_text(record, name, text, out);
}

bool cev_decoder::check_text(cev_record &record, const char *name, std::string_view text, cls_text *out) {
  if (text.empty() || text.size() > 255) {
    return reject(record, "out_of_range",
                  std::string("'") + name + "' must have 1 to 255 bytes, got " + std::to_string(text.size()));
  }
  if (has_control(text)) {
    return reject(record, "out_of_range",
                  std::string("'") + name + "' must not contain control characters, got " + shown(text.data(), text.size()));
  }
  *out = batch->arena.copy(text.data(), text.size());
  return true;
}

bool cev_decoder::check_time(cev_record &record, const char *text, size_t length, int64_t *out) {
  // 2000-01-01T00:00:00Z
  const int64_t earliest = 946684800000000;
  if (!cb_instant_read(text, length, out)) {
    return reject(record, "invalid_timestamp",
                  "'timestamp' must be an RFC 3339 instant such as \"2026-10-01T00:00:02.500Z\", got " + shown(text, length));
  }
  if (*out < earliest || *out > source->latest) {
    char latest[CB_INSTANT_TEXT];
    std::string end(latest, cb_instant_write(source->latest, 3, latest));
    return reject(record, "invalid_timestamp",
                  "'timestamp' must lie between 2000-01-01T00:00:00Z and " + end + " (arrival plus events.max_future), got " +
                      shown(text, length));
  }
  return true;
}

void cev_decoder::event(cev_record &record) {
  cls_text customer, resource, name, key;
  if (!text_field(record, "customerId", fields.has_customer, fields.customer, true, &customer) ||
      !text_field(record, "eventName", fields.has_event_name, fields.event_name, true, &name) ||
      !text_field(record, "resourceId", fields.has_resource, fields.resource, false, &resource) ||
      !text_field(record, "idempotencyKey", fields.has_key, fields.key, false, &key)) {
    return;
  }
  record.customer_id = customer;
  record.idempotency_key = key;
  record.has_key = key.length > 0;
  cls_text time{};
  char time_text[CB_INSTANT_TEXT];
  if (fields.has_timestamp && !fields.timestamp.is_null()) {
    std::string_view text;
    if (fields.timestamp.get_string().get(text)) {
      reject(record, "wrong_type",
             std::string("'timestamp' must be a string such as \"2026-10-01T00:00:02.500Z\", got ") + kind_of(fields.timestamp));
      return;
    }
    if (!check_time(record, text.data(), text.size(), &record.timestamp)) return;
    if (text.size() <= 27 && text[10] == 'T' && text.back() == 'Z') {
      time = cls_text{text.data(), uint32_t(text.size())};
    }
  }
  if (!read_dimensions(record)) return;
  Hasher hasher(hash_key);
  hasher.add_field(customer.bytes, customer.length);
  hasher.add_field(resource.bytes, resource.length);
  hasher.add_field(name.bytes, name.length);
  if (record.has_key) {
    hasher.add_field(key.bytes, key.length);
  } else {
    hasher.add_field(source->delivery.bytes, source->delivery.length);
    hasher.add(&record.number, 8);
  }
  record.identity = hasher.finish();
  // The customer's bucket leads, so that sorted identities lie by shard.
  record.identity.high = (record.identity.high >> 8) | (uint64_t(bucket_of(customer)) << 56);

  Mapped delivered{customer, resource, name, record.timestamp, nullptr, 0};
  if (!rules || !cls_rules_match(rules, name)) {
    add_part(record, delivered, cls_text{"", 0});
    return;
  }
  if (time.length == 0) time = cls_text{time_text, uint32_t(cb_instant_write(record.timestamp, 3, time_text))};
  cls_event seen{};
  seen.customer_id = customer;
  seen.resource_id = resource;
  seen.event_name = name;
  seen.idempotency_key = key;
  seen.timestamp = time;
  seen.received_at = received_text;
  seen.dimensions = dimensions.data();
  seen.dimension_count = uint32_t(dimensions.size());
  cls_result result{};
  cls_rules_apply(rules, &seen, &result);
  switch (result.outcome) {
    case CLS_UNCHANGED: add_part(record, delivered, cls_text{"", 0}); break;
    case CLS_FILTERED:
      record.verdict = CEV_FILTERED;
      record.rule = result.rule;
      record.message = batch->arena.copy(result.text.bytes, result.text.length);
      break;
    case CLS_FAILED: {
      static const char *const codes[] = {"rule_error", "rule_timeout", "rule_memory", "rule_answer"};
      reject(record, codes[result.code & 3], std::string(result.text.bytes, result.text.length));
      record.rule = result.rule;
      break;
    }
    case CLS_MAPPED:
      for (uint32_t i = 0; i < result.part_count; ++i) {
        if (result.parts[i].dropped_by != CLS_KEPT) {
          dropped_part(record, delivered, result.parts[i]);
        } else if (!mapped_part(record, delivered, result.parts[i])) {
          record.rule = result.rule;
          return;
        }
      }
      break;
  }
}
