#include "tools/cdc-sql/functions/json_filter.h"

#include <cstdlib>

#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/json_text.h"

namespace cdc::sql {

namespace {

constexpr int kMaxDepth = 50;

bool IsNumber(std::string_view raw) {
  return raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9');
}

double NumberOf(std::string_view raw) {
  return std::strtod(std::string(raw).c_str(), nullptr);
}

/// The text of a string or number: the two are equal if the one reads as the other.
std::string PlainText(std::string_view raw) {
  std::string text;
  if (raw[0] != '"' || !AppendUnescaped(text, raw)) text = raw;
  return text;
}

bool EqualValues(std::string_view a, std::string_view b) {
  if (IsNumber(a) && IsNumber(b)) return NumberOf(a) == NumberOf(b);
  const bool texts = (a[0] == '"' || IsNumber(a)) && (b[0] == '"' || IsNumber(b));
  if (texts) return PlainText(a) == PlainText(b);
  std::string x, y;
  AppendNormalJson(x, a);
  AppendNormalJson(y, b);
  return x == y;
}

/// Numbers with numbers and texts with texts; other pairs have no order.
bool Ordered(std::string_view a, std::string_view b, const std::string& op) {
  int order = 0;
  if (IsNumber(a) && IsNumber(b)) {
    const double x = NumberOf(a), y = NumberOf(b);
    order = x < y ? -1 : x > y ? 1 : 0;
  } else if (a[0] == '"' && b[0] == '"') {
    order = CompareUtf16(PlainText(a), PlainText(b));
  } else {
    return false;
  }
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  return op == ">" ? order > 0 : order >= 0;
}

}  // namespace

/// Reads the grammar from left to right; each function is false where the text does not go on as it should.
class JsonFilter::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool ParseAll(Node* node) {
    if (!ParseOr(node)) return false;
    SkipBlanks();
    return at_ == text_.size();
  }

