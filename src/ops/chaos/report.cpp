#include "ops/chaos/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json.hpp"

namespace flotilla::ops::chaos {
namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;

constexpr std::size_t kShownPerKind = 5;

std::string took(milliseconds time) { return fmt::format("{:.1f}", static_cast<double>(time.count()) / 1e3); }

std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i)
    out +=
        i < 2 ? fmt::format("{:<{}}  ", cells[i], widths[i]) : fmt::format("{:>{}}  ", cells[i], widths[i]);
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

}  // namespace

Report summarize(const Plan& plan, std::uint64_t seed, const History& history,
                 std::vector<Violation> violations) {
  Report out;
  out.fleet = plan.name;
  out.seed = seed;
  for (const Fault& fault : plan.faults) out.rows.push_back({fault.name, std::string(name_of(fault.allows))});
  out.rows.push_back({"(before the first fault)", std::string(name_of(Allows::nothing)), 1});
  auto row_of = [&](std::size_t strike) -> Report::Row& {
    return strike == Violation::kNoStrike ? out.rows.back() : out.rows[history.strikes[strike].fault];
  };
  for (const Strike& strike : history.strikes) {
    Report::Row& row = out.rows[strike.fault];
    ++row.times;
    row.ready = std::max(row.ready, ceil<milliseconds>(strike.ended - strike.mended));
  }
  for (const Request& request : history.requests) {
    Report::Row& row = row_of(strike_at(history, request.ended));
    ++row.requests;
    const bool done = request.outcome == Request::Outcome::done;
    if (!done) ++row.failed, ++out.failed;
    row.slowest = std::max(row.slowest, ceil<milliseconds>(request.ended - request.begun));
    const bool reads = request.kind == Request::Kind::get || request.kind == Request::Kind::list;
    if (done && !reads) ++out.acknowledged;
    if (done && request.kind == Request::Kind::publish) ++out.jobs;
    out.took = std::max(out.took, std::chrono::round<std::chrono::seconds>(request.ended));
  }
  for (const Job& job : history.jobs) out.redelivered += job.attempts > 1 ? 1 : 0;
  out.firings = history.firings.size();
  for (const Violation& violation : violations)
    if (violation.strike != Violation::kNoStrike) ++row_of(violation.strike).violations;
  out.violations = std::move(violations);
  return out;
}

std::string as_table(const Report& report) {
  std::vector<std::vector<std::string>> lines = {
      {"fault", "may fail", "times", "requests", "failed", "slowest s", "ready after s", "broken promises"}};
  for (const Report::Row& row : report.rows)
    lines.push_back({row.name, row.allows, std::to_string(row.times), std::to_string(row.requests),
                     std::to_string(row.failed), took(row.slowest), took(row.ready),
                     std::to_string(row.violations)});
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& cells : lines)
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  std::string out;
  for (const auto& cells : lines) out += line(cells, widths);
  out += fmt::format(
      "\n{} s, seed {}: {} writes acknowledged, {} requests failed, {} jobs handed over ({} came to a node "
      "more than "
      "once), {} due times fired\n",
      report.took.count(), report.seed, report.acknowledged, report.failed, report.jobs, report.redelivered,
      report.firings);
  std::map<Violation::Kind, std::size_t> shown;
  for (const Violation& violation : report.violations) {
    if (++shown[violation.kind] <= kShownPerKind)
      out += fmt::format("BROKEN  {}: {}\n", name_of(violation.kind), violation.what);
  }
  for (const auto& [kind, count] : shown)
    if (count > kShownPerKind)
      out += fmt::format("BROKEN  {}: {} more\n", name_of(kind), count - kShownPerKind);
  if (!report.left_behind.empty()) out += fmt::format("left behind: {}\n", report.left_behind);
  if (report.interrupted) out += "interrupted: what was not seen is not said\n";
  return out + (report.kept() ? "every promise was kept\n" : "");
}

std::string as_json(const Report& report) {
  JsonArray rows, violations;
  for (const Report::Row& row : report.rows)
    rows.push_back({{"fault", row.name},
                    {"allows", row.allows},
                    {"times", row.times},
                    {"requests", row.requests},
                    {"failed", row.failed},
                    {"slowestMs", row.slowest.count()},
                    {"readyAfterMs", row.ready.count()},
                    {"violations", row.violations}});
  for (const Violation& violation : report.violations)
    violations.push_back({{"kind", name_of(violation.kind)}, {"what", violation.what}});
  return json::dump(JsonObject{{"fleet", report.fleet},
                               {"kept", report.kept()},
                               {"seed", report.seed},
                               {"seconds", report.took.count()},
                               {"faults", std::move(rows)},
                               {"acknowledged", report.acknowledged},
                               {"failed", report.failed},
                               {"jobs", report.jobs},
                               {"redelivered", report.redelivered},
                               {"firings", report.firings},
                               {"violations", std::move(violations)},
                               {"leftBehind", report.left_behind},
                               {"interrupted", report.interrupted}}) +
         "\n";
}

}  // namespace flotilla::ops::chaos
