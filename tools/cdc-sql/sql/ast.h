#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/sql/source_span.h"

namespace cdc::sql {

/// The syntax tree, as the parser builds it: names are unresolved, nothing is typed. Every node knows its place.

struct Query;
struct Expr;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::shared_ptr<const Query>;

/// catalog.database.name or table.column; `parts` as written, quotes taken off.
struct Name {
  std::vector<std::string> parts;
  Span span;
  std::string Text() const;
  const std::string& last() const { return parts.back(); }
};

enum class ExprKind {
  kColumn,       ///< name
  kStar,         ///< * or t.*: name holds the qualifier
  kNumber,       ///< text: 12, 1.5, 1e3
  kString,       ///< text
  kBytes,        ///< text: X'..'
  kBoolean,      ///< text: TRUE, FALSE
  kNull,         ///< NULL, UNKNOWN
  kDate,         ///< DATE 'text'
  kTime,         ///< TIME 'text'
  kTimestamp,    ///< TIMESTAMP 'text'
  kInterval,     ///< INTERVAL 'text' unit [TO unit]: text, unit, to_unit; negated; type.precision and scale: digits of
                 ///< the first number and of the fraction, or 0
  kUnary,        ///< text: + - NOT
  kBinary,       ///< text: OR AND = <> < <= > >= + - * / % || OVERLAPS; OR, AND and || have two args or more;
                 ///< (a - b) with a unit behind it: unit, to_unit
  kIs,           ///< text: NULL TRUE FALSE UNKNOWN; negated
  kIsDistinct,   ///< args a, b; negated: IS NOT DISTINCT FROM
  kBetween,      ///< args value, low, high; negated; text "SYMMETRIC" or empty
  kIn,           ///< args value, items…; negated
  kLike,         ///< args value, pattern [, escape]; text LIKE or SIMILAR; negated
  kCase,         ///< args [operand,] when, then, …[, else]; has_operand, has_else
  kCast,         ///< args value; type; text CAST or TRY_CAST; unit, to_unit: of an interval
  kCall,         ///< text: function in upper case; args; distinct; star; filter; unit
  kInQuery,      ///< args value; query; negated
  kQuantified,   ///< value op SOME (query), of star ALL: text is op; args value; query
  kExists,       ///< query
  kScalarQuery,  ///< query
  kRow,          ///< ROW(…) or (a, b)
  kArray,
  kMap,
  kElement,    ///< a[i]
  kField,      ///< args value; text: the field's name
  kArgument,   ///< name => value: text, args
  kNamedUnit,  ///< a time unit as argument: EXTRACT(unit FROM x), TIMESTAMPDIFF(unit, …); text
};

struct OrderItem {
  ExprPtr expr;
  bool descending = false;
  std::optional<bool> nulls_first;
};

/// What stands in OVER (…), or behind a name in WINDOW.
struct OverSpec {
  Span span;
  std::string base;  ///< OVER w: name of a window of the WINDOW clause
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  bool has_frame = false;
  bool rows = false;          ///< ROWS, else RANGE
  ExprPtr preceding;          ///< null: UNBOUNDED PRECEDING
  bool from_current = false;  ///< BETWEEN CURRENT ROW AND …
  bool to_current = true;     ///< false: the frame ends elsewhere
  Span frame_span;
};

struct Expr {
  ExprKind kind = ExprKind::kNull;
  Span span;
  std::string text;
  Name name;
  std::vector<ExprPtr> args;
  SqlType type;
  std::string unit;
  std::string to_unit;
  QueryPtr query;
  ExprPtr filter;
  std::shared_ptr<OverSpec> over;
  std::vector<OrderItem> order_by;  ///< WITHIN GROUP, ORDER BY inside an aggregate
  std::vector<std::string> words;   ///< clauses of a function's own: "NULL ON NULL", in upper case
  bool negated = false;
  bool distinct = false;
  bool star = false;
  bool has_operand = false;
  bool has_else = false;
  int depth = 1;  ///< levels of this tree, without those of queries inside
};

struct SelectItem {
  ExprPtr expr;
  std::string alias;  ///< empty: none
};

/// 'key' = 'value' of WITH (…) or of a hint.
struct Option {
  std::string key;
  std::string value;
  Span span;
};

struct TableRef;
using TableRefPtr = std::unique_ptr<TableRef>;

enum class JoinKind { kInner, kLeft, kRight, kFull, kCross, kSemi, kAnti };

/// An argument of a table function: TABLE t [PARTITION BY …], DESCRIPTOR(c), or an expression.
struct TableArgument {
  std::string name;          ///< before =>, in upper case
  std::string written_name;  ///< as it stands there
  bool is_default = false;   ///< DEFAULT
  Span span;
  TableRefPtr table;
  std::vector<Name> partition_by;
  std::vector<Name> descriptor;
  ExprPtr expr;
};

/// MATCH_RECOGNIZE.
struct MatchClause {
  static constexpr int64_t kUnbounded = INT64_MAX;
  /// A variable of the pattern with its quantifier.
  struct Element {
    std::string variable;
    int64_t least = 1, most = 1;
    bool reluctant = false;  ///< a ? behind the quantifier
    Span span;
  };
  struct Definition {
    std::string variable;
    Span span;
    ExprPtr condition;
  };
  enum class Skip { kToNextRow, kPastLastRow, kToFirst, kToLast };
  Span span;
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::vector<SelectItem> measures;
  Skip skip = Skip::kToNextRow;
  std::string skip_variable;  ///< kToFirst, kToLast
  Span skip_span;
  std::vector<Element> pattern;
  ExprPtr within;
  std::vector<Definition> define;
};

struct TableRef {
  enum class Kind { kTable, kQuery, kJoin, kFunction, kUnnest };
  Kind kind = Kind::kTable;
  Span span;
  Name name;                    ///< kTable
  std::vector<Option> options;  ///< /*+ OPTIONS(…) */
  QueryPtr query;               ///< kQuery
  std::string alias;
  std::vector<std::string> column_aliases;
  JoinKind join = JoinKind::kInner;  ///< kJoin
  TableRefPtr left, right;
  ExprPtr on;
  std::vector<std::string> using_columns;
  bool natural = false;
  bool lateral = false;                  ///< kQuery, kFunction: may use columns of what stands before it
  std::vector<TableArgument> arguments;  ///< kFunction: name in upper case
  ExprPtr unnest;                        ///< kUnnest
  bool ordinality = false;
  ExprPtr as_of;                 ///< FOR SYSTEM_TIME AS OF
  std::optional<double> sample;  ///< TABLESAMPLE: percent
  std::shared_ptr<MatchClause> match;
};

struct SelectBody {
  Span span;
  bool distinct = false;
  std::vector<SelectItem> items;
  TableRefPtr from;
  ExprPtr where;
  bool grouped = false;  ///< a GROUP BY clause is there
  std::vector<ExprPtr> group_by;
  /// With GROUPING SETS, CUBE, ROLLUP: the keys of each set, as indexes of group_by.
  std::vector<std::vector<size_t>> grouping_sets;
  ExprPtr having;
  ExprPtr qualify;
  std::vector<std::pair<std::string, std::shared_ptr<OverSpec>>> windows;
  bool state_ttl = false;  ///< the hint STATE_TTL is there
};

/// SELECT, VALUES or a set operation of two queries.
struct Query {
  enum class Kind { kSelect, kValues, kUnion, kIntersect, kExcept };
  struct Cte {
    std::string name;
    std::vector<std::string> columns;
    QueryPtr query;
    Span span;
  };
  Kind kind = Kind::kSelect;
  Span span;
  std::vector<Cte> ctes;
  SelectBody select;
  std::vector<std::vector<ExprPtr>> rows;  ///< kValues
  QueryPtr left, right;                    ///< set operations
  bool all = false;
  std::vector<OrderItem> order_by;
  std::optional<long long> limit;
  std::optional<long long> offset;
  Span limit_span;
};

struct ColumnDef {
  enum class Kind { kPhysical, kMetadata, kComputed };
  Kind kind = Kind::kPhysical;
  std::string name;
  SqlType type;
  std::string metadata_key;     ///< kMetadata; the column's name without FROM
  bool metadata_named = false;  ///< FROM is there
  bool is_virtual = false;
  bool altered = false;  ///< kComputed: by ALTER TABLE, which keeps the text as it was before planning
  std::shared_ptr<const Expr> computed;
  std::string comment;
  Span span;
};

/// DISTRIBUTED [BY [HASH | RANGE] (columns)] [INTO n BUCKETS].
struct Distribution {
  std::string kind;  ///< HASH, RANGE or empty
  std::vector<std::string> columns;
  long long buckets = 0;  ///< 0: not said
  Span span;
};

struct CreateTable {
  Name name;
  bool if_not_exists = false;
  bool or_replace = false;
  bool replaces = false;  ///< REPLACE TABLE: it is there
  bool temporary = false;
  std::vector<ColumnDef> columns;
  std::vector<std::string> column_names;  ///< (a, b) AS query: its columns in another order
  Span column_names_span;
  std::vector<std::string> primary_key;
  std::string primary_key_name;  ///< CONSTRAINT name; empty: none
  Span primary_key_span;
  std::string watermark_column;
  Span watermark_span;
  std::shared_ptr<const Expr> watermark;
  std::string comment;
  std::vector<std::string> partitioned;  ///< PARTITIONED BY
  Span partitioned_span;
  std::optional<Distribution> distribution;
  std::vector<Option> options;
  bool has_like = false;
  Name like;  ///< LIKE table
  /// INCLUDING OPTIONS: the feature, and how.
  struct LikeOption {
    std::string how, what;
    Span span;
  };
  std::vector<LikeOption> like_options;
  QueryPtr as_query;  ///< CREATE TABLE … AS query
};

/// PARTITION (column = value, …).
using PartitionSpec = std::vector<std::pair<std::string, std::shared_ptr<const Expr>>>;

/// ALTER TABLE.
struct AlterTable {
  Name name;
  /// Where a column of ADD and MODIFY goes: in front of all, or behind one; else where it was, or to the end.
  struct Place {
    bool first = false;
    std::string after;
  };
  bool if_exists = false;
  CreateTable added;          ///< ADD and MODIFY: columns, watermark and key
  std::vector<Place> places;  ///< of the columns of `added`
  bool modify = false;
  bool drop_key = false, drop_watermark = false, drop_distribution = false;
  std::string drop_constraint;       ///< DROP CONSTRAINT name
  Span span;                         ///< of what is dropped or reset
  std::vector<Option> options;       ///< SET
  std::vector<std::string> reset;    ///< RESET; also of ALTER CATALOG
  std::vector<std::string> dropped;  ///< DROP columns
  std::string rename_from;           ///< RENAME a TO b; empty: the table
  std::string rename_to;
  std::vector<PartitionSpec> added_partitions, dropped_partitions;
  bool partition_if = false;  ///< IF NOT EXISTS, IF EXISTS
};

struct CreateView {
  Name name;
  bool if_not_exists = false;
  bool temporary = false;
  bool or_replace = false;
  std::vector<std::string> columns;
  std::string comment;
  QueryPtr query;
};

struct Insert {
  Name table;
  std::vector<Option> options;  ///< /*+ OPTIONS(…) */
  std::vector<std::string> columns;
  Span columns_span;
  PartitionSpec partition;
  bool deduplicate = false;  ///< ON CONFLICT DO DEDUPLICATE
  QueryPtr query;
};

struct Statement {
  enum class Kind {
    kCreateTable,
    kCreateView,
    kDrop,
    kSet,
    kReset,
    kInsert,
    kStatementSet,
    kQuery,
    kExplain,
    kAlter,
    kAlterView,  ///< alter: name, rename_to; query
    kDescribe,
    kShow,
    kUse,              ///< object
    kUseCatalog,       ///< object
    kCreateDatabase,   ///< object, if_not_exists
    kCreateCatalog,    ///< object, if_not_exists, options; value: the comment
    kDescribeCatalog,  ///< object, extended
    kAddJar,           ///< key: ADD or REMOVE
    kNothing,
    kAlterCatalog,   ///< object; options, alter.reset or comment
    kAlterDatabase,  ///< object
  };
  Kind kind = Kind::kQuery;
  Span span;
  CreateTable create_table;
  CreateView create_view;
  std::string drop_kind;  ///< TABLE, VIEW, DATABASE, CATALOG or FUNCTION
  Name drop_name;
  bool if_exists = false;
  bool if_not_exists = false;
  bool cascade = false;    ///< DROP DATABASE
  bool temporary = false;  ///< DROP TEMPORARY
  bool extended = false;   ///< DESCRIBE CATALOG EXTENDED
  std::vector<Option> options;
  AlterTable alter;
  std::string show;                    ///< TABLES, VIEWS, COLUMNS, CREATE TABLE, CREATE VIEW, FUNCTIONS, DATABASES, …
  Name object;                         ///< DESCRIBE, SHOW … FROM, USE
  std::optional<std::string> pattern;  ///< SHOW … LIKE
  bool not_like = false;
  PartitionSpec partition;             ///< SHOW PARTITIONS t PARTITION (…)
  std::optional<std::string> comment;  ///< ALTER CATALOG c COMMENT
  std::string key, value;              ///< SET, RESET; no key: all of them
  std::vector<Insert> inserts;
  QueryPtr query;
};

}  // namespace cdc::sql
