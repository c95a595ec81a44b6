#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flotilla::api {

struct MultipartLimits {
  std::size_t parts_max = 1000;
  std::size_t header_bytes_max = 16 * 1024;  ///< all header lines of one part
};

/// One field or file of a form. `data` points into the body given to parse_multipart.
struct FormPart {
  std::string name;
  std::optional<std::string>
      filename;              ///< last path segment only, UTF-8, no control characters; may be empty
  std::string content_type;  ///< as sent, empty when not named
  std::string_view data;
};

/// Parses a complete multipart/form-data body (RFC 7578, RFC 2046 section 5.1). File names may be plain,
/// quoted or RFC 5987 `filename*`; bytes that are no UTF-8 are taken for Latin-1. The preamble and epilogue
/// are skipped. Time and memory grow linearly with the body; the parts are views, nothing is copied. Throws
/// Error 400 on a missing or bad boundary, a part without name, a body that ends early, and beyond the limits
/// (413 for the number of parts).
std::vector<FormPart> parse_multipart(std::string_view content_type, std::string_view body,
                                      const MultipartLimits& limits = {});

/// The first part of that name, null when there is none.
const FormPart* find_part(const std::vector<FormPart>& parts, std::string_view name);

}  // namespace flotilla::api
