#pragma once

#include <string>

#include "tools/cdc-encode/connect_record.h"

namespace cdc::encode {

/// How header.converter writes: SimpleHeaderConverter bare text, JsonConverter JSON, with schemas or not.
struct HeaderForm {
  bool json = false;
  bool schemas = true;
};

/// Adds a header to the end of the record's.
void AddHeader(ConnectRecord* record, const std::string& name, const ConnectSchema& schema, const std::string& json,
               const HeaderForm& form);

/// What a JSON text holds; of another value its JSON.
std::string PlainText(const std::string& json);
/// A value's text as Connect's Values.convertToString gives it: of a decimal its digits, of a moment ISO 8601.
std::string ConnectText(const ConnectSchema& schema, const std::string& json);
/// The digits of an org.apache.kafka.connect.data.Decimal. Errors: 65.
std::string DecimalText(const ConnectSchema& schema, const std::string& json);

}  // namespace cdc::encode
