#pragma once

#include <string>
#include <string_view>

namespace flotilla::http {

enum class Coding { identity, gzip, br };

inline constexpr std::size_t kCompressBytesMin = 1024;  ///< smaller bodies would hardly shrink

/// The coding to answer with, by Accept-Encoding and its q-values (RFC 9110 section 12.5.3); br before gzip
/// when both are as welcome.
Coding choose_coding(std::string_view accept_encoding);
/// Text, JSON, JavaScript, XML, SVG.
bool is_compressible(std::string_view content_type);
/// The compressed body. Takes about 10 us for each KiB: large bodies do not belong on an event loop.
std::string compress(std::string_view body, Coding coding);
std::string_view coding_name(Coding coding);

}  // namespace flotilla::http
