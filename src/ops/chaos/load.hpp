#pragma once

#include <string>
#include <vector>

#include "ops/chaos/choice.hpp"
#include "ops/chaos/fleet.hpp"
#include "ops/chaos/recorder.hpp"

namespace flotilla::ops::chaos {

/// One client of the steady load: creates, changes, reads and removes records that are its own, and hands
/// over jobs, one request after the other, through the balancer. What a request that failed was about is left
/// alone from then on: nobody knows what became of it. Used by one coroutine.
class LoadClient {
 public:
  LoadClient(const Plan& plan, const Ground& ground, std::string token, int number, std::uint64_t seed,
             Recorder& recorder);

  /// Until `stop`; the request under way is finished.
  Task<void> run(Cancellation stop);

 private:
  struct Own {
    std::size_t collection = 0;
    std::string key;
    std::int64_t id = 0, seq = 0, value = 0;
  };
  /// What is asked, and what its answer has to say.
  struct Question {
    std::string method;
    std::string path;
    Json body = nullptr;
  };

  Task<void> next();
  Task<void> create();
  Task<void> change(std::size_t own);
  Task<void> look(std::size_t own);
  Task<void> list(std::size_t own);
  Task<void> destroy(std::size_t own);
  Task<void> publish();

  Task<Json> ask(Request& request, Question question);
  void note(Request request);
  void forget(std::size_t own);
  Request begin(Request::Kind kind, const std::string& key) const;
  std::string path(const Own& own, std::string_view action) const;

  const Plan& plan_;
  const Ground& ground_;
  const std::string token_;
  const int number_;
  Choice choice_;
  Recorder& recorder_;
  HttpClient http_;
  std::vector<Own> own_;
  std::int64_t seq_ = 0;
};

}  // namespace flotilla::ops::chaos
