#include "data/sql/rows.hpp"

#include <algorithm>
#include <charconv>

namespace flotilla::data {

std::int64_t Cell::as_int() const {
  switch (kind) {
    case Kind::integer:
      return integer;
    case Kind::real:
      return static_cast<std::int64_t>(real);
    case Kind::text: {
      std::int64_t value = 0;
      std::from_chars(bytes, bytes + size, value);
      return value;
    }
    default:
      return 0;
  }
}

double Cell::as_double() const {
  switch (kind) {
    case Kind::integer:
      return static_cast<double>(integer);
    case Kind::real:
      return real;
    case Kind::text: {
      double value = 0;
      std::from_chars(bytes, bytes + size, value);
      return value;
    }
    default:
      return 0;
  }
}

std::string Cell::as_text() const {
  switch (kind) {
    case Kind::null:
      return {};
    case Kind::integer:
      return std::to_string(integer);
    case Kind::real: {
      char text[40];
      return {text, std::to_chars(text, text + sizeof text, real).ptr};
    }
    default:
      return std::string(text());
  }
}

int Rows::column(std::string_view name) const {
  auto at = std::find(names_.begin(), names_.end(), name);
  return at == names_.end() ? -1 : static_cast<int>(at - names_.begin());
}

void Rows::set_columns(std::vector<std::string> names) {
  names_ = std::move(names);
  columns_ = names_.size();
}

void Rows::add_integer(std::int64_t value) {
  Cell& cell = cells_.emplace_back();
  cell.kind = Cell::Kind::integer;
  cell.integer = value;
}

void Rows::add_real(double value) {
  Cell& cell = cells_.emplace_back();
  cell.kind = Cell::Kind::real;
  cell.real = value;
}

void Rows::add_bytes(Cell::Kind kind, std::string_view bytes) {
  if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < bytes.size())
    chunks_.emplace_back().reserve(std::max(kChunkBytes, bytes.size()));
  std::vector<char>& chunk = chunks_.back();
  const char* start = chunk.data() + chunk.size();
  chunk.insert(chunk.end(), bytes.begin(), bytes.end());
  Cell& cell = cells_.emplace_back();
  cell.kind = kind;
  cell.size = static_cast<std::uint32_t>(bytes.size());
  cell.bytes = start;
}

}  // namespace flotilla::data
