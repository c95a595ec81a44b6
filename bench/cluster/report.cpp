#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace flotilla::bench {
namespace {

std::string met_text(const Row& row) { return !row.met ? "" : *row.met ? "met" : "NOT MET"; }

std::array<std::string, 6> cells(const Row& row) {
  return {row.name, row.ours, row.reference, row.ratio, row.goal, met_text(row)};
}

}  // namespace

void Report::add(Row row) {
  fmt::print(stderr, "{}: {}{}{}\n", row.name, row.ours,
             row.reference.empty() ? "" : ", raw " + row.reference,
             row.goal.empty() ? "" : fmt::format(" (goal {}: {})", row.goal, met_text(row)));
  std::fflush(stderr);
  rows_.push_back(std::move(row));
}

void Report::print() const {
  std::vector<std::array<std::string, 6>> lines = {{"Case", "Flotilla", "Raw", "Ratio", "Goal", ""}};
  for (const Row& row : rows_) lines.push_back(cells(row));
  std::array<std::size_t, 6> widths{};
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  for (std::size_t n = 0; n < lines.size(); ++n) {
    for (std::size_t i = 0; i < widths.size(); ++i) fmt::print("| {:{}} ", lines[n][i], widths[i]);
    fmt::print("|\n");
    if (n > 0) continue;
    for (const std::size_t width : widths) fmt::print("| {:-<{}} ", "", std::max<std::size_t>(width, 3));
    fmt::print("|\n");
  }
}

std::string rate(double per_second) {
  std::string digits = fmt::format("{:.0f}", per_second);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
  return digits + " /s";
}

std::string milliseconds(double ms) { return fmt::format("{:.2f} ms", ms); }

std::string quotient(double ours, double reference) { return fmt::format("{:.2f}", ours / reference); }

}  // namespace flotilla::bench
