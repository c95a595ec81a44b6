#include "ops/chaos/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

namespace flotilla::ops::chaos {
namespace {

using Kind = Violation::Kind;
using Outcome = Request::Outcome;

double seconds(Moment moment) { return static_cast<double>(moment.count()) / 1e6; }

/// What a record must look like, by what its client was told. Its client does one thing at a time.
struct Expected {
  bool created = false;             ///< acknowledged
  bool destroyed = false;           ///< acknowledged
  bool maybe_gone = false;          ///< a destroy failed
  std::int64_t value = 0;           ///< acknowledged last
  std::vector<std::int64_t> maybe;  ///< values of updates that failed

  bool may_be(std::int64_t seen) const {
    return seen == value || std::ranges::find(maybe, seen) != maybe.end();
  }
  bool must_exist() const { return created && !destroyed && !maybe_gone; }
};
using World = std::unordered_map<std::string, Expected>;

class Check {
 public:
  Check(const History& history, const std::vector<Allows>& allows, const CheckLimits& limits)
      : history_(history), allows_(allows), limits_(limits) {}

  std::vector<Violation> run() {
    strikes();
    failures();
    const World world = replay();
    ends(world);
    ids();
    jobs();
    firings();
    readiness();
    return std::move(out_);
  }

 private:
  void add(Kind kind, std::string what, std::optional<Moment> moment = std::nullopt) {
    out_.push_back({kind, std::move(what), moment ? strike_at(history_, *moment) : Violation::kNoStrike});
  }

  void strikes() {
    for (const Strike& strike : history_.strikes)
      if (!strike.problem.empty()) add(Kind::broken_fleet, strike.problem, strike.begun);
  }

  bool allowed(const Request& request) const {
    return std::ranges::any_of(history_.strikes, [&](const Strike& strike) {
      if (request.ended < strike.begun) return false;
      switch (allows_.at(strike.fault)) {
        case Allows::nothing:
          return false;
        case Allows::in_flight:
          return request.begun <= strike.made;
        case Allows::meanwhile:
          return request.begun <= strike.ended;
      }
      return false;
    });
  }

  void failures() {
    for (const Request& request : history_.requests) {
      auto line = [&] {
        return fmt::format("{} {} of client {}: {} {}, from {:.3f} s to {:.3f} s", name_of(request.kind),
                           request.key, request.client, request.status, request.said, seconds(request.begun),
                           seconds(request.ended));
      };
      if (request.outcome == Outcome::wrong) add(Kind::wrong_answer, line(), request.ended);
      if (request.outcome == Outcome::failed && !allowed(request)) add(Kind::failed, line(), request.ended);
    }
  }

  void read(const Request& request, const Expected& expected) {
    if (request.outcome != Outcome::done || !expected.must_exist()) return;
    if (!request.found)
      add(Kind::stale_read,
          fmt::format("{} at {:.3f} s did not see {}", name_of(request.kind), seconds(request.ended),
                      request.key),
          request.ended);
    else if (request.kind == Request::Kind::get && !expected.may_be(request.value))
      add(Kind::stale_read,
          fmt::format("get at {:.3f} s saw {} of {}, {} was acknowledged", seconds(request.ended),
                      request.value, request.key, expected.value),
          request.ended);
  }

  World replay() {
    World world;
    for (const Request& request : history_.requests) {
      if (request.kind == Request::Kind::publish) continue;
      Expected& expected = world[request.key];
      const bool done = request.outcome == Outcome::done;
      switch (request.kind) {
        case Request::Kind::create:
          expected.created = done;
          break;
        case Request::Kind::update:
          if (done) {
            expected.value = request.value;
            expected.maybe.clear();
          } else {
            expected.maybe.push_back(request.value);
          }
          break;
        case Request::Kind::destroy:
          (done ? expected.destroyed : expected.maybe_gone) = true;
          break;
        default:
          read(request, expected);
      }
    }
    return world;
  }

  void ends(const World& world) {
    std::unordered_map<std::string, const Record*> there;
    for (const Record& record : history_.records) {
      there.emplace(record.key, &record);
      if (!world.contains(record.key))
        add(Kind::unknown_record, record.key + " is there, and was never sent");
    }
    for (const auto& [key, expected] : world) {
      const auto found = there.find(key);
      if (found == there.end()) {
        if (expected.must_exist()) add(Kind::lost_write, key + " was acknowledged and is not there");
      } else if (expected.destroyed) {
        add(Kind::undone_destroy, key + " was destroyed and is there");
      } else if (!expected.may_be(found->second->value)) {
        add(Kind::lost_update,
            fmt::format("{} is {}, {} was acknowledged last", key, found->second->value, expected.value));
      }
    }
  }

