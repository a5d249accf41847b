#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cdc::sql {

/// The character sets that every Java has.
enum class Charset { kUtf8, kLatin1, kAscii, kUtf16, kUtf16Be, kUtf16Le };

/// By its name or one of Java's other names for it, in any case.
std::optional<Charset> FindCharset(std::string_view name);
/// What the character set does not have is ?, as Java writes it. UTF-16 begins with a byte order mark, if it has text.
void AppendEncoded(std::string* out, std::string_view text, Charset charset);
/// As UTF-8; what is none of the character set becomes U+FFFD, as Java reads it. In UTF-16 a byte order mark tells the
/// order; without one the most significant byte comes first.
void AppendDecoded(std::string* out, std::string_view bytes, Charset charset);

}  // namespace cdc::sql
