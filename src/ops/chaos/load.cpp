#include "ops/chaos/load.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flotilla::ops::chaos {
namespace {

using Kind = Request::Kind;
using Outcome = Request::Outcome;

constexpr std::size_t kOwnMax = 40;
// create, update, get, list, destroy, publish
constexpr int kMix[] = {30, 20, 20, 10, 10, 10};

/// A number of an answer; -1 for what is none.
std::int64_t number(const Json& record, std::string_view name) {
  const Json* value = record.is_object() ? json::find(record.get_object(), name) : nullptr;
  return value && value->is_int64() ? value->get_int64() : -1;
}

void must(Request& request, bool right, std::string_view what) {
  if (request.outcome != Outcome::done || right) return;
  request.outcome = Outcome::wrong;
  request.said = what;
}

}  // namespace

LoadClient::LoadClient(const Plan& plan, const Ground& ground, std::string token, int number,
                       std::uint64_t seed, Recorder& recorder)
    : plan_(plan),
      ground_(ground),
      token_(std::move(token)),
      number_(number),
      choice_(seed, static_cast<std::uint64_t>(number) + 1),
      recorder_(recorder),
      http_(plan.balancer, plan.request_timeout) {}

Task<void> LoadClient::run(Cancellation stop) {
  const Moment step(1'000'000LL * plan_.clients / plan_.requests_per_second);
  // Not all at the same moment.
  Moment due = recorder_.now() + step * number_ / plan_.clients;
  for (;;) {
    const Moment now = recorder_.now();
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(std::max(Moment{0}, due - now));
    if (co_await stop.wait(pause)) co_return;
    co_await next();
    // What could not be sent in time is not made up for: the load stays steady.
    due = std::max(due + step, recorder_.now());
  }
}

Task<void> LoadClient::next() {
  const auto kind = static_cast<Kind>(choice_.weighted(kMix));
  if (kind == Kind::publish) co_return co_await publish();
  if (own_.empty() || (kind == Kind::create && own_.size() < kOwnMax)) co_return co_await create();
  const std::size_t own = choice_.below(own_.size());
  switch (kind) {
    case Kind::update:
      co_return co_await change(own);
    case Kind::get:
      co_return co_await look(own);
    case Kind::list:
      co_return co_await list(own);
    default:
      co_return co_await destroy(own);
  }
}

Request LoadClient::begin(Kind kind, const std::string& key) const {
  Request request;
  request.kind = kind;
  request.client = number_;
  request.key = key;
  request.begun = recorder_.now();
  return request;
}

/// Sends it; answers what the answer has as `data`.
Task<Json> LoadClient::ask(Request& request, Question question) {
  Json data;
  try {
    const Answer answer =
        co_await http_.send(question.method, plan_.api + question.path, token_, std::move(question.body));
    request.status = answer.status;
    request.node = answer.node;
    if (answer.ok()) {
      data = answer.data();
    } else {
      request.outcome = answer.status >= 500 ? Outcome::failed : Outcome::wrong;
      request.said = answer.body.substr(0, 200);
    }
  } catch (const NoAnswer& error) {
    request.outcome = Outcome::failed;
    request.said = error.what();
  }
  co_return data;
}

void LoadClient::note(Request request) {
  request.ended = recorder_.now();
  recorder_.add(std::move(request));
}

void LoadClient::forget(std::size_t own) { own_.erase(own_.begin() + static_cast<std::ptrdiff_t>(own)); }

std::string LoadClient::path(const Own& own, std::string_view action) const {
  return fmt::format("{}:{}?filterByTk={}", ground_.collections[own.collection], action, own.id);
}

Task<void> LoadClient::create() {
  Own own;
  own.collection = choice_.below(ground_.collections.size());
  own.seq = ++seq_;
  own.key = fmt::format("{}-{}", number_, own.seq);
  Request request = begin(Kind::create, own.key);
  Question question{"POST", ground_.collections[own.collection] + ":create",
                    JsonObject{{"key", own.key}, {"client", number_}, {"seq", own.seq}, {"value", 0}}};
  const Json record = co_await ask(request, std::move(question));
  request.id = own.id = number(record, "id");
  must(request, own.id > 0, "the answer has no id");
  if (request.outcome == Outcome::done) own_.push_back(std::move(own));
  note(std::move(request));
}

Task<void> LoadClient::change(std::size_t at) {
  Own& own = own_[at];
  Request request = begin(Kind::update, own.key);
  request.value = own.value + 1;
  Question question{"POST", path(own, "update"), JsonObject{{"value", request.value}}};
  const Json records = co_await ask(request, std::move(question));
  must(request, records.is_array() && records.get_array().size() == 1, "not one record was changed");
  if (request.outcome == Outcome::done)
    own.value = request.value;
  else
    forget(at);
  note(std::move(request));
}

Task<void> LoadClient::look(std::size_t at) {
  const Own& own = own_[at];
  Request request = begin(Kind::get, own.key);
  Question question{"GET", path(own, "get")};
  const Json record = co_await ask(request, std::move(question));
  if (request.status == 404) request.outcome = Outcome::done;
  request.found = record.is_object();
  request.value = number(record, "value");
  note(std::move(request));
}

Task<void> LoadClient::list(std::size_t at) {
  const Own& own = own_[at];
  Request request = begin(Kind::list, own.key);
  const std::string filter =
      json::dump(JsonObject{{"client", number_}, {"seq", JsonObject{{"$gte", own.seq}}}});
  Question question{"GET", fmt::format("{}:list?sort=seq&pageSize=20&filter={}",
                                       ground_.collections[own.collection], percent_encode(filter))};
  const Json records = co_await ask(request, std::move(question));
  must(request, records.is_array(), "the answer is no list");
  request.found = records.is_array() && std::ranges::any_of(records.get_array(), [&](const Json& record) {
                    return record.is_object() && json::text(record.get_object(), "key") == own.key;
                  });
  note(std::move(request));
}

Task<void> LoadClient::destroy(std::size_t at) {
  Request request = begin(Kind::destroy, own_[at].key);
  Question question{"POST", path(own_[at], "destroy")};
  const Json count = co_await ask(request, std::move(question));
  must(request, count.is_int64() && count.get_int64() == 1, "not one record was destroyed");
  forget(at);
  note(std::move(request));
}

Task<void> LoadClient::publish() {
  const std::string key = fmt::format("{}-{}", number_, ++seq_);
  Request request = begin(Kind::publish, fmt::format("{}/{}", ground_.drill, key));
  Question question{"POST", "fleet:publishDrill",
                    JsonObject{{"name", ground_.drill}, {"keys", JsonArray{Json(request.key)}}}};
  co_await ask(request, std::move(question));
  note(std::move(request));
}

}  // namespace flotilla::ops::chaos
