#pragma once

#include <string>

namespace cdc::encode {

struct MappedColumn;
struct PictureColumn;

/// JSON text of a column's default as the schema shows it; empty where it shows none: no default, an expression, a
/// literal that the connector cannot convert. The literal is read as it was typed, as the connector reads it.
std::string DefaultJson(const PictureColumn& column, const MappedColumn& mapped);

}  // namespace cdc::encode
