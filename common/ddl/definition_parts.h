#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/ddl/ast.h"

namespace cdc::ddl {

/// What applying statements to a definition (definition.h) has in common.

/// In any case of ASCII letters; the end if it is not there.
std::vector<ColumnDefinition>::iterator FindColumn(std::vector<ColumnDefinition>& columns, std::string_view name);

/// An index that has a name already stays as it is.
void AddKey(KeyDefinition key, CreateTable* table);
void DropKey(std::string_view name, CreateTable* table);

/// A column's own PRIMARY KEY and UNIQUE, and what SERIAL stands for, become part of the table.
void TakeColumnKey(ColumnDefinition* column, CreateTable* table);

/// The character set that a type or an option names, by itself or by its collation; empty: none.
std::string OwnCharset(const DataType& type);
std::string CharsetOf(const TableOptions& options);

/// Types of character and binary columns become what the server makes of them with the character sets of now, and stay
/// so when those change: TEXT(n), LONG VARCHAR, NATIONAL CHAR, and all with the character set binary.
void FixTypes(CreateTable* table);

/// Text, ENUM and SET.
bool HasCharset(const DataType& type);

}  // namespace cdc::ddl
