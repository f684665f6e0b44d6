#pragma once
#include <CBase.h>
#include <CJSON.h>
#include <simdjson.h>
#include <string>
#include <vector>

#include "CEvents.h"
#include "batch.hpp"
#include "fields.hpp"
#include "hash.hpp"

/// Where the value of a metered field comes from.
struct MeteredField {
  uint8_t source;  // cev_field_source
  std::string name;
  bool numeric;
};

/// Decodes one record after another into a batch; keeps its buffers between records.
struct cev_decoder {
  static constexpr size_t depth_max = 64;

  uint8_t hash_key[16];
  cls_state *rules = nullptr;
  bool is_stored = false;  // metering again what was accepted: numbers that are no amounts just do not count
  std::vector<MeteredField> metered;
  bool has_metered_dimension = false;
  simdjson::dom::parser parser;
  uint64_t aside = 0;  // the number of the record that is not read, 0 for none
  std::string aside_message;

  // Of the call in progress.
  cev_batch *batch = nullptr;
  const cev_source *source = nullptr;
  cls_text received_text{};
  char received_bytes[CB_INSTANT_TEXT];
  uint32_t segment = 0, record_length_max = 0;
  uint64_t number = 0, line = 0;
  const char *text_begin = nullptr;  // of the text that the record lies in: where its line begins is found from there

  /// Turns to a batch, and to the text that its records lie in.
  void begin(cev_batch *to, const cev_source *from, uint32_t of, uint32_t length_max, const char *text);
  void decode(const char *bytes, size_t length);
  /// Takes in a row of a table that is no record: its message and its text.
  void reject_row(const char *bytes, size_t length);
  /// Replaces the parts of the event just decoded by those that the stored patches describe.
  void replay(const cls_text *patches, uint32_t count);

  /// The mapped form of an event: the delivered fields, or what a mapping made of them.
  struct Mapped {
    cls_text customer, resource, name;
    int64_t timestamp;
    const cls_dimension *patch;
    uint32_t patch_count;
  };

  // Of the record in progress.
  struct Fields {
    simdjson::dom::element customer, resource, event_name, key, timestamp, dimensions, type;
    bool has_customer = false, has_resource = false, has_event_name = false, has_key = false, has_timestamp = false,
         has_dimensions = false, has_type = false;
    uint32_t numbers_before = 0;  // numbers in the text before the dimensions
  } fields;
  /// Fields of the record in progress that not every kind has.
  struct Other {
    Field field;
    std::string_view name;
  };
  std::vector<Other> others;
  MeantNames meant_names;
  std::vector<cls_dimension> dimensions;
  std::string json;
  std::vector<char> stored;
  simdjson::dom::parser patch_parser;
  std::vector<cls_dimension> patch;
  const char *digits_from = nullptr;
  uint32_t digits_seen = 0, numbers = 0;

  cev_record &add_record(const char *bytes, size_t length);
  std::string problem(simdjson::error_code error) const;
  static const char *hint(const cjson_fault &fault);
  std::string located(const char *bytes, size_t length, simdjson::error_code error) const;
  bool reject(cev_record &record, const char *code, const std::string &message);
  void reject_twin(cev_record &record, const std::string &name);
  void recognise(cev_record &record, simdjson::dom::object object);
  bool is_ignored(std::string_view name) const;
  bool reject_field(cev_record &record, std::string_view name, const char *of, const char *meant);
  bool check_kind(cev_record &record, bool has_feature, bool has_value);
  bool check_fields(cev_record &record);
  void list_unknown(cev_record &record, std::string_view name, uint32_t similar);
  bool text_field(cev_record &record, const char *name, bool present, simdjson::dom::element value, bool required,
                  cls_text *out);
  bool check_text(cev_record &record, const char *name, std::string_view text, cls_text *out);
  bool check_time(cev_record &record, const char *text, size_t length, int64_t *out);
  cls_text digits_of(uint32_t ordinal);
  bool read_dimensions(cev_record &record);
  void event(cev_record &record);
  cls_text patch_json(const cls_part &part);
  void dropped_part(cev_record &record, const Mapped &delivered, const cls_part &dropped);
  cev_part part_of(const Mapped &mapped, cls_text patch) const;
  void push(cev_record &record, const cev_part &part);
  bool read_patch(simdjson::dom::object object, cls_part &part);
  bool mapped_part(cev_record &record, const Mapped &delivered, const cls_part &part);
  bool add_part(cev_record &record, const Mapped &mapped, cls_text patch);
  static cev_value text_value(cls_text text);
  void fill(cev_value *values, const cls_dimension &dimension);
  bool check_amounts(cev_record &record, const cev_value *values);
};

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
