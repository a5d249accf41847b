#include "tools/binlog-tail/json_diff.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/json_scan.h"
#include "tools/binlog-tail/byte_cursor.h"
#include "tools/binlog-tail/json_binary.h"

namespace cdc::tail {
namespace {

enum class Operation : uint8_t { kReplace = 0, kInsert = 1, kRemove = 2 };

struct Diff {
  Operation operation = Operation::kReplace;
  std::string_view path;
  std::string_view value;  // binary JSON
};

/// A document taken apart. Scalars are kept as the text that they become.
struct Member;
struct Node {
  enum class Kind { kScalar, kObject, kArray } kind = Kind::kScalar;
  std::string text;
  std::vector<Member> members;
  std::vector<Node> elements;
};
struct Member {
  std::string name;
  Node value;
};

struct Leg {
  bool is_index = false;
  size_t index = 0;
  std::string name;
};

[[noreturn]] void BadPath(std::string_view path, const std::string& why) {
  Fail(ExitStatus::kData, "cannot apply a partial update of a JSON document at path " + std::string(path) + ": " + why);
}

std::vector<Diff> DecodeDiffs(std::string_view bytes) {
  std::vector<Diff> diffs;
  ByteCursor cursor(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  while (!cursor.at_end()) {
    Diff diff;
    const uint8_t operation = cursor.ReadU8();
    if (operation > 2) cursor.FailHere("operation " + std::to_string(operation) + " on a JSON document is not known");
    diff.operation = static_cast<Operation>(operation);
    diff.path = cursor.TakeText(cursor.ReadPackedLength());
    if (diff.operation != Operation::kRemove) diff.value = cursor.TakeText(cursor.ReadPackedLength());
    diffs.push_back(diff);
  }
  return diffs;
}

Node BuildNode(const JsonBinaryValue& value, int depth, size_t& budget) {
  if (depth > kMaxJsonDepth || budget-- == 0) Fail(ExitStatus::kData, "damaged JSON document: its parts overlap");
  Node node;
  if (!JsonBinaryContainer::IsContainer(value.type)) {
    TextBuffer text;
    AppendJsonScalar(text, value);
    node.text = text.view();
    return node;
  }
  const JsonBinaryContainer container(value);
  node.kind = container.is_object() ? Node::Kind::kObject : Node::Kind::kArray;
  for (size_t i = 0; i < container.count(); ++i) {
    Node child = BuildNode(container.Value(i), depth + 1, budget);
    if (container.is_object())
      node.members.push_back({std::string(container.Key(i)), std::move(child)});
    else
      node.elements.push_back(std::move(child));
  }
  return node;
}

Node BuildDocument(std::string_view binary) {
  size_t budget = binary.size() + 1;
  return BuildNode(JsonBinaryRoot(binary), 1, budget);
}

/// $.name, $."quoted name", $[3], in any sequence.
std::vector<Leg> ParsePath(std::string_view path) {
  std::vector<Leg> legs;
  if (path.empty() || path[0] != '$') BadPath(path, "it does not begin with $");
  size_t at = 1;
  while (at < path.size()) {
    Leg leg;
    if (path[at] == '[') {
      const size_t close = path.find(']', at);
      uint64_t index;
      if (close == std::string_view::npos || !ParseJsonUnsigned(path.substr(at + 1, close - at - 1), &index))
        BadPath(path, "bad array index");
      leg.is_index = true;
      leg.index = static_cast<size_t>(index);
      at = close + 1;
    } else if (path[at] == '.' && at + 1 < path.size() && path[at + 1] == '"') {
      const size_t end = SkipJsonValue(path, at + 1);
      if (end == std::string_view::npos || !AppendUnescaped(leg.name, path.substr(at + 1, end - at - 1)))
        BadPath(path, "bad quoted name");
      at = end;
    } else if (path[at] == '.') {
      const size_t end = std::min(path.find_first_of(".[", at + 1), path.size());
      leg.name = path.substr(at + 1, end - at - 1);
      at = end;
    } else {
      BadPath(path, "neither . nor [ at byte " + std::to_string(at + 1));
    }
    legs.push_back(std::move(leg));
  }
  return legs;
}

/// Members are sorted by the length of their names, then by bytes.
std::vector<Member>::iterator MemberPlace(Node& object, const std::string& name) {
  return std::lower_bound(object.members.begin(), object.members.end(), name,
                          [](const Member& member, const std::string& wanted) {
                            if (member.name.size() != wanted.size()) return member.name.size() < wanted.size();
                            return member.name < wanted;
                          });
}

Node* Child(Node& parent, const Leg& leg) {
  if (leg.is_index) {
    // [0] of something that is no array is the thing itself.
    if (parent.kind != Node::Kind::kArray) return leg.index == 0 ? &parent : nullptr;
    return leg.index < parent.elements.size() ? &parent.elements[leg.index] : nullptr;
  }
  if (parent.kind != Node::Kind::kObject) return nullptr;
  const auto place = MemberPlace(parent, leg.name);
  return place != parent.members.end() && place->name == leg.name ? &place->value : nullptr;
}

void Insert(Node& parent, const Leg& leg, Node value, std::string_view path) {
  if (leg.is_index) {
    if (parent.kind != Node::Kind::kArray) BadPath(path, "there is no array");
    const size_t index = std::min(leg.index, parent.elements.size());
    parent.elements.insert(parent.elements.begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
    return;
  }
  if (parent.kind != Node::Kind::kObject) BadPath(path, "there is no object");
  parent.members.insert(MemberPlace(parent, leg.name), {leg.name, std::move(value)});
}

void Remove(Node& parent, const Leg& leg, std::string_view path) {
  Node* child = Child(parent, leg);
  if (child == nullptr || child == &parent) BadPath(path, "there is nothing to remove");
  if (leg.is_index)
    parent.elements.erase(parent.elements.begin() + static_cast<std::ptrdiff_t>(leg.index));
  else
    parent.members.erase(MemberPlace(parent, leg.name));
}

void Apply(Node& document, const Diff& diff) {
  const std::vector<Leg> legs = ParsePath(diff.path);
  Node* at = &document;
  const size_t parents = diff.operation == Operation::kReplace ? legs.size() : legs.empty() ? 0 : legs.size() - 1;
  for (size_t i = 0; i < parents; ++i) {
    at = Child(*at, legs[i]);
    if (at == nullptr) BadPath(diff.path, "it leads nowhere");
  }
  if (diff.operation == Operation::kReplace) {
    *at = BuildDocument(diff.value);
    return;
  }
  if (legs.empty()) BadPath(diff.path, "the document itself can only be replaced");
  if (diff.operation == Operation::kInsert)
    Insert(*at, legs.back(), BuildDocument(diff.value), diff.path);
  else
    Remove(*at, legs.back(), diff.path);
}

void AppendNode(TextBuffer& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kScalar: return out.Append(node.text);
    case Node::Kind::kObject: {
      out.Push('{');
      bool first = true;
      for (const auto& [name, child] : node.members) {
        if (!first) out.Push(',');
        first = false;
        AppendJsonMemberName(out, name);
        AppendNode(out, child);
      }
      return out.Push('}');
    }
    case Node::Kind::kArray: {
      out.Push('[');
      bool first = true;
      for (const auto& child : node.elements) {
        if (!first) out.Push(',');
        first = false;
        AppendNode(out, child);
      }
      return out.Push(']');
    }
  }
}

}  // namespace

void AppendPatchedJson(TextBuffer& out, std::string_view before, std::string_view diffs) {
  Node document = BuildDocument(before);
  for (const Diff& diff : DecodeDiffs(diffs)) Apply(document, diff);
  AppendNode(out, document);
}

void AppendJsonChanges(TextBuffer& out, std::string_view diffs) {
  static constexpr std::string_view kNames[] = {"replace", "insert", "remove"};
  out.Append("{\"@changes\":[");
  bool first = true;
  for (const Diff& diff : DecodeDiffs(diffs)) {
    out.Append(first ? "{\"" : ",{\"");
    first = false;
    out.Append(kNames[static_cast<size_t>(diff.operation)]);
    out.Append("\":");
    if (!TryAppendJsonString(out, diff.path)) BadPath(diff.path, "it is not UTF-8");
    if (diff.operation != Operation::kRemove) {
      out.Append(",\"value\":");
      AppendJsonDocument(out, diff.value);
    }
    out.Push('}');
  }
  out.Append("]}");
}

}  // namespace cdc::tail
