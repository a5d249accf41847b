#pragma once

#include <string>

#include "common/ddl/parser.h"
#include "tools/cdc-encode/picture.h"
#include "tools/cdc-encode/type_map.h"

/// A column `definition` as typed, of a column that the server calls `server_type`.
inline cdc::encode::MappedColumn Mapped(const std::string& definition, const std::string& server_type,
                                        const cdc::encode::TypeModes& modes = {}) {
  cdc::encode::Picture picture;
  picture.Apply(cdc::ddl::ParseStatement("CREATE TABLE t (c " + definition + ")", {}), "d");
  return cdc::encode::MapColumn(picture.Find("d", "t")->columns[0], cdc::ParseMysqlType(server_type), modes);
}
