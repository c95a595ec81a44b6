#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/sql/fragment.hpp"

namespace flotilla::postgres {

/// Values as libpq sends them: as text without a type, so that PostgreSQL takes them for what stands beside
/// them; only blobs as their bytes. Reused from call to call to save allocations.
class Parameters {
 public:
  /// Refers to the texts in `values`, which must outlive the use. Throws SqlError::invalid_value for a text
  /// with a NUL character, which PostgreSQL cannot hold.
  void set(const std::vector<data::Param>& values);

  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  struct Number {
    char text[32];  ///< the longest: -1.7976931348623157e+308
  };
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<Number> numbers_;
};

/// Throws SqlError::other when the text does not take as many values as there are.
void check_values(const data::Fragment& sql);

/// The text of a fragment as PostgreSQL reads it ($1, $2).
std::string finished_text(std::string_view text);

}  // namespace flotilla::postgres
