#pragma once

#include <mysql.h>

#include <string>
#include <string_view>
#include <vector>

#include "data/sql/fragment.hpp"

namespace flotilla::mysql {

/// Values as Connector/C sends them. Reused from call to call to save allocations.
class Parameters {
 public:
  /// Refers to the texts in `values`, which must outlive the use. Throws SqlError::invalid_value for more
  /// values than the protocol can carry.
  void set(const std::vector<data::Param>& values);
  MYSQL_BIND* binds() { return binds_.data(); }

 private:
  union Number {
    long long whole;
    double real;
    signed char flag;
  };
  std::vector<MYSQL_BIND> binds_;
  std::vector<Number> numbers_;
};

/// Throws SqlError::other when the text does not take as many values as there are.
void check_values(const data::Fragment& sql);

/// The text of a fragment as the server reads it: with its placeholders, and with its words for the types
/// that a value is cast to (SIGNED for BIGINT, CHAR for TEXT).
std::string finished_text(std::string_view text);

}  // namespace flotilla::mysql
