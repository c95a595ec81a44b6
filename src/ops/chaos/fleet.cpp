#include "ops/chaos/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"

namespace flotilla::ops::chaos {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAgain{250};
constexpr int kPageSize = 1'000;
constexpr const char* kEverySecond = "* * * * * *";
/// Where the record is in the load's own words.
constexpr const char* kFields = R"([
  {"name": "id", "type": "snowflakeId", "primaryKey": true, "allowNull": false},
  {"name": "key", "type": "string", "unique": true},
  {"name": "client", "type": "integer"},
  {"name": "seq", "type": "integer"},
  {"name": "value", "type": "bigInt"}
])";

/// The same again is no harm: a request that had no answer may have been done.
bool of_the_moment(const Answer& answer) { return answer.status >= 500 || answer.status == 429; }

}  // namespace

Ground Ground::named_by(Random& random) {
  const std::string base = "chaos_" + random_uid(random, 8);
  return {{base + "_a", base + "_b"}, base};
}

Fleet::Fleet(const Plan& plan, Ground ground)
    : plan_(plan), ground_(std::move(ground)), client_(plan.balancer, plan.request_timeout) {}

Task<Answer> Fleet::ask(std::string method, std::string path, Json body) {
  const auto deadline = std::chrono::steady_clock::now() + plan_.ready_within;
  for (;;) {
    std::string failure;
    try {
      Answer answer = co_await client_.send(method, path, token_, body);
      if (answer.ok()) co_return answer;
      failure = answer.shown();
      if (!of_the_moment(answer)) throw Error(502, fmt::format("{} {}: {}", method, path, failure));
    } catch (const NoAnswer& error) {
      failure = error.what();
    }
    if (std::chrono::steady_clock::now() > deadline)
      throw Error(502, fmt::format("{} {}: {}", method, path, failure));
    co_await never_.wait(kAgain);
  }
}

Task<void> Fleet::sign_in(std::string account, std::string password) {
  const Json body{{"account", account}, {"password", password}};
  const Answer answer = co_await ask("POST", plan_.api + "auth:signIn", body);
  const Json data = answer.data();
  if (data.is_object()) token_ = json::text(data.get_object(), "token");
  if (token_.empty()) throw Error(502, "auth:signIn gave no token: " + answer.shown());
}

Task<std::string> Fleet::why_not() {
  std::set<std::string> planned;
  for (const PlannedNode& node : plan_.nodes) {
    HttpClient own(node.target, plan_.request_timeout);
    std::string problem;
    try {
      const Answer answer = co_await own.send("GET", "/readyz", "", nullptr);
      if (answer.status != 200) problem = "is not ready: " + answer.shown();
      if (answer.node.empty()) problem = "does not say who it is: it needs this version of Flotilla";
      if (problem.empty() && !planned.insert(answer.node).second) problem = "is in the plan twice";
    } catch (const NoAnswer& error) {
      problem = std::string("does not answer: ") + error.what();
    }
    if (!problem.empty())
      co_return fmt::format("node \"{}\" at {} {}", node.name, node.target.text(), problem);
  }
  const Answer listed = co_await ask("GET", plan_.api + "fleet:nodes");
  const Json nodes = listed.data();
  if (!nodes.is_array()) co_return "fleet:nodes answers " + listed.shown();
  for (const Json& node : nodes.get_array()) {
    const JsonObject& one = node.as_object();
    if (!planned.erase(std::string(json::text(one, "id"))))
      co_return fmt::format("it has a node that the plan does not name: {} (host {}, pid {})",
                            json::text(one, "id"), json::text(one, "host"), json::to_text(one.at("pid")));
  }
  if (!planned.empty()) co_return "a node of the plan is not one of it: " + *planned.begin();
  co_return std::string();
}

Task<void> Fleet::set_up(std::chrono::seconds longest) {
  for (const std::string& name : ground_.collections) {
    const Json body{{"name", name}, {"title", name}, {"autoGenId", false}, {"fields", json::parse(kFields)}};
    co_await ask("POST", plan_.api + "collections:create", body);
  }
  const Json drill{{"name", ground_.drill}, {"cron", kEverySecond}, {"seconds", longest.count()}};
  co_await ask("POST", plan_.api + "fleet:startDrill", drill);
}

Task<void> Fleet::read_jobs(History& history) {
  history.jobs.clear();
  history.firings.clear();
  for (std::string after;;) {
    const Answer page =
        co_await ask("GET", fmt::format("{}fleet:drillJobs?name={}&after={}", plan_.api,
                                        percent_encode(ground_.drill), percent_encode(after)));
    const Json data = page.data();
    if (!data.is_array() || data.get_array().empty()) co_return;
    for (const Json& item : data.get_array()) {
      const JsonObject& one = item.as_object();
      const std::string key(json::text(one, "key"));
      const std::int64_t effects = one.at("effects").as_int64();
      if (one.at("due").is_null())
        history.jobs.push_back({key, one.at("attempts").as_int64(), effects});
      else
        history.firings.push_back({key, one.at("due").as_int64(), effects});
      after = key;
    }
  }
}

Task<void> Fleet::read_records(History& history, const std::string& collection) {
  for (std::int64_t after = 0;;) {
    const std::string filter = json::dump(JsonObject{{"id", JsonObject{{"$gt", after}}}});
    const Answer page = co_await ask("GET", fmt::format("{}{}:list?sort=id&pageSize={}&filter={}", plan_.api,
                                                        collection, kPageSize, percent_encode(filter)));
    const Json data = page.data();
    if (!data.is_array() || data.get_array().empty()) co_return;
    for (const Json& item : data.get_array()) {
      const JsonObject& one = item.as_object();
      after = one.at("id").as_int64();
      history.records.push_back(
          {std::string(json::text(one, "key")), after, one.at("value").to_number<std::int64_t>()});
    }
  }
}

Task<void> Fleet::collect(History& history, const Cancellation& stop) {
  const auto deadline = std::chrono::steady_clock::now() + plan_.jobs_within;
  do {
    co_await read_jobs(history);
    const bool done = std::ranges::all_of(history.jobs, [](const Job& job) { return job.effects > 0; });
    if (done || std::chrono::steady_clock::now() > deadline) break;
  } while (!co_await stop.wait(kAgain));
  history.records.clear();
  for (const std::string& name : ground_.collections) co_await read_records(history, name);
}

Task<std::string> Fleet::clean_up() {
  std::string left;
  auto attempt = [&](std::string path, Json body, const std::string& what) -> Task<void> {
    try {
      co_await ask("POST", std::move(path), std::move(body));
    } catch (const Error& error) {
      left += fmt::format("{}{} ({})", left.empty() ? "" : ", ", what, error.what());
    }
  };
  const Json drill{{"name", ground_.drill}};
  co_await attempt(plan_.api + "fleet:endDrill", drill, "drill " + ground_.drill);
  for (const std::string& name : ground_.collections)
    co_await attempt(plan_.api + "collections:destroy?filterByTk=" + name, nullptr, "collection " + name);
  co_return left;
}

}  // namespace flotilla::ops::chaos
