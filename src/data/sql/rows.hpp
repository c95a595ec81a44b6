#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace flotilla::data {

/// One value of a result as the database gave it. Text and blob bytes belong to the Rows it came from.
struct Cell {
  enum class Kind : std::uint8_t { null, integer, real, text, blob };
  Kind kind = Kind::null;
  std::uint32_t size = 0;
  union {
    std::int64_t integer;
    double real;
    const char* bytes;
  };
  Cell() : integer(0) {}

  bool is_null() const { return kind == Kind::null; }
  std::string_view text() const { return {bytes, size}; }  ///< only for text and blob
  std::int64_t as_int() const;                             ///< text is read as a number; 0 when it is none
  double as_double() const;
  std::string as_text() const;  ///< numbers as decimal text, null as ""
};

/// A whole result: cells row by row, their bytes in chunks that never move. Movable, not copyable.
class Rows {
 public:
  Rows() = default;
  Rows(Rows&&) noexcept = default;
  Rows& operator=(Rows&&) noexcept = default;
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  bool empty() const { return cells_.empty(); }
  std::size_t columns() const { return columns_; }
  const Cell& at(std::size_t row, std::size_t column) const { return cells_[row * columns_ + column]; }
  const std::vector<std::string>& names() const { return names_; }  ///< of the result columns
  /// Index of a result column by its name, or -1.
  int column(std::string_view name) const;

  // For the adapters that fill it.
  void set_columns(std::vector<std::string> names);
  void add_null() { cells_.emplace_back(); }
  void add_integer(std::int64_t value);
  void add_real(double value);
  void add_bytes(Cell::Kind kind, std::string_view bytes);

 private:
  static constexpr std::size_t kChunkBytes = 16 * 1024;
  std::size_t columns_ = 0;
  std::vector<std::string> names_;
  std::vector<Cell> cells_;
  std::deque<std::vector<char>> chunks_;
};

}  // namespace flotilla::data