 private:
  void SkipBlanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool Take(std::string_view token) {
    SkipBlanks();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  bool ParseOr(Node* node) { return ParseList(node, "||", Node::Kind::kOr, &Parser::ParseAnd); }
  bool ParseAnd(Node* node) { return ParseList(node, "&&", Node::Kind::kAnd, &Parser::ParseNot); }
  bool ParseList(Node* node, std::string_view token, Node::Kind kind, bool (Parser::*part)(Node*)) {
    if (!(this->*part)(node)) return false;
    while (Take(token)) {
      Node right;
      if (!(this->*part)(&right)) return false;
      Node both;
      both.kind = kind;
      both.parts.push_back(std::move(*node));
      both.parts.push_back(std::move(right));
      *node = std::move(both);
    }
    return true;
  }
  bool ParseNot(Node* node) {
    if (++depth_ > kMaxDepth) return false;
    const bool good = ParseUnary(node);
    --depth_;
    return good;
  }
  bool ParseUnary(Node* node) {
    SkipBlanks();
    if (text_.substr(at_, 2) != "!=" && Take("!")) {
      node->kind = Node::Kind::kNot;
      node->parts.emplace_back();
      return ParseNot(&node->parts[0]);
    }
    if (Take("(")) return ParseOr(node) && Take(")");
    return ParseComparison(node);
  }
  bool ParseComparison(Node* node) {
    if (!ParseOperand(&node->left)) return false;
    SkipBlanks();
    if (Take("=~")) {
      node->kind = Node::Kind::kMatch;
      return ParseRegex(node);
    }
    for (const char* op : {"===", "!==", "==", "!=", "<=", ">=", "<", ">"}) {
      if (!Take(op)) continue;
      node->kind = Node::Kind::kCompare;
      node->op = op;
      if (node->op.size() == 3) node->op.pop_back();
      return ParseOperand(&node->right);
    }
    node->kind = Node::Kind::kExists;
    return node->left.path.has_value();
  }
  bool ParseOperand(Operand* operand) {
    SkipBlanks();
    if (at_ >= text_.size()) return false;
    const char first = text_[at_];
    if (first == '@' || first == '$') return ParsePath(operand);
    if (first == '\'') {
      const size_t end = text_.find('\'', at_ + 1);
      if (end == std::string_view::npos) return false;
      AppendJsonString(operand->raw, text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return true;
    }
    size_t end = at_;
    if (first == '"') {
      end = SkipJsonValue(text_, at_);
      if (end == std::string_view::npos) return false;
    } else {
      while (end < text_.size() && std::string_view(" )&|=!<>").find(text_[end]) == std::string_view::npos) ++end;
    }
    operand->raw = text_.substr(at_, end - at_);
    at_ = end;
    return IsJson(operand->raw);
  }
  /// Up to the next operator that stands outside of brackets and quotes.
  bool ParsePath(Operand* operand) {
    size_t end = at_ + 1;
    int depth = 0;
    char quote = '\0';
    for (; end < text_.size(); ++end) {
      const char c = text_[end];
      if (quote != '\0') {
        quote = c == quote ? '\0' : quote;
      } else if (depth > 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '[' || c == '(') {
        ++depth;
      } else if (depth > 0) {
        depth -= c == ']' || c == ')' ? 1 : 0;
      } else if (std::string_view(" )&|=!<>").find(c) != std::string_view::npos) {
        break;
      }
    }
    std::string path(text_.substr(at_, end - at_));
    operand->from_root = path[0] == '$';
    path[0] = '$';
    at_ = end;
    operand->path.emplace();
    return operand->path->Compile(path);
  }
  bool ParseRegex(Node* node) {
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != '/') return false;
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '/') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return false;
    const std::string_view pattern = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    const bool any_case = at_ < text_.size() && text_[at_] == 'i';
    if (any_case) ++at_;
    std::string error;
    node->regex = JavaRegex::Compile(pattern, any_case ? JavaRegex::Case::kIgnore : JavaRegex::Case::kExact, &error);
    return node->regex.has_value();
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

std::shared_ptr<const JsonFilter> JsonFilter::Compile(std::string_view text) {
  auto filter = std::make_shared<JsonFilter>();
  return Parser(text).ParseAll(&filter->node_) ? filter : nullptr;
}

bool JsonFilter::Passes(std::string_view value, std::string_view root) const {
  return Test(node_, value, root);
}

bool JsonFilter::ValueOf(const Operand& operand, std::string_view value, std::string_view root, std::string* raw) {
  if (!operand.path) {
    *raw = operand.raw;
    return true;
  }
  std::vector<std::string> found;
  if (!operand.path->Find(operand.from_root ? root : value, &found, root)) return false;
  if (operand.path->definite()) {
    *raw = found[0];
    return true;
  }
  *raw = "[";
  for (const std::string& one : found) *raw += (raw->size() > 1 ? "," : "") + one;
  *raw += "]";
  return true;
}

bool JsonFilter::Test(const Node& node, std::string_view value, std::string_view root) {
  switch (node.kind) {
    case Node::Kind::kAnd: return Test(node.parts[0], value, root) && Test(node.parts[1], value, root);
    case Node::Kind::kOr: return Test(node.parts[0], value, root) || Test(node.parts[1], value, root);
    case Node::Kind::kNot: return !Test(node.parts[0], value, root);
    default: break;
  }
  std::string left, right;
  const bool found = ValueOf(node.left, value, root, &left);
  if (node.kind == Node::Kind::kExists) return found;
  if (node.kind == Node::Kind::kMatch)
    return found && (left[0] == '"' || IsNumber(left)) && node.regex->Matches(PlainText(left));
  const bool other = ValueOf(node.right, value, root, &right);
  if (node.op == "==" || node.op == "!=") return (found && other && EqualValues(left, right)) == (node.op == "==");
  return found && other && Ordered(left, right, node.op);
}

}  // namespace cdc::sql
