#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <vector>

namespace flotilla::bench {

/// hiredis and nothing else: the blocking client with its own pipelining. Throws std::runtime_error for
/// whatever is not a good answer.
class RawRedis {
 public:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  using Answer = std::unique_ptr<redisReply, Free>;

  explicit RawRedis(const std::string& url);
  Answer run(const std::vector<std::string>& command);
  void append(const std::vector<std::string>& command);
  Answer next();

 private:
  std::unique_ptr<redisContext, Free> context_;
};

/// GETs a second, always `window` of them in flight.
double raw_redis_gets(const std::string& url, const std::string& key, std::size_t count, std::size_t window);

/// Messages a second through a stream and a consumer group: batches of XADD, XREADGROUP, XACK and XDEL, each
/// batch in one round trip with what is left to do for the one before.
double raw_redis_stream(const std::string& url, std::size_t count, std::size_t batch,
                        const std::string& body);

/// Milliseconds from XADD on one connection to the end of XREAD BLOCK on another one.
std::vector<double> raw_redis_signals(const std::string& url, std::size_t count);

}  // namespace flotilla::bench
