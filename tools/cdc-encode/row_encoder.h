#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/change_line.h"
#include "common/stream_writer.h"
#include "tools/cdc-encode/chain_writer.h"
#include "tools/cdc-encode/row_text.h"
#include "tools/cdc-encode/settings.h"
#include "tools/cdc-encode/table_plan.h"
#include "tools/cdc-encode/transaction_records.h"

namespace cdc::encode {

/// Turns row changes into record lines. Buffers are kept from row to row, so that nothing is allocated per row.
class RowEncoder {
 public:
  /// `transactions` may be null: no transaction metadata.
  RowEncoder(const EncodeSettings& settings, StreamWriter& writer, ChainWriter& chain, TransactionRecords* transactions)
      : settings_(settings), writer_(writer), chain_(chain), transactions_(transactions) {}

  /// Writes the records of one change: none, one, or with tombstones and a changed key up to three. Errors: 65,
  /// with messages that begin with ": ".
  void Encode(const ChangeLine& change, const TablePlan& plan);

 private:
  using Values = std::vector<std::string_view>;
  void RenderRow(const TablePlan& plan, const Values& values, RowText& out);
  void RenderKey(const TablePlan& plan, const Values& values, std::string& out);
  void AppendPlainKey(const TablePlan& plan, const Values& values, std::string& out);
  void RenderHeader(const TablePlan& plan, const Values& values, std::string_view name, std::string& out);
  void RenderTail(const ChangeLine& change, const TablePlan& plan);
  void RenderEvent(const ChangeLine& change, const TablePlan& plan);
  void AppendColumn(const TablePlan& plan, size_t index, std::string_view raw, std::string& out);
  [[noreturn]] void BadValue(const TablePlan& plan, size_t index, std::string_view raw) const;

  void AppendAddition(const TablePlan& plan, const PlannedAddition& addition, char op, std::string& out);
  std::string_view AddHeaders(const TablePlan& plan, char op, bool tombstone, std::string_view headers);
  void WriteUnwrapped(const TablePlan& plan, char op, std::string_view key, const RowText& row,
                      std::string_view headers);
  void Route(const TablePlan& plan, const Values& values);
  bool NullsDiffer(const TablePlan& plan) const;
  bool KeyNullsDiffer(const TablePlan& plan) const;
  void WriteUpdate(const TablePlan& plan);
  void WriteDelete(const TablePlan& plan, std::string_view key, std::string_view headers);
  void WriteTombstone(const TablePlan& plan, std::string_view key, std::string_view headers);
  void WriteEnvelope(const TablePlan& plan, char op, std::string_view key, const RowText& before, const RowText& after,
                     std::string_view headers);
  static void MakeRoom(std::string_view raw, std::string& out);
  /// A piece of a record's value.
  struct Part {
    Part(std::string_view piece) : text(piece) {}
    Part(const std::string& piece) : text(piece) {}
    Part(const char* piece) : text(piece) {}
    Part(const RowText& piece) : row(&piece) {}
    size_t size() const { return row != nullptr ? row->size() : text.size(); }
    std::string_view text;
    const RowText* row = nullptr;
  };
  void WriteRecord(const TablePlan& plan, bool keyed, std::string_view key, std::string_view headers,
                   std::span<const Part> value);
  void WriteThroughChain(const TablePlan& plan, bool has_key, std::string_view key, std::string_view headers,
                         std::span<const Part> value);

  const EncodeSettings& settings_;
  StreamWriter& writer_;
  ChainWriter& chain_;
  TransactionRecords* transactions_;
  bool snapshot_ = false;
  const ChangeLine* change_ = nullptr;
  Values before_values_, after_values_;
  std::string routed_head_;          // of a record whose row names its topic, else empty
  std::set<std::string> routed_to_;  // schema lines of such topics that were written
  RowText before_, after_, row_;
  std::string key_before_, key_after_, header_, all_headers_, value_;

  // The source block of the event that the last row came from: up to the row's index, and after it.
  std::string source_, source_end_;
  size_t source_head_length_ = 0;
  const TablePlan* source_plan_ = nullptr;
  uint64_t source_serial_ = 0;
  char source_op_ = 0;
  int64_t source_ts_us_ = 0, source_thread_ = 0;
  uint64_t source_pos_ = 0, source_server_id_ = 0;
  std::string source_gtid_, source_file_, source_snapshot_;
  bool source_query_ = false;
};

}  // namespace cdc::encode
