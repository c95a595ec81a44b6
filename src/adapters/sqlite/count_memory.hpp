#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "data/sql/fragment.hpp"

namespace flotilla::sqlite {

/// Counts that statements gave on one connection, as long as its data_version stays what it was: SQLite
/// changes it whenever anybody else commits. Used by one thread at a time.
class CountMemory {
 public:
  static constexpr std::size_t kCountsMax = 512;

  std::optional<std::int64_t> find(const data::Fragment& sql, std::int64_t data_version);
  void put(const data::Fragment& sql, std::int64_t count);

 private:
  static std::string key_of(const data::Fragment& sql);

  std::int64_t data_version_ = -1;
  std::unordered_map<std::string, std::int64_t> counts_;
};

}  // namespace flotilla::sqlite
