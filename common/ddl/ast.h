#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cdc::ddl {

/// What a statement says, as it says it: names without quotes, literals and type names as typed. Nothing is resolved
/// against a schema here.

struct TableName {
  std::string database;  ///< empty: the default database
  std::string table;

  bool operator==(const TableName&) const = default;
};

/// A constant in a DEFAULT, an ENUM list and the like.
struct Literal {
  enum class Kind { kNone, kString, kNational, kHex, kBit, kInteger, kReal, kBoolean, kNull };
  Kind kind = Kind::kNone;
  std::string typed;       ///< as typed without blanks; adjacent strings stand together: 'a''b' for 'a' 'b'
  std::string value;       ///< strings: the characters meant; others: as typed, without sign
  std::string introducer;  ///< "_latin1" of _latin1'x', as typed; else empty
  std::string sign;        ///< "-" or "+" as typed, else empty
};

/// A data type with its attributes.
struct DataType {
  /// The words of the type in upper case with one blank between them, as typed: "INT", "INTEGER", "DOUBLE PRECISION",
  /// "NATIONAL CHARACTER VARYING", "LONG VARBINARY", "CHAR BYTE". Attributes are not part of it.
  std::string name;
  std::vector<std::string> dimensions;  ///< (10,2) → "10", "2", as typed
  std::vector<Literal> options;         ///< of ENUM and SET
  bool is_signed = false;
  bool is_unsigned = false;
  bool zerofill = false;
  bool binary = false;    ///< attribute BINARY of a character type
  std::string charset;    ///< as typed (ASCII and UNICODE as latin1 and ucs2); empty: none
  std::string collation;  ///< empty: none
};

struct DefaultValue {
  enum class Kind {
    kNone,
    kNull,
    kLiteral,
    kCurrentTimestamp,  ///< CURRENT_TIMESTAMP, NOW()
    kLocalTime,         ///< LOCALTIME, LOCALTIMESTAMP
    kExpression,        ///< DEFAULT (…), and functions without parentheses (MariaDB)
  };
  Kind kind = Kind::kNone;
  Literal literal;
  std::string typed;  ///< of kLocalTime and kExpression
};

/// Column attributes; the same for CREATE TABLE and for ALTER TABLE … ADD, MODIFY, CHANGE.
struct ColumnDefinition {
  std::string name;
  std::string raw_name;  ///< as typed between the quotes: a doubled backtick stands doubled
  DataType type;
  std::optional<bool> null;  ///< false: NOT NULL, true: NULL; the last one counts
  DefaultValue default_value;
  bool on_update_now = false;
  bool on_update_apart = false;  ///< ON UPDATE does not follow DEFAULT CURRENT_TIMESTAMP
  bool auto_increment = false;
  bool primary_key = false;
  bool unique_key = false;
  bool invisible = false;
  bool serial_default = false;  ///< SERIAL DEFAULT VALUE
  std::optional<std::string> comment;
  std::string typed_comment;  ///< as typed between the quotes
  std::string generated;      ///< expression with its parentheses, or ROW START, ROW END; empty: not a generated column
  bool stored = false;        ///< of a generated column
  bool versioned = false;     ///< WITH SYSTEM VERSIONING
  bool cascades = false;      ///< REFERENCES, with ON DELETE or ON UPDATE that deletes or changes rows itself
};

struct KeyPart {
  std::string column;  ///< empty for an expression
  std::string length;  ///< of a prefix; empty: none
  std::string expression;
};

struct KeyDefinition {
  enum class Kind { kPrimary, kUnique, kIndex, kFulltext, kSpatial, kForeign, kCheck };
  Kind kind = Kind::kIndex;
  std::string name;  ///< of the index, else of the constraint; may be empty
  std::vector<KeyPart> parts;
  bool cascades = false;  ///< of a foreign key: it deletes or changes rows itself
};

struct TableOptions {
  std::string charset;    ///< as typed; empty: none
  std::string collation;  ///< empty: none
  std::optional<std::string> comment;
  std::string typed_comment;             ///< as typed between the quotes
  std::optional<bool> system_versioned;  ///< MariaDB: with SYSTEM VERSIONING; false: that is dropped
};

struct CreateTable {
  TableName name;
  bool temporary = false;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
  std::vector<KeyDefinition> keys;
  TableOptions options;
  std::optional<TableName> like;
  bool as_select = false;
};

/// Where ALTER TABLE puts a column.
struct ColumnPosition {
  enum class Kind { kUnchanged, kFirst, kAfter };
  Kind kind = Kind::kUnchanged;  ///< a new column then comes last
  std::string after;
};

/// One action of ALTER TABLE, in the statement's order.
struct AlterAction {
  enum class Kind {
    kAddColumn,
    kModifyColumn,  ///< column.name
    kChangeColumn,  ///< name becomes column
    kDropColumn,    ///< name
    kRenameColumn,  ///< name becomes new_name
    kSetDefault,    ///< of column name: column.default_value
    kDropDefault,   ///< of column name
    kAddKey,        ///< key
    kDropPrimaryKey,
    kDropIndex,       ///< name; constraints are dropped as kOther
    kRenameIndex,     ///< name becomes new_name
    kRenameTable,     ///< new_table
    kConvertCharset,  ///< options
    kOptions,         ///< options
    kOther,           ///< nothing that a definition shows: partitions, constraints, FORCE, ALGORITHM, …
  };
  Kind kind = Kind::kOther;
  std::string name, new_name;
  ColumnDefinition column;
  ColumnPosition position;
  KeyDefinition key;
  TableName new_table;
  TableOptions options;
  bool if_exists = false;  ///< of a column: IF EXISTS or, where it is added, IF NOT EXISTS
};

struct RenamePair {
  TableName from, to;
};

struct DatabaseChange {
  std::string name;  ///< empty: the default database (ALTER DATABASE without a name)
  std::string charset, collation;
  bool if_exists = false;  ///< IF EXISTS or IF NOT EXISTS
};

enum class StatementKind {
  kCreateTable,
  kAlterTable,
  kDropTable,
  kTruncateTable,
  kRenameTable,
  kCreateIndex,
  kDropIndex,
  kCreateDatabase,
  kAlterDatabase,
  kDropDatabase,
  kUse,
  kCreateView,
  kDropView,
  kSet,
  kTransaction,  ///< BEGIN, COMMIT, ROLLBACK, SAVEPOINT, XA …
  kOther,        ///< anything that changes no table's columns: grants, routines, triggers, FLUSH, ANALYZE, DML, …
};

struct Statement {
  StatementKind kind = StatementKind::kOther;
  /// Tables that the statement names as its objects, in its order (ALTER, DROP, TRUNCATE, CREATE INDEX …, and the
  /// table of CREATE TABLE; for RENAME see renames).
  std::vector<TableName> tables;
  bool temporary = false;  ///< of DROP TEMPORARY TABLE and CREATE TEMPORARY TABLE
  bool if_exists = false;
  CreateTable create_table;          ///< of kCreateTable
  std::vector<RenamePair> renames;   ///< of kRenameTable
  DatabaseChange database;           ///< of the statements about a database, and kUse
  std::vector<AlterAction> actions;  ///< of kAlterTable
  KeyDefinition index;               ///< of kCreateIndex
};

}  // namespace cdc::ddl
