#include "ops/chaos/checker.hpp"

#include <gmock/gmock.h>

namespace flotilla::ops::chaos {
namespace {

using ::testing::IsEmpty;
using Kind = Violation::Kind;
using Do = Request::Kind;
using std::chrono::seconds;

/// A history that keeps every promise: one client, three records, a job, two due times, one fault of each
/// sort. Each test breaks one thing of it.
class ChaosChecker : public ::testing::Test {
 protected:
  ChaosChecker() {
    add(Do::create, "1-1").id = 11;
    add(Do::create, "1-2").id = 12;
    add(Do::create, "1-3").id = 13;
    add(Do::update, "1-1").value = 1;
    add(Do::get, "1-1").value = 1;
    add(Do::list, "1-2");
    add(Do::destroy, "1-3");
    add(Do::publish, "drill/1-4");
    history.strikes = {strike(kPlanned, 100), strike(kKill, 200), strike(kOutage, 300)};
    history.records = {{"1-1", 11, 1}, {"1-2", 12, 0}};
    history.jobs = {{"drill/1-4", 2, 1}};
    history.firings = {{"m1", 1'000, 1}, {"m2", 2'000, 1}};
  }

  enum Faults : std::size_t { kPlanned, kKill, kOutage };

  /// Begins at `at` s; made 1 s, mended 5 s and over 6 s later.
  static Strike strike(std::size_t fault, int at) {
    return {fault, seconds(at), seconds(at + 1), seconds(at + 5), seconds(at + 6)};
  }
  /// The next request, done within a tenth of a second.
  Request& add(Do kind, const std::string& key) {
    Request request;
    request.kind = kind;
    request.client = 1;
    request.key = key;
    request.status = 200;
    request.node = "a";
    request.begun = last_;
    request.ended = last_ += std::chrono::milliseconds(100);
    history.requests.push_back(request);
    return history.requests.back();
  }
  Request& add_failed(Do kind, const std::string& key, Moment begun, Moment ended) {
    Request& request = add(kind, key);
    request.outcome = Request::Outcome::failed;
    request.status = 502;
    request.node.clear();
    request.begun = begun;
    request.ended = ended;
    return request;
  }
  void look(std::string id, int status, Moment at) {
    history.looks.push_back({0, std::move(id), status, at, at});
  }

  std::vector<Kind> broken() const {
    std::vector<Kind> out;
    for (const Violation& violation : check(history, {Allows::nothing, Allows::in_flight, Allows::meanwhile}))
      out.push_back(violation.kind);
    return out;
  }

  History history;

