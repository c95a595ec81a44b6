#pragma once

#include <cstdint>
#include <optional>

#include "base/json.hpp"

namespace flotilla::api {

/// Rows of a page when the caller names none.
inline constexpr double kPageSizeDefault = 20;
/// Largest pageSize taken. Generous on purpose: clients ask for "all" with sizes such as 100000000.
inline constexpr double kPageSizeMax = 1'000'000'000;
/// Largest page number that still travels exactly in JSON.
inline constexpr double kPageMax = 9'007'199'254'740'991;

/// Which rows of a list are wanted. Numbers are answered as they came (1.5 stays 1.5), rows are counted in
/// whole ones.
struct Paging {
  bool paginate = true;  ///< false: all rows, answered as a plain array
  double page = 1;
  double page_size = kPageSizeDefault;

  std::int64_t limit() const { return static_cast<std::int64_t>(page_size); }
  std::int64_t offset() const { return (static_cast<std::int64_t>(page) - 1) * limit(); }
  /// Pages that `count` rows fill; nullopt (answered null) for a page size of 0.
  std::optional<std::int64_t> total_pages(std::int64_t count) const;
};

/// Reads page, pageSize and paginate of a list request. Throws Error 400 that names the parameter.
Paging read_paging(const JsonObject& params, double default_page_size = kPageSizeDefault);

}  // namespace flotilla::api
