#pragma once

#include <optional>
#include <string>
#include <vector>

namespace flotilla::bench {

/// One line of the table: a figure of ours beside its raw reference from the same run. Texts may be empty.
struct Row {
  std::string name, ours, reference, ratio, goal;
  std::optional<bool> met = {};
};

/// Tells each row when it is there, and all of them as a table at the end.
class Report {
 public:
  void add(Row row);
  void print() const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<Row> rows_;
};

std::string rate(double per_second);  ///< "12,345 /s"
std::string milliseconds(double ms);
std::string quotient(double ours, double reference);  ///< "0.83"

}  // namespace flotilla::bench
