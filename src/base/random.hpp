#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flotilla {

/// Randomness as a dependency, so that tests can fix it. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  /// Cryptographic bytes of the kernel (getrandom); lives for the whole process.
  static Random& system();
};

/// `length` characters of 0-9a-z, as in generated names (`t_…`, `f_…`).
std::string random_uid(Random& random, std::size_t length = 11);
/// RFC 9562 version 4, lower case.
std::string random_uuid(Random& random);
std::string random_text(Random& random, std::string_view alphabet, std::size_t length);

}  // namespace flotilla
