#include "ops/check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.hpp"

namespace flotilla::ops {

std::string_view state_name(CheckResult::State state) {
  switch (state) {
    case CheckResult::State::ok:
      return "ok";
    case CheckResult::State::warning:
      return "warning";
    case CheckResult::State::failed:
      return "failed";
  }
  return "failed";
}

bool healthy(const std::vector<CheckResult>& results) {
  return std::ranges::none_of(results,
                              [](const CheckResult& r) { return r.state == CheckResult::State::failed; });
}

std::string as_table(const std::vector<CheckResult>& results) {
  std::size_t width = 0;
  for (const CheckResult& result : results) width = std::max(width, result.name.size());
  std::string out;
  for (const CheckResult& result : results)
    out += fmt::format("{:<8} {:<{}}  {}\n", state_name(result.state), result.name, width, result.detail);
  return out;
}

std::string as_json(const std::vector<CheckResult>& results) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("healthy");
  writer.boolean(healthy(results));
  writer.key("checks");
  writer.begin_array();
  for (const CheckResult& result : results) {
    writer.begin_object();
    writer.key("name");
    writer.string(result.name);
    writer.key("state");
    writer.string(state_name(result.state));
    writer.key("detail");
    writer.string(result.detail);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out + "\n";
}

}  // namespace flotilla::ops