  void ids() {
    std::unordered_map<std::int64_t, std::string> owner;
    auto meet = [&](std::int64_t id, const std::string& key) {
      const auto [known, fresh] = owner.emplace(id, key);
      if (!fresh && known->second != key)
        add(Kind::duplicate_id, fmt::format("{} is the id of {} and of {}", id, known->second, key));
    };
    for (const Request& request : history_.requests)
      if (request.kind == Request::Kind::create && request.outcome == Outcome::done)
        meet(request.id, request.key);
    for (const Record& record : history_.records) meet(record.id, record.key);
  }

  void jobs() {
    std::unordered_map<std::string, const Job*> known;
    for (const Job& job : history_.jobs) {
      known.emplace(job.key, &job);
      // Committed means handed over, whether or not its client has heard of it.
      if (job.effects == 0) add(Kind::lost_job, job.key + " is there and took no effect");
      if (job.effects > 1)
        add(Kind::repeated_job, fmt::format("{} took effect {} times", job.key, job.effects));
    }
    for (const Request& request : history_.requests)
      if (request.kind == Request::Kind::publish && request.outcome == Outcome::done &&
          !known.contains(request.key))
        add(Kind::lost_job, request.key + " was acknowledged and is not there");
  }

  void firings() {
    std::map<std::int64_t, std::string> fired;
    for (const Firing& firing : history_.firings) {
      const auto [known, fresh] = fired.emplace(firing.due_ms, firing.message);
      if (!fresh)
        add(Kind::repeated_firing,
            fmt::format("due {} was fired by {} and {}", firing.due_ms, known->second, firing.message));
      if (firing.effects > 1)
        add(Kind::repeated_firing, fmt::format("due {} took effect {} times", firing.due_ms, firing.effects));
    }
  }

  struct Span {
    Moment from, to;
  };

  /// When each process said that it was not ready, from look to look. Looks of one node come in order.
  std::unordered_map<std::string, std::vector<Span>> not_ready() const {
    std::unordered_map<std::string, std::vector<Span>> out;
    std::map<std::size_t, const Look*> last;
    for (const Look& look : history_.looks) {
      const Look*& before = last[look.node];
      const bool says_no = look.status == 503 && !look.id.empty();
      if (says_no) {
        std::vector<Span>& spans = out[look.id];
        const bool goes_on = before && before->status == 503 && before->id == look.id && !spans.empty();
        if (goes_on)
          spans.back().to = look.asked;
        else
          spans.push_back({look.answered, look.asked});
      }
      before = &look;
    }
    return out;
  }

  void readiness() {
    const auto spans = not_ready();
    const Moment grace = limits_.not_ready_grace;
    for (const Request& request : history_.requests) {
      if (request.outcome != Outcome::done || request.node.empty()) continue;
      const auto found = spans.find(request.node);
      if (found == spans.end()) continue;
      for (const Span& span : found->second)
        if (request.begun > span.from + grace && request.ended < span.to - grace)
          add(Kind::not_ready,
              fmt::format("node {} answered a {} at {:.3f} s, and said that it was not ready from {:.3f} s "
                          "to {:.3f} s",
                          request.node, name_of(request.kind), seconds(request.ended), seconds(span.from),
                          seconds(span.to)),
              request.ended);
    }
  }

  const History& history_;
  const std::vector<Allows>& allows_;
  const CheckLimits& limits_;
  std::vector<Violation> out_;
};

}  // namespace

std::string_view name_of(Violation::Kind kind) {
  static constexpr std::string_view kNames[] = {
      "lost write",   "undone destroy", "lost update",  "stale read",      "unknown record",
      "duplicate id", "lost job",       "repeated job", "repeated firing", "answered while not ready",
      "failed",       "wrong answer",   "broken fleet"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::size_t strike_at(const History& history, Moment moment) {
  const auto after = std::ranges::upper_bound(history.strikes, moment, {}, &Strike::begun);
  return after == history.strikes.begin() ? Violation::kNoStrike
                                          : static_cast<std::size_t>(after - history.strikes.begin()) - 1;
}

std::vector<Violation> check(const History& history, const std::vector<Allows>& allows,
                             const CheckLimits& limits) {
  return Check(history, allows, limits).run();
}

}  // namespace flotilla::ops::chaos
