#pragma once

#include <string_view>
#include <vector>

#include "common/ddl/ast.h"
#include "tools/cdc-encode/picture.h"

namespace cdc::encode {

/// What the parts of a statement make of a picture; Picture::Apply puts them together.

PictureColumn MakePictureColumn(const ddl::ColumnDefinition& definition);

/// By name, in any case; null if the table has no such column.
PictureColumn* FindPictureColumn(TablePicture& table, std::string_view name);

/// A PRIMARY KEY takes over; a UNIQUE is taken if there is no key yet and none of its columns may be null.
void TakeKey(const ddl::KeyDefinition& key, TablePicture& table);

/// The same for a column's own PRIMARY KEY or UNIQUE; the latter whatever the column's nullability.
void TakeColumnKey(const ddl::ColumnDefinition& definition, TablePicture& table);

/// Text columns without a character set get the table's.
void FillCharsets(TablePicture& table);

/// Applies ALTER TABLE; returns the table's new name, empty if it keeps its own.
ddl::TableName ApplyAlter(const std::vector<ddl::AlterAction>& actions, TablePicture* table);

}  // namespace cdc::encode
