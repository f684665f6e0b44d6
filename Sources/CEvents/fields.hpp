#pragma once
#include <string_view>

#include "CEvents.h"

/// The top-level fields that records have.
enum class Field : uint8_t {
  unknown,
  customer_id, resource_id, event_name, idempotency_key, timestamp, dimensions,
  feature_id, value, update_behavior, created_at,
  type, operation, input,
};

Field field_named(std::string_view name);

/// Whether a record of the kind, an event or a usage report, has the field.
bool has_field(cev_kind kind, Field field);

/// The field of the kind that an unknown name most likely means; NULL when it is near none.
const char *meant_by(cev_kind kind, std::string_view name);

/// Remembers what names mean: a producer's records have the same few in each.
class MeantNames {
 public:
  const char *meant(cev_kind kind, std::string_view name);

 private:
  struct Slot {
    char bytes[48];
    uint8_t length = 0, kind = 0;
    bool is_taken = false;
    const char *field = nullptr;
  };
  Slot slots[64];
};