 private:
  Moment last_{0};
};

MATCHER_P(Only, kind, "") { return arg == std::vector<Kind>{kind}; }

TEST_F(ChaosChecker, FindsNothingInAHistoryThatKeepsEveryPromise) { EXPECT_THAT(broken(), IsEmpty()); }

TEST_F(ChaosChecker, FindsAWriteThatIsNotThere) {
  history.records.erase(history.records.begin() + 1);
  EXPECT_THAT(broken(), Only(Kind::lost_write));
}

TEST_F(ChaosChecker, FindsADestroyedRecordThatIsThere) {
  history.records.push_back({"1-3", 13, 0});
  EXPECT_THAT(broken(), Only(Kind::undone_destroy));
}

TEST_F(ChaosChecker, FindsAnOldValue) {
  history.records[0].value = 0;
  EXPECT_THAT(broken(), Only(Kind::lost_update));
}

TEST_F(ChaosChecker, FindsAReadThatSawAnOldValue) {
  add(Do::get, "1-1").value = 0;
  EXPECT_THAT(broken(), Only(Kind::stale_read));
}

TEST_F(ChaosChecker, FindsAListWithoutTheRecord) {
  add(Do::list, "1-2").found = false;
  EXPECT_THAT(broken(), Only(Kind::stale_read));
}

TEST_F(ChaosChecker, FindsARecordThatNobodySent) {
  history.records.push_back({"9-9", 99, 0});
  EXPECT_THAT(broken(), Only(Kind::unknown_record));
}

TEST_F(ChaosChecker, FindsAnIdThatWasGivenTwice) {
  // Also when the first of them is gone by then.
  add(Do::create, "1-5").id = 13;
  history.records.push_back({"1-5", 15, 0});
  EXPECT_THAT(broken(), Only(Kind::duplicate_id));
}

TEST_F(ChaosChecker, FindsAJobThatIsGone) {
  history.jobs.clear();
  EXPECT_THAT(broken(), Only(Kind::lost_job));
}

TEST_F(ChaosChecker, FindsAJobWithoutEffectThatNobodyWasToldOf) {
  history.jobs.push_back({"drill/1-5", 0, 0});
  EXPECT_THAT(broken(), Only(Kind::lost_job));
}

TEST_F(ChaosChecker, FindsAJobThatTookEffectTwice) {
  history.jobs[0].effects = 2;
  EXPECT_THAT(broken(), Only(Kind::repeated_job));
}

TEST_F(ChaosChecker, FindsADueTimeThatWasFiredTwice) {
  history.firings.push_back({"m3", 2'000, 1});
  EXPECT_THAT(broken(), Only(Kind::repeated_firing));
}

TEST_F(ChaosChecker, FindsAFiringThatTookEffectTwice) {
  history.firings[0].effects = 2;
  EXPECT_THAT(broken(), Only(Kind::repeated_firing));
}

TEST_F(ChaosChecker, FindsAnAnswerThatSaysSomethingElse) {
  add(Do::get, "1-2").outcome = Request::Outcome::wrong;
  EXPECT_THAT(broken(), Only(Kind::wrong_answer));
}

TEST_F(ChaosChecker, FindsACommandThatFailed) {
  history.strikes[1].problem = "kill: undo: exit code 1";
  EXPECT_THAT(broken(), Only(Kind::broken_fleet));
}

TEST_F(ChaosChecker, FindsAFailureWhileNothingWasBroken) {
  add_failed(Do::get, "1-1", seconds(90), seconds(91));
  EXPECT_THAT(broken(), Only(Kind::failed));
}

TEST_F(ChaosChecker, FindsAFailureInAPlannedOperation) {
  add_failed(Do::get, "1-1", seconds(101), seconds(102));
  EXPECT_THAT(broken(), Only(Kind::failed));
}

TEST_F(ChaosChecker, LetsAKillFailWhatWasInFlightAndNothingLater) {
  add_failed(Do::get, "1-1", Moment(200'900'000), seconds(202));
  EXPECT_THAT(broken(), IsEmpty());
  add_failed(Do::get, "1-1", Moment(201'100'000), seconds(202));
  EXPECT_THAT(broken(), Only(Kind::failed));
}

TEST_F(ChaosChecker, LetsAnOutageFailWhatWasSentUntilItWasOver) {
  add_failed(Do::get, "1-1", seconds(305), seconds(320));
  EXPECT_THAT(broken(), IsEmpty());
  add_failed(Do::get, "1-1", Moment(306'100'000), seconds(307));
  EXPECT_THAT(broken(), Only(Kind::failed));
}

TEST_F(ChaosChecker, HoldsNothingAgainstWhatMayHaveBeenDoneOrNot) {
  const Moment begun = seconds(302), ended = seconds(303);
  add_failed(Do::create, "1-5", begun, ended);
  add_failed(Do::publish, "drill/1-6", begun, ended);
  add_failed(Do::update, "1-1", begun, ended).value = 2;
  add_failed(Do::destroy, "1-2", begun, ended);
  EXPECT_THAT(broken(), IsEmpty());
  history.records = {{"1-1", 11, 2}, {"1-5", 15, 0}};
  history.jobs.push_back({"drill/1-6", 1, 1});
  EXPECT_THAT(broken(), IsEmpty());
  history.records[0].value = 0;  // but what was acknowledged before is not undone by it
  EXPECT_THAT(broken(), Only(Kind::lost_update));
}

TEST_F(ChaosChecker, FindsAnAnswerOfANodeThatSaidItWasNotReady) {
  for (int at = 10; at <= 20; ++at) look("b", 503, seconds(at));
  Request& request = add(Do::get, "1-2");
  request.value = 0;
  request.node = "b";
  request.begun = seconds(14);
  request.ended = seconds(15);
  EXPECT_THAT(broken(), Only(Kind::not_ready));
  request.node = "a";
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(ChaosChecker, LetsANodeAnswerUntilItsBalancerHasNoticed) {
  for (int at = 10; at <= 20; ++at) look("b", 503, seconds(at));
  Request& request = add(Do::list, "1-2");
  request.node = "b";
  request.begun = seconds(11);
  request.ended = seconds(15);
  EXPECT_THAT(broken(), IsEmpty());
  request.begun = seconds(14);
  request.ended = seconds(19);  // it may have been ready again just after the last look
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(ChaosChecker, TakesNoAnswerForNoWord) {
  for (int at = 10; at <= 20; ++at) look("", 0, seconds(at));
  look("a", 503, seconds(21));
  Request& request = add(Do::list, "1-2");
  request.begun = seconds(14);
  request.ended = seconds(15);
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(ChaosChecker, KnowsTheFaultOfAMoment) {
  EXPECT_EQ(strike_at(history, seconds(99)), Violation::kNoStrike);
  EXPECT_EQ(strike_at(history, seconds(100)), 0u);
  EXPECT_EQ(strike_at(history, seconds(250)), 1u);
  EXPECT_EQ(strike_at(history, seconds(999)), 2u);
}

}  // namespace
}  // namespace flotilla::ops::chaos
