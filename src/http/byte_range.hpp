#pragma once

#include <cstdint>
#include <string_view>

namespace flotilla::http {

/// What a Range field asks for of a file (RFC 9110 section 14). More than one range, another unit or a
/// malformed field is answered as if it were not there, which the RFC permits.
struct ByteRange {
  enum class Kind { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

ByteRange byte_range(std::string_view range_field, std::uint64_t file_size);

}  // namespace flotilla::http
