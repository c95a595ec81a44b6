#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/sql/fragment.hpp"
#include "data/sql/rows.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace flotilla::sqlite {

/// A prepared statement. Calls answer SQLite's result codes; the connection turns them into SqlError.
class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;

  /// `text` has Fragment::kPlaceholder where values go. Throws SqlError::syntax when it is not exactly one
  /// statement.
  int prepare(sqlite3* db, std::string_view text, bool keep);
  /// The values must live until reset(). Throws SqlError::other when their number is wrong.
  int bind(const std::vector<data::Param>& values);
  int step();
  void reset();

  const std::vector<std::string>& column_names();
  void read_row(data::Rows& rows);

 private:
  int bind(int index, const data::Param& value);

  sqlite3_stmt* handle_ = nullptr;
  std::vector<std::string> names_;
  int prepared_again_ = -1;  ///< SQLite's count of re-preparations when names_ were read
};

}  // namespace flotilla::sqlite
