#include "adapters/redis/redis_counter_store.hpp"

namespace flotilla::redis {

namespace {

// The total is read back as a text: a Lua number holds 53 bits only.
const Script kAdd(R"(
local fresh = redis.call('EXISTS', KEYS[1]) == 0
redis.call('INCRBY', KEYS[1], ARGV[1])
if fresh then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])
)");

}  // namespace

Task<std::int64_t> RedisCounterStore::add(std::string key, std::int64_t by, std::optional<Millis> ttl) {
  const std::shared_ptr<RedisClient> client = client_;
  std::string amount = std::to_string(by);
  if (!ttl || ttl->count() <= 0) {
    Command command{"INCRBY", std::move(key), std::move(amount)};
    co_return (co_await client->command(std::move(command))).integer();
  }
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(amount), std::to_string(ttl->count())};
  co_return (co_await client->run(kAdd, std::move(keys), std::move(args))).integer();
}

Task<std::int64_t> RedisCounterStore::get(std::string key) {
  const std::shared_ptr<RedisClient> client = client_;
  Command command{"GET", std::move(key)};
  const Reply reply = co_await client->command(std::move(command));
  co_return reply.is_nil() ? 0 : reply.integer();
}

Task<void> RedisCounterStore::reset(std::string key) {
  const std::shared_ptr<RedisClient> client = client_;
  Command command{"UNLINK", std::move(key)};
  co_await client->command(std::move(command));
}

}  // namespace flotilla::redis
